"""What every part of the contract of a repository starts from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from notifykit.ids import uuid7
from notifykit.message import Address, Attachment, Email
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import Attempt, Lease, Submission

LEASE = Lease(owner="worker-1", duration=timedelta(minutes=5))
OTHER_LEASE = Lease(owner="worker-2", duration=timedelta(minutes=5))
SECOND = timedelta(seconds=1)


class RepositoryCase:
    """The two things a repository's author says, and values to keep."""

    async def make_repository(self) -> SubmissionRepository:
        """Make the repository, empty and ready."""
        raise NotImplementedError("say how to make your repository")

    async def advance(self, by: timedelta) -> None:
        """Let so much time pass on the repository's clock."""
        raise NotImplementedError("say how to move your repository's clock")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[SubmissionRepository]:
        """Make the repository and close it afterwards."""
        repository = await self.make_repository()
        try:
            yield repository
        finally:
            await repository.aclose()


def make_submission(
    key: str | None = None, *, source: str = "bot", kind: str = "order"
) -> Submission:
    """Make a submission with everything that is hard to keep: Cyrillic, emoji, NUL bytes."""
    now = datetime.now(UTC)
    id_ = str(uuid7())
    email = Email(
        sender=Address("bot@example.com", "Бот 🤖"),
        to=(Address("sales@example.com", "Отдел продаж"), Address("second@example.com")),
        bcc=(Address("boss@example.com"),),
        reply_to=(Address("ivan@example.com", "Иван «Ваня» Петров"),),
        subject="Заказ KMT-4827 🧱",
        text="Цемент М500, 10 меш.\nИтого: 5 125,00 ₽\n\x00 '\"\\ %s :name {}",
        html="<p>Цемент М500 — 10&nbsp;меш. 😀</p>",
        attachments=(
            Attachment(filename="накладная.bin", content=bytes(range(256)) + b"\x00" * 16),
            Attachment(filename="logo.png", content=b"\x89PNG\x00", content_id="logo"),
        ),
        headers={"X-Priority": "1"},
        metadata={"submission_id": id_},
    )
    return Submission(
        id=id_,
        source=source,
        kind=kind,
        reference="KMT-4827",
        recipients=email.envelope.rcpt_to,
        subject=email.subject,
        notification={
            "number": "А-17",
            "lines": [{"code": "00-0123", "price": "512.50"}],
            "n": None,
        },
        email=email,
        message_id=email.message_id,
        idempotency_key=key or id_,
        created_at=now,
        updated_at=now,
    )


def make_attempt(provider: str = "gmail") -> Attempt:
    """Make an attempt that has just been started."""
    return Attempt(
        id=str(uuid7()), provider=provider, started_at=datetime.now(UTC), sha256="0" * 64
    )
