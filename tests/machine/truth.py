"""What really happened, as the providers know it, and whether the store tells the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from notifykit.settling import unresolved
from notifykit.submission import OPEN, OPERATOR, Outcome, Status, Submission

REFUSING = (Outcome.UNAVAILABLE, Outcome.AUTHENTICATION, Outcome.HELD)
FOR_GOOD = (Outcome.REJECTED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """An email that a provider really took."""

    provider: str
    submission: str
    recipients: tuple[str, ...]
    sha256: str


@dataclass(slots=True)
class Truth:
    """
    What no process of the bot can embellish.

    Attributes:
        takes: Everything that was taken, by whomever.
        numbers: The order's number of every submission that a caller was told about.
        unknown: The attempts of each submission that ever counted as unknown.
        behind_their_back: Submissions that were sent by somebody who had lost them.
        taken_up: What a person wanted sent again, or said was sent.
        erased, purged: What people had forgotten.
    """

    takes: list[Take] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    unknown: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    behind_their_back: list[str] = field(default_factory=list)
    taken_up: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    purged: set[str] = field(default_factory=set)


def breaches(truth: Truth, kept: Sequence[Submission]) -> list[str]:
    """Name every way in which the store and the truth do not fit the promise."""
    missing = truth.numbers.keys() - truth.purged - {submission.id for submission in kept}
    return [
        *(f"lost: {id_} was accepted and is not there" for id_ in sorted(missing)),
        *(
            f"two hands: {id_} was sent by somebody who had lost it"
            for id_ in truth.behind_their_back
        ),
        *_keys_shared(truth, kept),
        *(
            f"{breach}: {submission.status} {_story(submission, truth)}"
            for submission in kept
            for breach in _breaches(truth, submission)
        ),
    ]


def _breaches(truth: Truth, submission: Submission) -> Iterator[str]:
    takes = [take for take in truth.takes if take.submission == submission.id]
    yield from _false_words(truth, submission, takes)
    yield from _doubled(truth, submission, takes)
    yield from _stuck(submission)


def _false_words(truth: Truth, submission: Submission, takes: Sequence[Take]) -> Iterator[str]:
    taken = {person for take in takes for person in take.recipients}
    vouched = {
        person
        for attempt in submission.attempts
        if attempt.outcome is Outcome.CONFIRMED
        for person in attempt.accepted
    }
    # Of what was forgotten, for whom a person vouched was forgotten too.
    is_vouched = any(attempt.outcome is Outcome.CONFIRMED for attempt in submission.attempts)
    if submission.status is Status.SENT and not taken and not is_vouched:
        yield "false SENT"
    if submission.status is Status.FAILED and taken:
        yield "false FAILED"
    if submission.status in (Status.SENT, Status.FAILED) and submission.id not in truth.erased:
        for person in submission.recipients:
            if person not in taken | vouched and not _was_refused(submission, person):
                yield f"lost: {person} got nothing and nobody refused it"
    for attempt in submission.attempts:
        for person in attempt.accepted if attempt.provider != OPERATOR else ():
            if not any(t.provider == attempt.provider and person in t.recipients for t in takes):
                yield f"false attempt: {attempt.provider} never took it for {person}"


def _was_refused(submission: Submission, person: str) -> bool:
    return any(
        attempt.outcome in (*REFUSING, *FOR_GOOD)
        or person in {refusal.recipient for refusal in attempt.refused}
        for attempt in submission.attempts
    )


def _doubled(truth: Truth, submission: Submission, takes: Sequence[Take]) -> Iterator[str]:
    copies = Counter(person for take in takes for person in take.recipients)
    open_now = {attempt.id for attempt in submission.attempts if attempt.outcome in OPEN}
    reopened = sum(attempt.outcome is Outcome.REOPENED for attempt in submission.attempts)
    explained = len(open_now | truth.unknown[submission.id]) + reopened
    for person, count in copies.items():
        if count - 1 > explained:
            yield f"doubled: {person} has {count}, and {explained} answers were lost"
        providers = {take.provider for take in takes if person in take.recipients}
        if len(providers) > 1:
            yield f"two providers: {person} has it from {', '.join(sorted(providers))}"
    for provider in {take.provider for take in takes}:
        if len({take.sha256 for take in takes if take.provider == provider}) > 1:
            yield f"changed: {provider} got different bytes"


def _stuck(submission: Submission) -> Iterator[str]:
    if submission.due_at is not None:
        return
    if submission.status in (Status.QUEUED, Status.SENDING):
        yield "stuck: nobody will ever look at it again"
    accepted = {person for attempt in submission.attempts for person in attempt.accepted}
    if submission.status is Status.UNCONFIRMED:
        if accepted.issuperset(submission.recipients):
            yield "unsettled: everybody has it, and it waits for a person"
        if unresolved(submission.attempts) is None:
            yield "unsettled: nothing is unknown any more, and it waits for a person"


def _keys_shared(truth: Truth, kept: Iterable[Submission]) -> Iterator[str]:
    # A person may take up an old one that failed although there is a new one.
    ours = truth.numbers.keys() - truth.erased - truth.taken_up
    live = Counter(
        truth.numbers[submission.id]
        for submission in kept
        if submission.id in ours and submission.status is not Status.FAILED
    )
    return (f"key: {count} live submissions of order {n}" for n, count in live.items() if count > 1)


def _story(submission: Submission, truth: Truth) -> str:
    attempts = [f"{one.provider} {one.outcome}" for one in submission.attempts]
    taken = [
        f"{take.provider} for {len(take.recipients)}"
        for take in truth.takes
        if take.submission == submission.id
    ]
    return f"attempts {attempts}; taken {taken}; due {submission.due_at}; {submission.id}"
