"""What is logged: one line for each event, without secrets and without message bodies."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from notifykit.diagnosis import Diagnosis
from notifykit.submission import Attempt, Event, Submission
from notifykit.wording import LOG

logger = logging.getLogger("notifykit")


class Journal:
    """
    Writes the log lines in one language.

    Every record has ``event`` and what is known of ``submission_id``, ``reference``, ``provider``,
    ``code``, ``diagnosis`` and ``status`` in ``extra``.
    """

    def __init__(self, locale: str = "ru") -> None:
        self.locale = locale

    def write(self, level: int, event: str, /, **fields: Any) -> None:
        """Log one event with its fields."""
        if logger.isEnabledFor(level):
            line = " ".join(LOG[self.locale][event].format_map(fields).split())
            logger.log(level, "%s", line, extra={"event": event, **fields}, stacklevel=2)

    def sending(
        self, submission: Submission, attempt: Attempt, recipients: tuple[str, ...]
    ) -> None:
        """Say that a provider is about to get an email."""
        self.write(logging.INFO, "sending", **_names(submission, attempt, recipients))

    def finished(self, submission: Submission, attempt: Attempt) -> None:
        """Say what a provider did with it."""
        names = _names(submission, attempt, ())
        if attempt.error is None:
            self.write(logging.INFO, "sent", **names)
        else:
            unknown = attempt.outcome == "UNKNOWN"
            level = logging.ERROR if unknown else logging.WARNING
            self.write(level, "unknown" if unknown else "stopped", **names, **self._why(attempt))
        for refusal in attempt.refused if attempt.accepted else ():
            names["recipients"] = refusal.recipient
            self.write(logging.WARNING, "refused", **names, error=refusal.text)

    def limited(self, submission: Submission, waits: Mapping[str, timedelta]) -> None:
        """Say that an email waits because providers get no more for now."""
        self.write(
            logging.WARNING,
            "limited",
            submission_id=submission.id,
            reference=submission.reference,
            provider=", ".join(waits),
            seconds=math.ceil(min(waits.values()).total_seconds()),
        )

    def overdue(self, submission: Submission, waited: timedelta) -> None:
        """Say that no server has taken an email for too long."""
        self.write(
            logging.CRITICAL,
            "overdue",
            submission_id=submission.id,
            reference=submission.reference,
            status=submission.status.value,
            minutes=int(waited.total_seconds() // 60),
            error=submission.last_error or "",
            **self._advice(submission.diagnosis),
        )

    def told(self, level: int, submission: Submission, event: Event) -> None:
        """Say what became of an email after a provider took it."""
        self.write(
            level,
            event.kind.value,
            submission_id=submission.id,
            reference=submission.reference,
            status=submission.status.value,
            provider=event.provider,
            recipients=event.recipient or "?",
            code=event.code,
            error=event.text or "",
            **self._advice(event.diagnosis),
        )

    def confirmed(self, submission: Submission, decision: Attempt) -> None:
        """Say that what a provider tells proves that it took an email."""
        names = _names(submission, decision, ())
        self.write(logging.INFO, "confirmed", **names | {"provider": decision.decided_by})

    def repeated(self, submission: Submission) -> None:
        """Say that the same content had been accepted before."""
        self.write(
            logging.INFO,
            "repeated",
            submission_id=submission.id,
            reference=submission.reference,
            status=submission.status.value,
            created_at=f"{submission.created_at:%Y-%m-%d %H:%M:%S} UTC",
        )

    def _why(self, attempt: Attempt) -> dict[str, Any]:
        return {
            "error": f"{attempt.code or ''} {attempt.error}",
            "code": attempt.code,
            **self._advice(attempt.diagnosis),
        }

    def _advice(self, diagnosis: Diagnosis | None) -> dict[str, Any]:
        if diagnosis is None:
            return {"advice": "", "diagnosis": None}
        advice = f"— {diagnosis.cause(self.locale)} {diagnosis.advice(self.locale)}"
        return {"advice": advice, "diagnosis": diagnosis.id}


def _names(submission: Submission, attempt: Attempt, recipients: tuple[str, ...]) -> dict[str, Any]:
    return {
        "submission_id": submission.id,
        "reference": submission.reference,
        "provider": attempt.provider,
        "recipients": ", ".join(recipients or submission.recipients),
    }
