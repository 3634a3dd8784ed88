"""What was told after acceptance, in PostgreSQL or SQLite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.engine import RowMapping

from notifykit.reception import reception
from notifykit.storage.accepting import concerns_one_row
from notifykit.storage.batching import Batches
from notifykit.storage.columns import storable
from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.rows import Executor, attempts_of, impatient, submission_of
from notifykit.storage.statements import INSERT, LIGHT, Time
from notifykit.storage.tables import events, submissions
from notifykit.submission import Event, Submission

_NAMES = [column.name for column in events.c if column.name not in ("number", "received_at")]
_UNIQUE = (events.c.provider, events.c.id)

Key = tuple[str, str]


class SqlEvents(SqlConnections):
    """Keeps events in ``delivery_events``."""

    def __init__(
        self, url: str | SecretStr, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__(url, clock=clock)
        self._recording: Batches[Event, Submission | None] = Batches(
            self._record, divisible=concerns_one_row
        )
        self._batches.append(self._recording)

    async def record(self, event: Event) -> Submission | None:
        """
        Keep an event once, and what it says about delivery.

        Calls that come while another one's commit is under way share the next commit.
        """
        return await self._recording.call(_storable(event))

    @unbroken
    async def events(self, submission_id: str) -> Sequence[Event]:
        """List what was told about a submission, in the order in which it happened."""
        return await self._read(partial(_events_of, submission_id=submission_id))

    async def _record(self, told: Sequence[Event]) -> Sequence[Submission | None]:
        return await self._write(partial(_recorded, told=told, now=self._now()))


def events_about(connection: Executor, ids: Sequence[str]) -> Mapping[str, list[Event]]:
    """Find what was told about these submissions, in the order in which it happened."""
    wanted = select(events).where(events.c.submission_id.in_(ids))
    told = defaultdict(list)
    ordered = wanted.order_by(events.c.occurred_at, events.c.number)
    for row in connection.execute(ordered).mappings():
        event = Event(**{name: row[name] for name in row if name != "number"})
        told[event.submission_id].append(event)
    return told


def _storable(event: Event) -> Event:
    # What names it is compared here too, and must be what the database keeps.
    names = ("id", "submission_id", "provider")
    return replace(event, **{name: storable(getattr(event, name)) for name in names})


def _events_of(connection: Executor, *, submission_id: str) -> list[Event]:
    return events_about(connection, [submission_id]).get(submission_id, [])


def _recorded(connection: Executor, *, told: Sequence[Event], now: Time) -> list[Submission | None]:
    with impatient(connection, many=len(told) > 1):
        known = _locked(connection, {event.submission_id for event in told})
    firsts: dict[Key, Event] = {}
    for event in told:
        if event.submission_id in known:
            firsts.setdefault(_key(event), _without_the_erased(event, known[event.submission_id]))
    added = _inserted(connection, list(firsts.values()), now)
    new = [event for key, event in firsts.items() if key in added]
    kept = _told(connection, known, new)
    # The first of several with one name is the one that was kept.
    return [_answer(kept.get(event.submission_id), event, added) for event in told]


def _locked(connection: Executor, ids: set[str]) -> dict[str, RowMapping]:
    """Give the submissions, and let no other event and no erasure come between."""
    is_blank = submissions.c.email.is_(None).label("is_blank")
    found = select(*LIGHT, is_blank).where(submissions.c.id.in_(ids))
    # Transactions that lock the same rows in the same order do not block each other for ever.
    ordered = found.order_by(submissions.c.id).with_for_update()
    return {row["id"]: row for row in connection.execute(ordered).mappings()}


def _without_the_erased(event: Event, submission: RowMapping) -> Event:
    """Let no late event bring back what was erased or purged."""
    if not submission["is_blank"]:
        return event
    is_left = event.recipient in submission["recipients"]
    return replace(event, text=None, recipient=event.recipient if is_left else None)


def _inserted(connection: Executor, told: Sequence[Event], now: Time) -> set[Key]:
    if not told:
        return set()
    insertion = (
        INSERT[connection.dialect.name](events)
        .values(received_at=now)
        .on_conflict_do_nothing(index_elements=_UNIQUE)
        .returning(*_UNIQUE)
    )
    rows = [{name: getattr(event, name) for name in _NAMES} for event in told]
    return {(row.provider, row.id) for row in connection.execute(insertion, rows)}


def _told(
    connection: Executor, known: Mapping[str, RowMapping], new: Iterable[Event]
) -> dict[str, Submission]:
    words = {id_: row["delivery"] for id_, row in known.items()}
    for event in new:
        words[event.submission_id] = reception(words[event.submission_id], event.kind)
    for id_, word in words.items():
        if word != known[id_]["delivery"]:
            changing = update(submissions).where(submissions.c.id == id_)
            connection.execute(changing.values(delivery=word))
    tried = attempts_of(connection, list(known))
    return {
        id_: replace(submission_of(row, None, tried.get(id_, ())), delivery=words[id_])
        for id_, row in known.items()
    }


def _answer(kept: Submission | None, event: Event, added: set[Key]) -> Submission | None:
    if kept is None or _key(event) not in added:
        return kept and replace(kept, repeated=True)
    added.remove(_key(event))
    return kept


def _key(event: Event) -> Key:
    return event.provider, event.id
