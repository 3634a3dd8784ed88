"""What waits for too long, what is held, and what was not delivered lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notifykit.diagnosis import Diagnosis
from notifykit.doctor.finding import Finding
from notifykit.storage.base import Filter, SubmissionRepository
from notifykit.submission import Status, Submission

_TOO_LONG = timedelta(minutes=15)
_LATELY = timedelta(days=7)
_READ = 500
_NAMED = 5
_UNKNOWN = {"ru": "причина не записана", "en": "no cause was recorded"}


@dataclass(frozen=True, slots=True)
class Queue:
    """
    One bot's submissions.

    Attributes:
        now: The store's own time.
    """

    repository: SubmissionRepository
    source: str
    now: datetime

    async def findings(self) -> AsyncIterator[Finding]:
        """Tell what is stuck; one line where nothing is."""
        found = [finding async for finding in self._stuck()]
        for finding in found or [Finding(id="fine.queue", subject="queue", seen=({},))]:
            yield finding

    async def _stuck(self) -> AsyncIterator[Finding]:
        if waiting := await self._of(Status.QUEUED, before=self.now - _TOO_LONG):
            yield _finding("NK511", self._waiting(waiting))
        held = [
            {
                "provider": hold.provider,
                "until": f"{hold.until:%Y-%m-%d %H:%M}",
                "reason": _reason(hold.diagnosis, hold.reason),
            }
            for hold in await self.repository.holds(self.source)
        ]
        if held:
            yield _finding("NK512", *held)
        recent = self.now - _LATELY
        if failed := [one for one in await self._of(Status.FAILED) if one.created_at > recent]:
            yield _finding("NK513", *_by_cause(failed))
        if unsure := await self._of(Status.UNCONFIRMED):
            named = ", ".join(one.reference for one in unsure[:_NAMED])
            yield _finding("NK514", {"count": _counted(unsure), "references": named})

    async def _of(self, status: Status, before: datetime | None = None) -> Sequence[Submission]:
        wanted = Filter(source=self.source, status=status, created_before=before)
        return await self.repository.recent(wanted, limit=_READ)

    def _waiting(self, waiting: Sequence[Submission]) -> dict[str, Any]:
        oldest = min(waiting, key=lambda one: one.created_at)
        minutes = int((self.now - oldest.created_at).total_seconds()) // 60
        return {
            "count": _counted(waiting),
            "reference": oldest.reference,
            "hours": minutes // 60,
            "minutes": minutes % 60,
            "reason": _reason(oldest.diagnosis, oldest.last_error),
        }


def _finding(id_: str, *seen: dict[str, Any]) -> Finding:
    return Finding(id=id_, subject="queue", seen=seen)


def _counted(found: Sequence[Submission]) -> str:
    return f"{len(found)}+" if len(found) == _READ else str(len(found))


def _by_cause(failed: Sequence[Submission]) -> list[dict[str, Any]]:
    known = {one.diagnosis.id: one.diagnosis for one in failed if one.diagnosis}
    counts = Counter(one.diagnosis.id if one.diagnosis else "" for one in failed)
    return [
        {"count": count, "reason": _reason(known.get(id_), None)}
        for id_, count in counts.most_common(_NAMED)
    ]


def _reason(diagnosis: Diagnosis | None, words: str | None) -> Any:
    if diagnosis is None:
        return words or _UNKNOWN
    return {locale: diagnosis.cause(locale) for locale in ("ru", "en")}
