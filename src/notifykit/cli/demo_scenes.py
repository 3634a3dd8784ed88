"""The scenes of the demo: each does one thing, shows it, and makes sure of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from notifykit.cli.context import Context
from notifykit.cli.demo_story import MANAGER, SALES, USER, faults
from notifykit.cli.screen import Styled
from notifykit.cli.show import tell_attempt
from notifykit.cli.submissions import standing
from notifykit.message import Address
from notifykit.notifications import Notification, Order
from notifykit.notifier import Notifier, Options
from notifykit.settings import Settings
from notifykit.simulators import ReceivedMail, SmtpServer
from notifykit.submission import Outcome, Status, Submission
from notifykit.transports import Relay, Security, SmtpTransport

_FAILOVER = "demo-failover"


@dataclass(slots=True, kw_only=True)
class Stage:
    """
    Where the demo plays, and what went wrong on it.

    Attributes:
        folder: Gets the mails, the database and the certificate.
        cafile: The authority that vouches for the servers.
        password: Of the mailbox, spaces included, as Google shows it.
        shown: The reference of the last submission.
        wrong: What was not as promised.
        letters: The files that were written.
    """

    context: Context
    folder: Path
    cafile: str
    password: str
    shown: str = ""
    wrong: list[str] = field(default_factory=list)
    letters: list[Path] = field(default_factory=list)

    @property
    def users(self) -> dict[str, str]:
        """Who may log in at the servers; Google's passwords count without their spaces."""
        return {USER: self.password.replace(" ", "")}

    @property
    def database(self) -> Path:
        """The file that holds the submissions."""
        return self.folder / "notifykit.db"

    @property
    def database_url(self) -> str:
        """The same for ``DATABASE_URL``."""
        return f"sqlite:///{self.database.as_posix()}"

    def environment(self, server: SmtpServer) -> Mapping[str, str]:
        """Give the variables that an application would have for this mailbox."""
        return {
            "MAIL_PROVIDER": "gmail",
            "SMTP_SERVER": server.host,
            "SMTP_PORT": str(server.port),
            "SMTP_SECURITY": server.security,
            "SMTP_USER": USER,
            "SMTP_PASSWORD": self.password,
            "SSL_CERT_FILE": self.cafile,
            "SALES_EMAIL": SALES,
            "MANAGER_EMAIL": MANAGER,
            "DATABASE_URL": self.database_url,
            "NOTIFYKIT_LOCALE": self.context.locale,
        }

    async def send(
        self,
        told: Notification,
        *,
        number: int,
        name: str,
        notifier: Notifier,
        server: SmtpServer,
    ) -> None:
        """Send one notification and read what arrived."""
        heard = len(server.commands)
        self._heading(number, f"demo.{name}")
        submission = await notifier.send(told)
        self._fact("demo.smtp", " → ".join(map(_verb, server.commands[heard:])))
        await self._prove(f"{number - 1}-{name}", submission, told, server.mails)

    async def repeat(
        self, number: int, told: Notification, notifier: Notifier, server: SmtpServer
    ) -> None:
        """Send the same again, as an agent does that calls its tool twice."""
        self._heading(number, "demo.repeat")
        before = len(server.mails)
        submission = await notifier.send(told)
        once = submission.repeated and before == len(server.mails)
        said = self.context.say("demo.repeat.is", reference=submission.reference)
        self._verdict(said, [] if once else ["repeat"])

    async def fail_over(self, told: Notification, refusing: SmtpServer, spare: SmtpServer) -> None:
        """Let Gmail refuse the login, with its own words, and Yandex take the order."""
        self._heading(5, "demo.failover")
        settings = Settings.from_env(self.environment(refusing))
        notifier = Notifier(
            self._transport("gmail", refusing, Security.STARTTLS),
            self._transport("yandex", spare, Security.IMPLICIT),
            sender=settings.sender,
            sales=settings.sales,
            repository=settings.repository(),
            renderer=settings.renderer(),
            options=Options(source=_FAILOVER, locale=settings.locale),
        )
        try:
            # The hold that this scene ended with when it was played before.
            await notifier.repository.release(_FAILOVER, "gmail")
            submission = await notifier.send(told)
        finally:
            await notifier.aclose()
        for place, attempt in enumerate(submission.attempts, 1):
            tell_attempt(self.context, settings, place, attempt)
        outcomes = [attempt.outcome for attempt in submission.attempts]
        if outcomes != [Outcome.AUTHENTICATION, Outcome.ACCEPTED]:
            self._verdict("", [f"attempts {', '.join(outcomes)}"])
        await self._prove("3-failover", submission, told, spare.mails)

    def keep(self, name: str, mail: ReceivedMail) -> Path:
        """Write a mail and its HTML part into the folder."""
        path = self.folder / f"{name}.eml"
        path.write_bytes(mail.content)
        html = mail.parsed.get_body(("html",))
        if html is not None:
            page = path.with_suffix(".html")
            page.write_text(html.get_content(), "utf-8")
            self.letters.append(page)
        self.letters.append(path)
        return path

    def _transport(self, name: str, server: SmtpServer, security: Security) -> SmtpTransport:
        return SmtpTransport(
            Relay(name, server.host, server.port, security),
            user=USER,
            password=self.users[USER],
            sender=Address(USER),
            cafile=self.cafile,
        )

    async def _prove(
        self, name: str, submission: Submission, told: Notification, mails: list[ReceivedMail]
    ) -> None:
        self.shown = submission.reference
        self._fact("demo.reference", submission.reference)
        stored = await self._stored(submission.id)
        if stored is not None:
            self._fact("demo.table", standing(self.context, stored))
        wrong = [] if stored and stored.status is Status.SENT else ["order_submissions.status"]
        if mails:
            self.keep(name, mails[-1])
            wrong += faults(mails[-1], submission, told)
        else:
            wrong.append("0 mails")
        key = "demo.proved.order" if isinstance(told, Order) else "demo.proved"
        lines = len(told.lines) if isinstance(told, Order) else 0
        self._verdict(self.context.say(key, lines=lines), wrong)

    async def _stored(self, id_: str) -> Submission | None:
        # Read by somebody who knows nothing but the file.
        repository = Settings.read({"DATABASE_URL": self.database_url}).settings.repository()
        try:
            return await repository.get(id_)
        finally:
            await repository.aclose()

    def _heading(self, number: int, key: str) -> None:
        self.context.screen.heading(f"{number}. {self.context.say(key)}")

    def _fact(self, key: str, piece: str | Styled) -> None:
        self.context.screen.facts([(self.context.say(key), piece)], indent=3, label=12)

    def _verdict(self, proved: str, wrong: list[str]) -> None:
        self.wrong += wrong
        for what in wrong:
            said = self.context.say("demo.wrong", what=what)
            self.context.screen.line("   ❌ ", Styled(said, "bad"))
        if not wrong:
            self.context.screen.line("   ✅ ", Styled(proved, "good"))


def _verb(command: str) -> str:
    # AUTH is shown with its mechanism; what follows MAIL and RCPT are addresses.
    words = command.split()
    return " ".join(words[:2]) if words[0] == "AUTH" else words[0]
