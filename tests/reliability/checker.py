"""
Says whether the promise was kept, from three records that no process of the bot could embellish.

They are the database, read in plain SQL; what the providers logged before they answered; and what
callers were told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from reliability.durable import Accept, Promise

Row = dict[str, Any]

OPEN = ("QUEUED", "SENDING", "UNCONFIRMED")
MAYBE = ("UNKNOWN", "STARTED")
REFUSED = ("UNAVAILABLE", "AUTHENTICATION", "HELD", "REJECTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    The three records.

    Attributes:
        submissions, attempts: Rows as `reliability.databases` reads them, attempts by number.
        accepts: What the providers took.
        promises: What callers were told.
    """

    submissions: Sequence[Row]
    attempts: Sequence[Row]
    accepts: Sequence[Accept]
    promises: Sequence[Promise] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One breach of the promise.

    Attributes:
        rule: ``lost``, ``doubled``, ``false SENT``, ``false FAILED``, ``false attempt``,
            ``unrecorded``, ``changed``, ``two providers``, ``never stored``, ``key``, ``stuck``,
            ``unfinished``.
        submission: Its id; empty where there is none.
        text: What was found.
    """

    rule: str
    submission: str
    text: str


@dataclass(slots=True)
class Case:
    """Everything that is known about one submission."""

    row: Row
    attempts: list[Row] = field(default_factory=list)
    accepts: list[Accept] = field(default_factory=list)

    @property
    def recipients(self) -> list[str]:
        """Everybody who is to get it."""
        return [address.lower() for address in self.row["recipients"]]

    @property
    def copies(self) -> Counter[str]:
        """How many copies each recipient got."""
        return Counter(address for accept in self.accepts for address in _people(accept.recipients))

    @property
    def cut_offs(self) -> int:
        """Count the attempts after which nobody could know, and so may have asked again."""
        return sum(
            attempt["outcome"] in MAYBE or attempt["cut_off"] > 0 for attempt in self.attempts
        )

    @property
    def left_unsettled(self) -> bool:
        """Whether it waits for a person although, late, every attempt got its answer."""
        known = not any(attempt["outcome"] in MAYBE for attempt in self.attempts)
        return self.row["status"] == "UNCONFIRMED" and self.row["due_at"] is None and known

    @property
    def extra(self) -> tuple[int, int]:
        """Count the copies beyond the first: those that cut-offs explain, and those they do not."""
        extras = [count - 1 for count in self.copies.values()]
        unexplained = sum(max(0, extra - self.cut_offs) for extra in extras)
        return sum(extras) - unexplained, unexplained


def _people(addresses: Iterable[str]) -> list[str]:
    return [address.lower() for address in addresses]


def cases(evidence: Evidence) -> list[Case]:
    """Bring the records together by submission."""
    by_id = {row["id"]: Case(row) for row in evidence.submissions}
    by_message = {case.row["message_id"]: case for case in by_id.values()}
    for attempt in evidence.attempts:
        by_id[attempt["submission_id"]].attempts.append(attempt)
    for accept in evidence.accepts:
        if accept.message_id in by_message:
            by_message[accept.message_id].accepts.append(accept)
    return list(by_id.values())


def check(evidence: Evidence) -> list[Finding]:
    """Find every breach of the promise."""
    known = cases(evidence)
    findings = [
        Finding(rule=rule, submission=case.row["id"], text=text)
        for case in known
        for rule, text in _breaches(case)
    ]
    return [*findings, *_promises_broken(evidence), *_keys_shared(known), *_ghosts(evidence)]


def unfinished(evidence: Evidence) -> list[Finding]:
    """Find what is still due although everything was quiet for long enough to finish it."""
    return [
        Finding(rule="unfinished", submission=case.row["id"], text=_story(case))
        for case in cases(evidence)
        if case.row["due_at"] is not None
    ]


def _breaches(case: Case) -> Iterator[tuple[str, str]]:
    yield from _lost(case)
    yield from _false_words(case)
    yield from _doubled(case)
    yield from _unlike(case)


def _lost(case: Case) -> Iterator[tuple[str, str]]:
    status = case.row["status"]
    if status in ("QUEUED", "SENDING") and case.row["due_at"] is None:
        yield "stuck", f"{status}, and nobody will ever look at it again"
    if status in OPEN:
        return
    for recipient in case.recipients:
        if not case.copies[recipient] and not _was_refused(case, recipient):
            yield "lost", f"{status}: {recipient} got nothing, and nobody refused it"


def _was_refused(case: Case, recipient: str) -> bool:
    return any(
        attempt["outcome"] in REFUSED
        or recipient in _people(refusal["recipient"] for refusal in attempt["refused"])
        for attempt in case.attempts
    )


def _false_words(case: Case) -> Iterator[tuple[str, str]]:
    if case.row["status"] == "SENT" and not case.accepts:
        yield "false SENT", "no provider took it"
    if case.row["status"] == "FAILED" and case.accepts:
        yield "false FAILED", f"{case.accepts[0].provider} took it"
    taken = {
        (accept.provider, person)
        for accept in case.accepts
        for person in _people(accept.recipients)
    }
    for attempt in case.attempts:
        for person in _people(attempt["accepted"]):
            if (attempt["provider"], person) not in taken:
                yield "false attempt", f"{attempt['provider']} never took it for {person}"


def _doubled(case: Case) -> Iterator[tuple[str, str]]:
    if case.extra[1]:
        words = f"{dict(case.copies)} copies, {case.cut_offs} attempts that were cut off"
        yield "doubled", f"{words}; {_story(case)}"
    possible = Counter(
        attempt["provider"]
        for attempt in case.attempts
        if attempt["outcome"] in (*MAYBE, "ACCEPTED")
    )
    for provider, count in Counter(accept.provider for accept in case.accepts).items():
        if count > possible[provider]:
            words = f"{provider} took {count}, attempts allow for {possible[provider]}"
            yield "unrecorded", f"{words}; {_story(case)}"
    providers = defaultdict[str, set[str]](set)
    for accept in case.accepts:
        for person in _people(accept.recipients):
            providers[person].add(accept.provider)
    for person, names in providers.items():
        if len(names) > 1:
            yield "two providers", f"{person}: {', '.join(sorted(names))}; {_story(case)}"


def _unlike(case: Case) -> Iterator[tuple[str, str]]:
    bodies = defaultdict[tuple[str, tuple[str, ...]], set[str]](set)
    for accept in case.accepts:
        # An API has the recipients in the content; SMTP has them in the envelope.
        people = () if accept.provider == "smtp" else accept.recipients
        bodies[accept.provider, people].add(accept.sha256)
    for (provider, _), hashes in bodies.items():
        if len(hashes) > 1:
            yield "changed", f"{provider} got {len(hashes)} different contents"
    recorded = {one["sha256"] for one in case.attempts if one["provider"] == "smtp"}
    if not bodies["smtp", ()] <= recorded:
        yield "changed", "smtp got something else than its attempts recorded"


def _promises_broken(evidence: Evidence) -> Iterator[Finding]:
    numbers = {row["id"]: row["notification"]["number"] for row in evidence.submissions}
    for promise in evidence.promises:
        if numbers.get(promise.submission) != f"A-{promise.number}":
            text = f"order A-{promise.number} was accepted as this, which is not there"
            yield Finding(rule="lost", submission=promise.submission, text=text)


def _keys_shared(known: Sequence[Case]) -> Iterator[Finding]:
    names = {
        "key": [case.row["idempotency_key"] for case in known],
        # What failed was taken by nobody, and may be asked for again.
        "order": [
            case.row["notification"]["number"] for case in known if case.row["status"] != "FAILED"
        ],
    }
    for name, values in names.items():
        for value, count in Counter(values).items():
            if count > 1:
                text = f"{count} submissions have the {name} {value}"
                yield Finding(rule="key", submission="", text=text)


def _ghosts(evidence: Evidence) -> Iterator[Finding]:
    stored = {row["message_id"] for row in evidence.submissions}
    for message_id in {accept.message_id for accept in evidence.accepts} - stored:
        text = f"{message_id} was sent but is not in the database"
        yield Finding(rule="never stored", submission="", text=text)


def _story(case: Case) -> str:
    attempts = [
        f"{one['number']} {one['provider']} {one['outcome']} {_clock(one['started_at'])}"
        f"–{_clock(one['finished_at'])}"
        for one in case.attempts
    ]
    taken = [
        f"{one.provider} {_clock(datetime.fromtimestamp(one.at, UTC))}" for one in case.accepts
    ]
    return f"{case.row['status']}; attempts {attempts}; taken {taken}"


def _clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%H:%M:%S.%f}" if moment else ""
