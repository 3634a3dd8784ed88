"""Finds submissions by words, in PostgreSQL or SQLite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from notifykit.storage.base import Filter
from notifykit.storage.bounds import within
from notifykit.storage.indexing import word_index
from notifykit.storage.tables import submissions, words
from notifykit.words import Term, terms

# What most look for is among the newest.
_NEWEST = 2_000
_COMMON = 0.02
# Of those that have a word. Of a beginning that more have, each word is looked up, or where there
# are more words than this, they are not.
_MANY, _SPELLINGS = 5_000, 50

# The same words that the database keeps for a row of its own.
_SAID = (
    literal("=")
    .concat(submissions.c.kind)
    .concat(" ")
    .concat(func.lower(func.replace(func.replace(submissions.c.reference, "-", ""), " ", "")))
    .concat(func.coalesce(literal(" ").concat(submissions.c.search), ""))
)


class Search(ABC):
    """
    Finds what has all the words of a search.

    Args:
        wanted: All must be found; none at all: nothing is found.
    """

    def __init__(self, wanted: Sequence[Term]) -> None:
        self._wanted = wanted

    def next(self, connection: Connection, wanted: Filter, limit: int) -> list[str]:
        """Give the ids of the next ones, newest first, under the bounds of a filter."""
        return self._next(connection, wanted, limit) if self._wanted else []

    @abstractmethod
    def is_common(self, connection: Connection) -> bool:
        """Tell whether a good deal of all there is would be found."""

    @abstractmethod
    def conditions(self) -> list[ColumnElement[bool]]:
        """Make the conditions on a submission."""

    @abstractmethod
    def _next(self, connection: Connection, wanted: Filter, limit: int) -> list[str]: ...


class Vectors(Search):
    """Finds it in PostgreSQL: among the newest, and if that does not do, by the index."""

    def is_common(self, connection: Connection) -> bool:
        """Look among the newest."""
        newest = _newest([])
        found = select(func.count()).where(self._matches(newest.c.words))
        share = connection.execute(found.select_from(newest)).scalar_one() / _NEWEST
        return bool(self._wanted) and share >= _COMMON

    def conditions(self) -> list[ColumnElement[bool]]:
        """Make the condition that the row's vector of words matches."""
        found = and_(words.c.submission_id == submissions.c.id, self._matches(words.c.words))
        return [or_(exists().where(found), _with_message_id(self._wanted))]

    def _next(self, connection: Connection, wanted: Filter, limit: int) -> list[str]:
        bounds = within(words.c.submission_id, wanted)
        newest = _newest(bounds)
        among_newest = select(newest.c.submission_id).where(self._matches(newest.c.words))
        ids = _ordered(connection, among_newest, newest.c.submission_id, limit)
        if len(ids) == limit:
            return ids
        # Now it is not common, and all of it can be had by the index. The planner would often think
        # otherwise, as it knows nothing about the beginnings of words.
        matching = select(words.c.submission_id).where(*bounds, self._matches(words.c.words))
        everywhere = matching.cte("everywhere").prefix_with("MATERIALIZED")
        ids = _ordered(connection, select(everywhere), everywhere.c.submission_id, limit)
        return _merged(ids, _by_message_id(connection, self._wanted, wanted), limit)

    def _matches(self, vector: ColumnElement[Any]) -> ColumnElement[bool]:
        said = " & ".join(f"({_alternatives(term)})" for term in self._wanted)
        return vector.bool_op("@@")(cast(literal(said), TSQUERY))


class Index(Search):
    """Finds it in SQLite: the rarest word leads, and the others are looked for in the rows."""

    _led: _Led | None = None

    def is_common(self, connection: Connection) -> bool:
        """Count those that have the rarest word."""
        return bool(self._wanted) and self._rarest(connection).count > _MANY

    def conditions(self) -> list[ColumnElement[bool]]:
        """Make a condition for each word."""
        return [or_(_has(term, _SAID), _with_message_id([term])) for term in self._wanted]

    def _next(self, connection: Connection, wanted: Filter, limit: int) -> list[str]:
        rarest = self._rarest(connection)
        if rarest.spellings is None:
            # So many words begin so that it need not be looked for.
            everywhere = select(submissions.c.id).where(*within(submissions.c.id, wanted))
            matching = everywhere.where(*self.conditions())
            return _ordered(connection, matching, submissions.c.id, limit)
        ids = connection.execute(_ids(rarest.spellings, wanted, limit)).scalars().all()
        gathered = select(words.c.submission_id).where(*within(words.c.submission_id, wanted))
        waiting = connection.execute(gathered.where(_has(rarest.term, words.c.words)))
        by_id = _by_message_id(connection, self._wanted, wanted)
        return _merged([*ids, *waiting.scalars()], by_id, limit)

    def _rarest(self, connection: Connection) -> _Led:
        if self._led is None:
            counted = [_Led.by(connection, term) for term in self._wanted]
            self._led = min(counted, key=lambda led: led.count)
        return self._led


