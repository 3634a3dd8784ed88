"""What the code under test sent, and one line to say what it should have been."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifykit.message import Email
from notifykit.mime import encode
from notifykit.simulators.serving import MANAGER, SALES, SENDER, News
from notifykit.simulators.smtp import ReceivedMail, SmtpServer
from notifykit.submission import Receipt
from notifykit.testing.fake import FakeTransport
from notifykit.testing.sent_email import SentEmail
from notifykit.testing.wanted import Text, Wanted, mailbox, several, told

if TYPE_CHECKING:
    from notifykit.notifier import Notifier

# What says where mails go. How they look, and the application's own database, are left alone.
DELIVERY_VARIABLES = ("MAIL_", "SMTP_", "GMAIL_", "YANDEX_", "SENDGRID_", "MAILGUN_")


class Outbox:
    """
    Collects the emails of a test.

    ::

        await outbox.notifier.send(order)

        outbox.assert_sent(to="sales@example.com", subject="Заказ", contains="00-0123")

    Attributes:
        emails: What was sent, oldest first.
        transport: Puts emails here, for a notifier of your own; ``fails_with`` lets it fail.
    """

    def __init__(self) -> None:
        self.emails: list[SentEmail] = []
        self.transport = OutboxTransport(self)
        self._news = News()

    @cached_property
    def notifier(self) -> Notifier:
        """A notifier that delivers here, and keeps its submissions in memory."""
        from notifykit.notifier import Notifier  # noqa: PLC0415 - only who asks for it pays for it

        return Notifier(self.transport, sender=SENDER, sales=[SALES], managers=[MANAGER])

    def assert_sent(
        self,
        *,
        to: str | Iterable[str] = (),
        sender: str | None = None,
        subject: Text | None = None,
        contains: Text | Iterable[Text] = (),
        attachment: str | Iterable[str] = (),
        count: int | None = None,
    ) -> SentEmail:
        """
        Fail unless an email was sent that has all of this; what is left out does not matter.

        Texts are looked for as they stand, with any space for a no-break space or a line break, or
        as a compiled regular expression.

        Args:
            to: Recipients, blind ones too; further ones are fine.
            sender: The address in From.
            subject: A part of the subject.
            contains: Parts of the text or of the HTML; each one must be found.
            attachment: Names of files.
            count: How many such emails there have to be; left out: at least one.

        Returns:
            The email; of several the last one.
        """
        __tracebackhide__ = True
        wanted = Wanted(
            to=tuple(mailbox(str(address)) for address in several(to)),
            sender=mailbox(sender) if sender else None,
            subject=subject,
            contains=several(contains),
            attachments=tuple(str(name) for name in several(attachment)),
        )
        found = [email for email in self.emails if not wanted.misses(email)]
        if not found or count not in (None, len(found)):
            # Those that are nearly right come first.
            nearest = sorted(self.emails, key=lambda email: len(wanted.misses(email)))
            headline = _headline(wanted, len(found), count)
            raise AssertionError(f"{headline}\n\n{told(nearest, wanted)}")
        return found[-1]

    def assert_nothing_sent(self) -> None:
        """Fail if any email was sent, and show what."""
        __tracebackhide__ = True
        if self.emails:
            raise AssertionError(f"nothing should have been sent\n\n{told(self.emails)}")

    def wait(self, count: int = 1, seconds: float = 10) -> None:
        """Block until so many emails were sent in the background. Raises `TimeoutError`."""
        self._news.wait(lambda: len(self.emails) >= count, seconds)

    async def until(self, count: int = 1, seconds: float = 10) -> None:
        """Wait until so many emails were sent in the background. Raises `TimeoutError`."""
        await self._news.until(lambda: len(self.emails) >= count, seconds)

    def clear(self) -> None:
        """Forget what was sent."""
        self.emails.clear()

    def take(self, content: bytes, rcpt_to: tuple[str, ...]) -> None:
        """Put an email here."""
        self.emails.append(SentEmail.read(content, rcpt_to))
        self._news.tell()


class OutboxTransport(FakeTransport):
    """Puts every email into an outbox as the bytes that would have been sent."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__("outbox")
        self._outbox = outbox

    async def send(self, email: Email) -> Receipt:
        """Take the email, or raise the next of ``fails_with``."""
        receipt = await super().send(email)
        self._outbox.take(encode(email), email.envelope.rcpt_to)
        return receipt


class OutboxServer(SmtpServer):
    """Puts every mail into an outbox: for applications that are set up by variables."""

    def __init__(self, outbox: Outbox, **options: Any) -> None:
        super().__init__(**options)
        self._outbox = outbox

    def keep(self, mail: ReceivedMail) -> None:
        """Keep a mail that was taken."""
        self._outbox.take(mail.content, mail.rcpt_to)
        super().keep(mail)


def variables(server: SmtpServer, folder: Path) -> Mapping[str, str]:
    """Say what an application has to be told to deliver there and to keep its submissions apart."""
    return {**server.environ, "NOTIFYKIT_DATABASE_URL": f"sqlite:///{folder / 'notifykit.db'}"}


def _headline(wanted: Wanted, found: int, count: int | None) -> str:
    if count is None:
        return f"no email was sent {wanted}"
    return f"{count} emails {wanted} should have been sent, and there are {found}"
