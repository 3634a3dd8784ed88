"""Connections are kept, and dead ones are replaced without anybody noticing."""

import asyncio
import time

import pytest

from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from notifykit.simulators import Close, Hang, Say
from notifykit.transports.smtp_pool import SmtpPool


async def test_ten_emails_need_one_login(make_server, make_transport, smtp_email):
    async with make_server("gmail", "starttls") as server, make_transport(server) as transport:
        for _ in range(10):
            await transport.send(smtp_email)

    assert (1, 1, 10) == (server.connections, server.logins, len(server.mails))


async def test_a_check_and_the_email_after_it_need_one_login(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        await transport.check()
        await transport.check()
        await transport.send(smtp_email)

    assert (1, 1, 1) == (server.connections, server.logins, len(server.mails))


async def test_many_emails_at_once_share_two_connections(make_server, make_transport, smtp_email):
    async with make_server() as server, make_transport(server) as transport:
        receipts = await asyncio.gather(*(transport.send(smtp_email) for _ in range(20)))

    assert 20 == len(server.mails)
    assert 20 == len({receipt.message_id for receipt in receipts})
    assert (2, 2, 2) == (server.connections, server.most_connections, server.logins)


async def test_as_many_connections_are_opened_as_were_allowed(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        transport.connections = 3
        for nth in (1, 2, 3):
            server.on("mail", Hang(), nth=nth)
        sending = [asyncio.create_task(transport.send(smtp_email)) for _ in range(5)]
        await server.until(lambda: sum("MAIL" in line for line in server.commands) == 3)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    assert 3 == server.most_connections


async def test_a_connection_that_died_meanwhile_is_replaced(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        await transport.send(smtp_email)
        await server.hang_up()
        await transport.send(smtp_email)

    assert (2, 2) == (server.connections, len(server.mails))


@pytest.mark.parametrize(
    "act",
    [
        Say("421 4.4.2 Timeout - closing connection", close=True),
        Close(),
        Hang(),
    ],
)
async def test_a_kept_connection_that_fails_at_mail_is_replaced(
    act, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server, timeout=0.5) as transport:
        await transport.send(smtp_email)
        server.on("mail", act, nth=1)
        receipt = await transport.send(smtp_email)

    assert smtp_email.envelope.rcpt_to == receipt.accepted
    assert (2, 2) == (server.connections, len(server.mails))


@pytest.mark.parametrize("act", [Say("421 4.4.2 Timeout", close=True), Close(), Say("500 no")])
async def test_a_check_of_a_dead_connection_makes_a_new_one(act, make_server, make_transport):
    async with make_server() as server, make_transport(server) as transport:
        await transport.check()
        server.on("noop", act)
        await transport.check()

    assert (2, 2) == (server.connections, server.logins)


async def test_a_new_connection_that_fails_at_mail_is_not_replaced(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        server.on("mail", Say("421 4.3.0 Temporary System Problem"))
        with pytest.raises(UnavailableError):
            await transport.send(smtp_email)

        assert 1 == server.connections


async def test_a_connection_is_replaced_once(make_server, make_transport, smtp_email):
    async with make_server() as server, make_transport(server) as transport:
        await transport.send(smtp_email)
        server.on("mail", Close())
        with pytest.raises(UnavailableError):
            await transport.send(smtp_email)

    assert 2 == server.connections


async def test_a_lost_answer_is_never_repaired_by_sending_again(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        await transport.send(smtp_email)
        server.on("content", Close(accepts=True))
        with pytest.raises(OutcomeUnknownError):
            await transport.send(smtp_email)

    assert (1, 2) == (server.connections, len(server.mails))


async def test_after_a_refusal_the_connection_serves_the_next_email(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        server.on("content", Say("554 5.6.0 no"), nth=1)
        with pytest.raises(RejectedError):
            await transport.send(smtp_email)
        await transport.send(smtp_email)

    assert (1, 1) == (server.connections, len(server.mails))
    assert "RSET" in server.commands


async def test_a_connection_where_rset_fails_is_replaced(make_server, make_transport, smtp_email):
    async with make_server() as server, make_transport(server) as transport:
        server.on("content", Say("554 5.6.0 no"), nth=1)
        server.on("rset", Close())
        with pytest.raises(RejectedError):
            await transport.send(smtp_email)
        await transport.send(smtp_email)

    assert (2, 1) == (server.connections, len(server.mails))


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "auth", "mail", "rcpt", "data", "content"])
async def test_a_cancelled_email_leaves_no_connection_behind(
    stage, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        # What the content was taken for is how the test knows that the server came so far.
        server.on(stage, Hang(accepts=stage == "content"), nth=1)
        word = {"greeting": ""}.get(stage, stage.upper())
        sending = asyncio.create_task(transport.send(smtp_email))
        await server.until(
            lambda: (
                server.mails
                or (stage != "content" and server.connections and word in " ".join(server.commands))
            )
        )
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await server.until(lambda: not server.open_connections)
        await transport.send(smtp_email)

    assert 2 == server.connections


async def test_a_cancelled_email_does_not_take_anybody_elses_turn(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        server.on("mail", Hang(), nth=1)
        server.on("mail", Hang(), nth=2)
        sending = [asyncio.create_task(transport.send(smtp_email)) for _ in range(5)]
        await server.until(lambda: sum("MAIL" in line for line in server.commands) == 2)
        for task in sending[:3]:
            task.cancel()
        outcomes = await asyncio.gather(*sending, return_exceptions=True)

    assert 3 == sum(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    assert 2 == len(server.mails)


async def test_a_connection_that_was_idle_for_long_is_replaced(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        transport._pool = SmtpPool(transport._opened, idle=0)
        await transport.send(smtp_email)
        await server.until(lambda: server.mails)
        await transport.send(smtp_email)

    assert (2, 2) == (server.connections, len(server.mails))
    assert "QUIT" in server.commands


async def test_closing_says_goodbye(make_server, make_transport, smtp_email):
    async with make_server() as server:
        async with make_transport(server) as transport:
            await transport.send(smtp_email)
        await server.until(lambda: not server.open_connections)

    assert "QUIT" == server.commands[-1]


@pytest.mark.parametrize("act", [Hang(), Close(), Say("500 never")])
async def test_closing_neither_raises_nor_waits_for_long(
    act, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on("quit", act)
        transport = make_transport(server)
        await transport.send(smtp_email)
        began = time.monotonic()
        await transport.aclose()
        await transport.aclose()
        await server.until(lambda: not server.open_connections)

    assert time.monotonic() - began < 4


async def test_a_transport_can_be_used_after_closing(make_server, make_transport, smtp_email):
    async with make_server() as server, make_transport(server) as transport:
        await transport.send(smtp_email)
        await transport.aclose()
        await transport.send(smtp_email)

    assert (2, 2) == (server.connections, len(server.mails))


async def test_closing_while_an_email_goes_out_lets_it_finish_and_keeps_nothing(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on("content", Say("250 2.0.0 Ok: queued as A1"))
        transport = make_transport(server)
        sending = asyncio.create_task(transport.send(smtp_email))
        await server.until(lambda: server.connections)
        await transport.aclose()

        assert "A1" == (await sending).message_id
        await server.until(lambda: not server.open_connections)


def test_another_event_loop_gets_connections_of_its_own(make_server, make_transport, smtp_email):
    server = make_server()
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(server.__aenter__())
        transport = make_transport(server)
        first.run(transport.send(smtp_email))
        first.run(_elsewhere(second, transport, smtp_email))
        first.run(transport.aclose())  # the connection belongs to the other loop
        first.run(server.until(lambda: not server.open_connections))
        first.run(server.__aexit__(None, None, None))

    assert (2, 2) == (server.connections, len(server.mails))


async def _elsewhere(runner: asyncio.Runner, transport, email) -> None:
    await asyncio.to_thread(runner.run, transport.send(email))


async def test_errors_name_the_transport_and_are_diagnosed_by_its_provider(
    make_server, make_transport, smtp_email
) -> None:
    server = make_server("gmail", users={"bot@example.com": "another"})
    async with server, make_transport(server, "gmail") as transport:
        transport.name = "gmail-2"
        with pytest.raises(DeliveryError) as caught:
            await transport.check()

    assert caught.value.diagnosis is not None
    assert "gmail-2" == caught.value.provider
    assert caught.value.diagnosis.id.startswith("gmail.")


async def test_whoever_waits_too_long_for_a_connection_is_told_that_nothing_was_sent(
    make_server, make_transport, smtp_email
) -> None:
    busy = asyncio.Event()

    async def never(_: object) -> None:
        busy.set()
        await asyncio.Event().wait()

    async with make_server() as server, make_transport(server) as transport:
        pool = SmtpPool(transport._opened, size=1, patience=0.01)
        holder = asyncio.create_task(pool.run(never))
        await busy.wait()
        with pytest.raises(UnavailableError, match="busy with other emails"):
            await pool.run(never)
        holder.cancel()
        await asyncio.gather(holder, return_exceptions=True)
        await pool.close()


async def test_a_refused_login_is_not_repeated_by_all_who_waited_meanwhile(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server("gmail", "starttls") as server, make_transport(server) as transport:
        server.users = dict.fromkeys(server.users, "another")
        results = await asyncio.gather(
            *(transport.send(smtp_email) for _ in range(20)), return_exceptions=True
        )
        with pytest.raises(AuthenticationError):
            await transport.send(smtp_email)

    assert {AuthenticationError} == {type(result) for result in results}
    assert 3 == server.login_attempts