@dataclass(frozen=True, slots=True)
class _Led:
    """
    A word that may lead.

    Attributes:
        count: How many have it, up to many.
        spellings: What to look up; ``None``: too many begin so.
    """

    term: Term
    count: int
    spellings: Sequence[ColumnElement[bool]] | None

    @classmethod
    def by(cls, connection: Connection, term: Term) -> Self:
        """Look how frequent it is."""
        ranges = _ranges(term)
        some = select(word_index.c.word).where(or_(*ranges)).limit(_MANY + 1).subquery()
        counting = select(func.count()).select_from(some)
        count = int(connection.execute(counting).scalar_one())
        if not term.prefix or count <= _MANY:
            return cls(term, count, ranges)
        found = [_beginning(connection, each) for each in term.words]
        spelled = [word_index.c.word == word for each in found for word in each]
        return cls(term, count, spelled if max(map(len, found)) <= _SPELLINGS else None)


def search_in(connection: Connection, wanted: Filter) -> Search | None:
    """Read what is searched for; a kind counts as a word."""
    if wanted.search is None and wanted.kind is None:
        return None
    typed = () if wanted.search is None else terms(wanted.search)
    if wanted.search is not None and not typed:
        kind: tuple[Term, ...] = ()
    else:
        kind = () if wanted.kind is None else (Term(words=(f"={wanted.kind}",)),)
    search = Vectors if connection.dialect.name == "postgresql" else Index
    return search((*typed, *kind))


def _newest(bounds: Sequence[ColumnElement[bool]]) -> Subquery:
    listed = select(words.c.submission_id, words.c.words).where(*bounds)
    return listed.order_by(words.c.submission_id.desc()).limit(_NEWEST).subquery()


def _alternatives(term: Term) -> str:
    end = ":*" if term.prefix else ""
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in term.words)
    return " | ".join(f"'{word}'{end}" for word in quoted)


def _ordered(
    connection: Connection, matching: Select[Any], id_: ColumnElement[str], limit: int
) -> list[str]:
    return list(connection.execute(matching.order_by(id_.desc()).limit(limit)).scalars())


def _merged(ids: Sequence[str], others: Sequence[str], limit: int) -> list[str]:
    return sorted({*ids, *others}, reverse=True)[:limit]


def _with_message_id(wanted: Sequence[Term]) -> ColumnElement[bool]:
    known = [term.message_id for term in wanted if term.message_id]
    return submissions.c.message_id.in_(known)


def _by_message_id(connection: Connection, wanted: Sequence[Term], bounds: Filter) -> Sequence[str]:
    if not any(term.message_id for term in wanted):
        return ()
    with_id = select(submissions.c.id).where(_with_message_id(wanted))
    return connection.execute(with_id.where(*within(submissions.c.id, bounds))).scalars().all()


def _ids(ranges: Sequence[ColumnElement[bool]], wanted: Filter, limit: int) -> Select[Any]:
    id_ = word_index.c.submission_id
    each = [
        select(id_)
        .distinct()
        .where(one, *within(id_, wanted))
        .order_by(id_.desc())
        .limit(limit)
        .subquery()
        for one in ranges
    ]
    ids = union_all(*(select(one.c.submission_id) for one in each)).subquery()
    return select(ids.c.submission_id).distinct().order_by(ids.c.submission_id.desc()).limit(limit)


def _ranges(term: Term) -> list[ColumnElement[bool]]:
    word = word_index.c.word
    if not term.prefix:
        return [word == spelling for spelling in term.words]
    return [and_(word >= spelling, word < _beyond(spelling)) for spelling in term.words]


def _beginning(connection: Connection, spelling: str) -> Sequence[str]:
    """List the words that begin so, up to one more than are looked up."""
    word, end = word_index.c.word, _beyond(spelling)
    first = select(func.min(word).label("word"), literal(1).label("number"))
    found = first.where(word >= spelling, word < end).cte("beginning", recursive=True)
    following = select(func.min(word)).where(word > found.c.word, word < end).scalar_subquery()
    more = select(following, found.c.number + 1).where(
        found.c.word.is_not(None), found.c.number <= _SPELLINGS
    )
    found = found.union_all(more)
    listed = select(found.c.word).where(found.c.word.is_not(None))
    return connection.execute(listed).scalars().all()


def _beyond(spelling: str) -> str:
    return f"{spelling}\U0010ffff"


def _has(term: Term, said: ColumnElement[str]) -> ColumnElement[bool]:
    spaced = literal(" ").concat(said).concat(" ")
    end = "" if term.prefix else " "
    return or_(*(func.instr(spaced, f" {word}{end}") > 0 for word in term.words))
