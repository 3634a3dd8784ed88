"""Looks a reply up in the table."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache

from notifykit.diagnosis.model import Diagnosis, Kind, Reply, Retry
from notifykit.diagnosis.scrubbing import scrub
from notifykit.diagnosis.table import NOBODY, Answer, Row, rows
from notifykit.diagnosis.waiting import retry_after_in
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)

# Clients differ in what they leave of a line such as "535-5.7.8 Username and": both may be gone.
_LINE_START = re.compile(
    r"^\s*(?:[2-5][0-9]{2}(?:[ -]|$))?\s*(?P<enhanced>[245]\.\d{1,3}\.\d{1,3}\b)?"
)

# No provider says what matters later than this; the web page of a broken gateway may go on and on.
_READ = 32_000


@cache
def _by_id() -> dict[str, Diagnosis]:
    return {row.diagnosis.id: row.diagnosis for row in rows()}


def find(id: str) -> Diagnosis | None:  # noqa: A002 - the attribute has this name
    """Find a stored diagnosis again; ``None`` where this version does not know it."""
    return _by_id().get(id)


def diagnose(reply: Reply) -> Diagnosis:
    """
    Say what a reply means.

    Every reply has a diagnosis. One that nobody described says so: at the stages ``content`` and
    ``http``, where the provider may have taken the email, it is `Retry.UNKNOWN`, everywhere else
    `Retry.LATER`.
    """
    answer = _answer(reply)
    fitting = [(row.strength(answer), row) for row in rows()]
    known = [(strength, row) for strength, row in fitting if strength is not None]
    return max(known, key=_strength)[1].diagnosis


def _strength(found: tuple[tuple[int, bool, int], Row]) -> tuple[int, bool, int]:
    return found[0]


def error_for(
    reply: Reply, *, retry_after: timedelta | None = None, now: datetime | None = None
) -> DeliveryError:
    """
    Make the error that a refusal stands for.

    Args:
        reply: What was heard. Its text is scrubbed of everything that looks like a secret; the ones
            you know are to be scrubbed before.
        retry_after: How long the provider asked to be left alone, in a header; where it says so in
            its text, that is found.
        now: What a point in time in the text is measured from; the clock's time by default.

    Returns:
        Not raised, so that the caller can raise it from the exception it has.
    """
    diagnosis = diagnose(reply)
    if retry_after is None:
        retry_after = retry_after_in(reply.text, now or datetime.now(UTC))
    return _error_class(diagnosis)(
        scrub(reply.text) or _without_words(reply),
        provider=reply.provider,
        stage=reply.stage,
        code=reply.code,
        enhanced_code=_enhanced(reply) or None,
        diagnosis=diagnosis,
        retry_after=retry_after,
    )


def _error_class(diagnosis: Diagnosis) -> type[DeliveryError]:
    if diagnosis.retry is Retry.UNKNOWN:
        return OutcomeUnknownError
    if diagnosis.kind is Kind.CREDENTIAL:
        return AuthenticationError
    if diagnosis.hold is not None:
        return ProviderHeldError
    return UnavailableError if diagnosis.retry is Retry.LATER else RejectedError


def _without_words(reply: Reply) -> str:
    heard = "no answer" if reply.code is None else f"answered {reply.code} without a word"
    return f"{heard} (stage {reply.stage})"


def _answer(reply: Reply) -> Answer:
    return Answer(
        provider=reply.provider,
        stage=reply.stage,
        code=NOBODY if reply.code is None else str(reply.code),
        enhanced=_enhanced(reply),
        text=_folded(reply.text),
    )


def _enhanced(reply: Reply) -> str:
    if reply.enhanced_code or reply.stage == "http":
        return reply.enhanced_code or ""
    start = _LINE_START.match(reply.text)
    return (start and start["enhanced"]) or ""


def _folded(text: str) -> str:
    lines = (_LINE_START.sub("", line, count=1) for line in text[:_READ].splitlines())
    return " ".join(" ".join(lines).lower().split())
