"""An SMTP server on this machine that speaks like a provider, and misbehaves as told."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from notifykit.simulators.script import Act, Script
from notifykit.simulators.smtp_dialogue import Dialogue, ReceivedMail
from notifykit.simulators.smtp_wire import Wire
from notifykit.simulators.smtp_words import PROFILES, SCENES, Profile, Scene

__all__ = ["ReceivedMail", "SmtpServer"]


class SmtpServer:
    """
    A provider's SMTP server on the loopback interface.

    ::

        certificates = local_certificates()
        async with SmtpServer("gmail", security="starttls", tls=certificates.server,
                              users={"bot@example.com": "app password"}) as server:
            ...                                     # send to server.host, server.port
            server.play("gmail.daily-limit", nth=2)  # the second mail meets the limit

    Args:
        profile: One of `PROFILES` by name, or your own.
        security: ``starttls``, ``implicit`` or ``none``.
        tls: The server's TLS context, for all but ``none``.
        users: Passwords by user; left out, nobody has to log in.

    Attributes:
        mails: What it took, oldest first.
        connections, logins: How many there were; ``logins`` counts those that succeeded.
        login_attempts: Also those that did not.
        open_connections, most_connections: Now, and at any one time.
        commands: Every line a client sent, logins without what is secret about them.
        heard_in_clear: Every byte that came before TLS.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        profile: str | Profile = "smtp",
        *,
        security: str = "none",
        tls: ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        if (security == "none") != (tls is None):
            raise ValueError("a TLS context belongs to starttls and implicit, and only there")
        self.profile = PROFILES[profile] if isinstance(profile, str) else profile
        self.security = security
        self.tls = tls
        self.users = dict(users or {})
        self.script = Script()
        self.mails: list[ReceivedMail] = []
        self.commands: list[str] = []
        self.heard_in_clear = bytearray()
        self.connections = self.most_connections = self.logins = self.login_attempts = 0
        self.port = 0
        self._dialogues: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1)
        self._news = asyncio.Event()

    def on(
        self, stage: str, act: Act, *, nth: int | None = None, recipient: str | None = None
    ) -> None:
        """
        Do something else than usual at a stage.

        Args:
            stage: ``greeting``, ``ehlo``, ``starttls``, ``auth``, ``mail``, ``rcpt``, ``data``,
                ``content`` (the answer to the finished content), ``rset``, ``noop`` or ``quit``.
            act: What to do.
            nth: Only at this occasion from now on, the first is 1; left out: always.
            recipient: Only for this one, at ``rcpt``.
        """
        self.script.add(stage, act, nth, recipient)

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

    async def until(self, ready: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something came true. Raises `TimeoutError` when it does not in time."""
        async with asyncio.timeout(seconds):
            while not ready():
                self._news.clear()
                await self._news.wait()

    async def hang_up(self) -> None:
        """Drop every connection without a word, as a restart or a firewall would."""
        tasks = list(self._dialogues)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        implicit = self.tls if self.security == "implicit" else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._met, self.host, 0, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        await self.hang_up()
        with suppress(TimeoutError):  # a client in the middle of its TLS handshake is not ours yet
            async with asyncio.timeout(1):
                await self._server.wait_closed()

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

    def tell(self) -> None:
        """Wake up whoever waits for something."""
        self._news.set()
