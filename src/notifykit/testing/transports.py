"""What every transport must do."""

from __future__ import annotations

from notifykit.message import Address, Email
from notifykit.transports.base import Transport


class TransportContract:
    """
    Inherit from it, say how to make your transport, and pytest proves it.

    ::

        class TestMyTransport(TransportContract):
            async def make_transport(self) -> Transport:
                return MyTransport()

    The tests are coroutines: run them with pytest-asyncio (``asyncio_mode = auto``) or anyio.
    """

    async def make_transport(self) -> Transport:
        """Make the transport, ready to take an email from and to an ``example.com`` address."""
        raise NotImplementedError("say how to make your transport")

    def make_email(self) -> Email:
        """Make an email that the transport takes; override it where yours needs another sender."""
        return Email(
            sender=Address("bot@example.com", "Бот"),
            to=(Address("sales@example.com"), Address("second@example.com")),
            subject="Заказ KMT-4827",
            text="Цемент М500, 10 меш.",
            html="<p>Цемент М500, 10 меш.</p>",
        )

    async def test_it_has_a_name_to_store_and_to_show(self) -> None:
        """The name is what attempts and holds are kept under."""
        async with await self.make_transport() as transport:
            assert transport.name
            assert transport.name == transport.name.strip().lower()

    async def test_a_receipt_names_the_provider_and_everybody_it_took_the_email_for(self) -> None:
        """A receipt is the provider's word; nobody is forgotten and nobody invented."""
        email = self.make_email()
        async with await self.make_transport() as transport:
            receipt = await transport.send(email)

            assert transport.name == receipt.provider
        refused = tuple(refusal.recipient for refusal in receipt.refused)
        assert receipt.accepted
        assert sorted(email.envelope.rcpt_to) == sorted(receipt.accepted + refused)

    async def test_it_sends_only_to_whoever_still_waits(self) -> None:
        """After a partial refusal the rest is sent to the remaining recipients alone."""
        email = self.make_email().via(rcpt_to=["second@example.com"])
        async with await self.make_transport() as transport:
            receipt = await transport.send(email)

        assert ("second@example.com",) == receipt.accepted

    async def test_it_sends_more_than_once(self) -> None:
        """A connection that is kept must serve the next email too."""
        async with await self.make_transport() as transport:
            for _ in range(3):
                assert (await transport.send(self.make_email())).accepted

    async def test_a_check_passes_where_a_send_would(self) -> None:
        """``check`` says what ``send`` would say."""
        async with await self.make_transport() as transport:
            await transport.check()

    async def test_closing_twice_is_harmless(self) -> None:
        """Shutting down must never be what breaks."""
        transport = await self.make_transport()
        await transport.aclose()
        await transport.aclose()
