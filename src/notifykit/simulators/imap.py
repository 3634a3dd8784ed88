"""An IMAP server on this machine: the mailbox into which undelivered mails come back."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from notifykit.simulators.certificates import local_certificates
from notifykit.simulators.imap_dialogue import ImapDialogue, StoredMail
from notifykit.simulators.script import Act, Say, Script
from notifykit.simulators.serving import LocalServer
from notifykit.simulators.smtp_wire import Wire

__all__ = ["ImapServer", "StoredMail"]

_JUNK = {"gmail": "[Gmail]/&BCEEPwQwBDw-", "yandex": "Spam", "imap": "Junk"}


class ImapServer(LocalServer):
    """
    A mailbox on the loopback interface, over TLS, as far as reading it goes.

    ::

        with ImapServer("gmail", users={"bot@example.com": "app password"}) as mailbox:
            mailbox.deliver(report)          # then run what reads it: see `environ`
            assert [] == mailbox.changes

    Args:
        profile: Whose words it has: ``gmail``, ``yandex`` or ``imap``.
        users: Passwords by user; the first one is in `environ`.
        tls: The server's TLS context; left out, one of its own, whose authority is in ``cafile``.

    Attributes:
        folders: By name, as the server writes it, the mails in each; `junk` is the one for spam.
        changes: Every command that changed something, or would have: a mail marked as read is one.
        commands: Every line a client sent, logins without what is secret about them.
        logins, login_attempts: How many logins succeeded, and how many there were.
        port: Where it listens, while it runs.
        cafile: Certificates to trust, while it runs with a TLS context of its own.

    Raises:
        ConfigurationError: trustme is not installed.
    """

    def __init__(
        self,
        profile: str = "imap",
        *,
        users: Mapping[str, str],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self.profile = profile
        self.users = dict(users)
        self._certificates = local_certificates() if tls is None else None
        self.tls = self._certificates.server if self._certificates else tls
        self.junk = _JUNK[profile]
        self.folders: dict[str, list[StoredMail]] = {"INBOX": [], self.junk: []}
        self.validity = 1
        self.script = Script()
        self.changes: list[str] = []
        self.commands: list[str] = []
        self.logins = self.login_attempts = 0
        self.port = 0
        self.cafile: str | None = None
        self._uids = itertools.count(1)
        self._dialogues: set[asyncio.Task[None]] = set()

    @property
    def open_connections(self) -> int:
        """How many clients are connected now."""
        return len(self._dialogues)

    @property
    def environ(self) -> Mapping[str, str]:
        """Variables that lead `notifykit bounces` to this server, while it runs."""
        user, password = next(iter(self.users.items()))
        found = {
            "IMAP_SERVER": self.host,
            "IMAP_PORT": str(self.port),
            "IMAP_USER": user,
            "IMAP_PASSWORD": password,
            "SSL_CERT_FILE": self.cafile,
        }
        return {name: value for name, value in found.items() if value is not None}

    def deliver(
        self, content: bytes, *, folder: str = "INBOX", received_at: datetime | None = None
    ) -> StoredMail:
        """Put a mail into a folder; ``received_at`` is aware, and now where left out."""
        mail = StoredMail(
            uid=next(self._uids),
            content=content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
            received_at=received_at or datetime.now(UTC),
        )
        self.folders[folder].append(mail)
        return mail

    def on(self, stage: str, act: Act | str, *, nth: int | None = None) -> None:
        """
        Do something else than usual.

        Args:
            stage: ``greeting``, or a command in lower case: ``login``, ``authenticate``, ``list``,
                ``examine``, ``search``, ``fetch``, ``logout``.
            act: What to do. A text is the answer without its tag: ``NO [ALERT] Not today``.
            nth: Only at this occasion from now on, the first is 1; left out: always.
        """
        self.script.add(stage, Say(act) if isinstance(act, str) else act, nth, None)

    async def _open(self) -> None:
        if self._certificates is not None:
            self._folder = TemporaryDirectory(prefix="notifykit-")
            self.cafile = self._certificates.save(self._folder.name)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._met, self.host, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        tasks = list(self._dialogues)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(TimeoutError):  # a client in the middle of its TLS handshake is not ours yet
            async with asyncio.timeout(1):
                await self._server.wait_closed()
        if self._certificates is not None:
            self._folder.cleanup()

    def _met(self) -> Wire:
        return Wire(self._welcome, None)

    def _welcome(self, wire: Wire) -> None:
        dialogue = asyncio.get_running_loop().create_task(ImapDialogue(self, wire).run())
        self._dialogues.add(dialogue)
        dialogue.add_done_callback(self._parted)
        self.tell()

    def _parted(self, dialogue: asyncio.Task[None]) -> None:
        self._dialogues.discard(dialogue)
        self.tell()
