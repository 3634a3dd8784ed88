"""An SMTP server on this machine that speaks like a provider, and misbehaves as told."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryDirectory

from notifykit.simulators.certificates import LocalCertificates, local_certificates
from notifykit.simulators.scenes import SCENES, Scene
from notifykit.simulators.script import Act, Say, Script
from notifykit.simulators.serving import MANAGER, SALES, SENDER, LocalServer
from notifykit.simulators.smtp_dialogue import Dialogue, ReceivedMail
from notifykit.simulators.smtp_wire import Wire
from notifykit.simulators.smtp_words import PROFILES, Profile

__all__ = ["ReceivedMail", "SmtpServer"]


class SmtpServer(LocalServer):
    """
    A provider's SMTP server on the loopback interface.

    ::

        with SmtpServer("gmail", security="starttls", users={"bot@example.com": "pass"}) as server:
            Notifier.from_env(server.environ)        # what it sends arrives in server.mails
            server.play("gmail.daily-limit", nth=2)  # the second mail meets the limit

    Args:
        profile: One of `PROFILES` by name, or your own.
        security: ``starttls``, ``implicit`` or ``none``.
        tls: The server's TLS context, for all but ``none``; left out, one of its own, whose
            authority is in ``cafile``.
        users: Passwords by user; left out, nobody has to log in.

    Attributes:
        mails: What it took, oldest first.
        connections, logins: How many there were; ``logins`` counts those that succeeded.
        login_attempts: Also those that did not.
        open_connections, most_connections: Now, and at any one time.
        commands: Every line a client sent, logins without what is secret about them.
        heard_in_clear: Every byte that came before TLS.
        cafile: Certificates to trust, while it runs with a TLS context of its own.
        port: Where it listens, while it runs.

    Raises:
        ConfigurationError: It needs a TLS context of its own, and trustme is not installed.
    """

    def __init__(
        self,
        profile: str | Profile = "smtp",
        *,
        security: str = "none",
        tls: ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        if security == "none" and tls is not None:
            raise ValueError("a TLS context belongs to starttls and implicit, and only there")
        self.profile = PROFILES[profile] if isinstance(profile, str) else profile
        self.security = security
        self._certificates = _own_certificates(security, tls)
        self.tls = self._certificates.server if self._certificates else tls
        self.users = dict(users or {})
        self.script = Script()
        self.mails: list[ReceivedMail] = []
        self.commands: list[str] = []
        self.heard_in_clear = bytearray()
        self.connections = self.most_connections = self.logins = self.login_attempts = 0
        self.port = 0
        self.cafile: str | None = None
        self._dialogues: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1)

    @property
    def environ(self) -> Mapping[str, str]:
        """
        Variables for `Notifier.from_env` that lead to this server, while it runs.

        The provider is the profile's, for those that are asked for by SMTP; Gmail and Yandex only
        with ``users``, as nobody sends there without a login.
        """
        known = self.users and self.profile.provider in ("gmail", "yandex")
        user, password = next(iter(self.users.items()), (None, None))
        found = {
            "MAIL_PROVIDER": self.profile.provider if known else "smtp",
            "SMTP_SERVER": self.host,
            "SMTP_PORT": str(self.port),
            "SMTP_SECURITY": self.security,
            "SMTP_USER": user,
            "SMTP_PASSWORD": password,
            "SSL_CERT_FILE": self.cafile,
            "MAIL_FROM": user if user and "@" in user else SENDER,
            "SALES_EMAIL": SALES,
            "MANAGER_EMAIL": MANAGER,
        }
        return {name: value for name, value in found.items() if value is not None}

    def on(
        self, stage: str, act: Act | str, *, nth: int | None = None, recipient: str | None = None
    ) -> None:
        """
        Do something else than usual at a stage.

        ::

            server.on("rcpt", "550 5.1.1 No such user", recipient="gone@example.com")
            server.on("content", Late(2), nth=3)

        Args:
            stage: ``greeting``, ``ehlo``, ``starttls``, ``auth``, ``mail``, ``rcpt``, ``data``,
                ``content`` (the answer to the finished content), ``rset``, ``noop`` or ``quit``.
            act: What to do; a text is said.
            nth: Only at this occasion from now on, the first is 1; left out: always.
            recipient: Only for this one, at ``rcpt``.
        """
        self.script.add(stage, Say(act) if isinstance(act, str) else act, nth, recipient)

    def play(
        self, scene: str | Scene, *, nth: int | None = None, recipient: str | None = None
    ) -> None:
        """Play one of `SCENES`, by name, or your own: a provider's real words at their stage."""
        scene = SCENES[scene] if isinstance(scene, str) else scene
        self.on(scene.stage, scene.act, nth=nth, recipient=recipient)

    @property
    def open_connections(self) -> int:
        """How many clients are connected now."""
        return len(self._dialogues)

    async def hang_up(self) -> None:
        """Drop every connection without a word, as a restart or a firewall would."""
        await self._there(self._drop_everybody())

    async def _drop_everybody(self) -> None:
        tasks = list(self._dialogues)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self) -> None:
        if self._certificates is not None:
            self._folder = TemporaryDirectory(prefix="notifykit-")
            self.cafile = self._certificates.save(self._folder.name)
        implicit = self.tls if self.security == "implicit" else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._met, self.host, 0, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        await self._drop_everybody()
        with suppress(TimeoutError):  # a client in the middle of its TLS handshake is not ours yet
            async with asyncio.timeout(1):
                await self._server.wait_closed()
        if self._certificates is not None:
            self._folder.cleanup()

    def _met(self) -> Wire:
        return Wire(self._welcome, self.heard_in_clear if self.security != "implicit" else None)

    def _welcome(self, wire: Wire) -> None:
        dialogue = asyncio.get_running_loop().create_task(Dialogue(self, wire).run())
        self._dialogues.add(dialogue)
        dialogue.add_done_callback(self._parted)
        self.connections += 1
        self.most_connections = max(self.most_connections, self.open_connections)
        self.tell()

    def _parted(self, dialogue: asyncio.Task[None]) -> None:
        self._dialogues.discard(dialogue)
        self.tell()

    # What the dialogues tell.

    def new_id(self) -> str:
        """Name a mail as providers do."""
        return f"{next(self._ids):06d}-notifykit"

    def keep(self, mail: ReceivedMail) -> None:
        """Keep a mail that was taken."""
        self.mails.append(mail)
        self.tell()


def _own_certificates(security: str, tls: ssl.SSLContext | None) -> LocalCertificates | None:
    return local_certificates() if security != "none" and tls is None else None
