"""What happened to a submission, told in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from notifykit.diagnosis import Diagnosis
from notifykit.story_texts import NAMES, PROVIDERS, STORY
from notifykit.submission import (
    OPERATOR,
    Action,
    Attempt,
    Decision,
    Event,
    EventKind,
    Outcome,
    Refusal,
    Status,
    Submission,
)


class Tone(StrEnum):
    """How good or bad a line's news is."""

    OK = "ok"
    BAD = "bad"
    WAIT = "wait"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    One thing that happened, or that will.

    Attributes:
        at: When; aware UTC. Later than now where it is the next try.
        tone: See `Tone`.
        text: A sentence, or two.
        advice: What to do about it.
        link: The provider's own page about it.
    """

    at: datetime
    tone: Tone
    text: str
    advice: str | None = None
    link: str | None = None


def tell(
    submission: Submission,
    events: Iterable[Event] = (),
    decisions: Iterable[Decision] = (),
    *,
    locale: str = "ru",
) -> list[Line]:
    """
    Tell what happened to a submission, in the order in which it happened.

    Args:
        submission: With its attempts.
        events: What was told about it after acceptance.
        decisions: What people decided about it; those that are attempts too are told once.
        locale: ``ru`` or ``en``.
    """
    teller = _Teller(submission, STORY[locale], locale)
    known = {attempt.id for attempt in submission.attempts}
    happened = [
        *(line for attempt in submission.attempts for line in teller.attempt(attempt)),
        *map(teller.event, events),
        *(teller.decision(one) for one in decisions if one.id not in known),
    ]
    # First whatever the clocks say: of the database's and of who sends, one may be ahead.
    return [teller.accepted(), *sorted(happened, key=lambda line: line.at), *teller.now()]


@dataclass(frozen=True, slots=True)
class _Teller:
    submission: Submission
    words: dict[str, str]
    locale: str

    def accepted(self) -> Line:
        key = f"accepted.{self.submission.kind}"
        key = key if key in self.words else "accepted"
        return self._line(self.submission.created_at, Tone.INFO, key)

    def attempt(self, attempt: Attempt) -> Iterator[Line]:
        at = attempt.finished_at or attempt.started_at
        who = self._who(attempt.provider)
        by = attempt.decided_by or self.words["somebody"]
        if attempt.provider == OPERATOR:
            yield self._decided(at, attempt, by)
        elif attempt.outcome is Outcome.ACCEPTED:
            some = ".some" if attempt.refused else ""
            recipients = ", ".join(attempt.accepted)
            yield self._line(at, Tone.OK, f"ACCEPTED{some}", who=who, recipients=recipients)
        elif attempt.outcome is Outcome.STARTED:
            over = "" if self.submission.status is Status.SENDING else ".over"
            yield self._line(at, Tone.WAIT, f"STARTED{over}", who=who)
        else:
            text = self._because(
                self._say(attempt.outcome, who=who), attempt.diagnosis, attempt.error
            )
            yield self._with_advice(at, _TONES[attempt.outcome], text, attempt.diagnosis)
        yield from (self._refusal(at, who, refusal) for refusal in attempt.refused)

    def event(self, event: Event) -> Line:
        whom = self._say("for_whom", recipient=event.recipient) if event.recipient else ""
        said = self._say(f"event.{event.kind}", who=self._who(event.provider), for_whom=whom)
        text = said if said.endswith(".") else self._because(said, event.diagnosis, event.text)
        return self._with_advice(event.occurred_at, _RECEPTIONS[event.kind], text, event.diagnosis)

    def decision(self, decision: Decision) -> Line:
        at = decision.decided_at or self.submission.updated_at
        tone = Tone.OK if decision.action is Action.ACKNOWLEDGED else Tone.INFO
        by = decision.decided_by or self.words["somebody"]
        return self._line(at, tone, decision.action, by=by, subject=decision.subject or "")

    def now(self) -> Iterator[Line]:
        """Tell how it stands, where something is still to come or to be done."""
        submission = self.submission
        at, status, due_at = submission.updated_at, submission.status, submission.due_at
        if status is Status.FAILED and not self._was_cancelled():
            yield self._line(at, Tone.BAD, "now.FAILED", advice="now.FAILED.advice")
        elif status is Status.UNCONFIRMED and due_at is None:
            yield self._line(at, Tone.WAIT, "now.undecided", advice="now.undecided.advice")
        elif due_at is not None:
            if not submission.attempts and submission.last_error:
                text = self._because(
                    self._say("now.held"), submission.diagnosis, submission.last_error
                )
                yield self._with_advice(at, Tone.WAIT, text, submission.diagnosis)
            yield self._line(due_at, Tone.WAIT, f"now.{status}")

    def _decided(self, at: datetime, attempt: Attempt, by: str) -> Line:
        if attempt.outcome is Outcome.CONFIRMED and by in self._asked():
            return self._line(at, Tone.OK, "CONFIRMED.told", who=self._who(by))
        return self._line(at, Tone.INFO, attempt.outcome, by=by)

    def _refusal(self, at: datetime, who: str, refusal: Refusal) -> Line:
        tone, key = (Tone.BAD, "refused") if refusal.permanent else (Tone.WAIT, "refused.later")
        text = " ".join(refusal.text.split())
        return self._line(at, tone, key, who=who, recipient=refusal.recipient, text=text)

    def _asked(self) -> set[str]:
        return {attempt.provider for attempt in self.submission.attempts}

    def _was_cancelled(self) -> bool:
        attempts = self.submission.attempts
        return bool(attempts) and attempts[-1].outcome is Outcome.CANCELLED

    def _who(self, provider: str) -> str:
        return PROVIDERS[self.locale].get(provider, provider)

    def _say(self, key: str, **fields: Any) -> str:
        return self.words[key].format(reference=self.submission.reference, **fields)

    def _because(self, said: str, diagnosis: Diagnosis | None, words: str | None) -> str:
        if diagnosis is not None:
            cause = diagnosis.cause(self.locale)
            return f"{said}: {cause if cause.startswith(NAMES) else cause[:1].lower() + cause[1:]}"
        heard = " ".join((words or "").split())
        return f"{said}: {heard}" if heard else f"{said}."

    def _with_advice(
        self, at: datetime, tone: Tone, text: str, diagnosis: Diagnosis | None
    ) -> Line:
        if diagnosis is None:
            return Line(at=at, tone=tone, text=text)
        advice = diagnosis.advice(self.locale)
        return Line(at=at, tone=tone, text=text, advice=advice, link=diagnosis.link)

    def _line(
        self, at: datetime, tone: Tone, key: str, *, advice: str | None = None, **fields: Any
    ) -> Line:
        told = self._say(advice) if advice else None
        return Line(at=at, tone=tone, text=self._say(key, **fields), advice=told)


_TONES = {
    Outcome.UNAVAILABLE: Tone.WAIT,
    Outcome.AUTHENTICATION: Tone.BAD,
    Outcome.HELD: Tone.BAD,
    Outcome.REJECTED: Tone.BAD,
    Outcome.UNKNOWN: Tone.WAIT,
}
_RECEPTIONS = {
    EventKind.ACCEPTED: Tone.INFO,
    EventKind.DELIVERED: Tone.OK,
    EventKind.DEFERRED: Tone.WAIT,
    EventKind.BOUNCED: Tone.BAD,
    EventKind.REJECTED: Tone.BAD,
    EventKind.COMPLAINED: Tone.BAD,
    EventKind.OPENED: Tone.INFO,
    EventKind.CLICKED: Tone.INFO,
}
