"""A notifier whose mails come back, and the mailbox that they come back to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from bounces.samples_of_reports import MESSAGE_ID, RECEIVED_AT, sample
from notifykit import Notifier
from notifykit.alarms import Alarm
from notifykit.bounces import Bounces
from notifykit.notifier import Options
from notifykit.settings.mailboxes import Mailbox
from notifykit.simulators import ImapServer, LocalCertificates, local_certificates
from notifykit.storage.memory import MemoryRepository
from notifykit.submission import Submission
from notifykit.testing import FakeTransport

USER, PASSWORD = "bot@example.com", 'pass "word\\'


@pytest.fixture(scope="session")
def certificates() -> LocalCertificates:
    return local_certificates()


@pytest.fixture
async def server(certificates: LocalCertificates) -> AsyncIterator[ImapServer]:
    """Gmail's mailbox."""
    async with ImapServer("gmail", users={USER: PASSWORD}, tls=certificates.server) as server:
        yield server


@pytest.fixture
def mailbox(server: ImapServer, certificates: LocalCertificates, tmp_path) -> Mailbox:
    return Mailbox(
        sent_by="fake",
        known_as="gmail",
        host=server.host,
        port=server.port,
        user=USER,
        password=SecretStr(PASSWORD),
        cafile=certificates.save(tmp_path),
    )


@dataclass
class Sender:
    """Who sends, and the place where what came back arrives."""

    notifier: Notifier
    transport: FakeTransport
    server: ImapServer
    mailbox: Mailbox
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def bounces(self) -> Bounces:
        return Bounces(self.notifier, [self.mailbox])

    def comes_back(self, submission: Submission, name: str = "postfix", **where: object) -> None:
        """Deliver a sample as if it were about this submission."""
        content = sample(name).replace(MESSAGE_ID.encode(), submission.message_id.encode())
        self.server.deliver(content, **{"received_at": RECEIVED_AT, **where})


@pytest.fixture
async def sender(server: ImapServer, mailbox: Mailbox, clock: Callable) -> AsyncIterator[Sender]:
    alarms: list[Alarm] = []
    transport = FakeTransport()
    notifier = Notifier(
        transport,
        sender=USER,
        sales=["sales@example.com", "boss@example.com"],
        repository=MemoryRepository(clock=clock),
        options=Options(clock=clock, on_alarm=alarms.append, locale="en"),
    )
    clock.advance(hours=2)
    yield Sender(notifier, transport, server, mailbox, alarms)
    await notifier.aclose()
