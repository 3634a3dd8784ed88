"""Column types: they turn our values into what a database keeps, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from notifykit import diagnosis
from notifykit.message import Email
from notifykit.submission import Action, EventKind, Outcome, Refusal, Status

T = TypeVar("T")

_EMAIL = TypeAdapter(Email)
# Bytes that take as long to read or write as it takes to hand them to a thread, many times over.
_HEAVY = 256 * 1024
_UNSTORABLE = str.maketrans(
    {"\0": "\ufffd"} | {chr(code): "\ufffd" for code in range(0xD800, 0xE000)}
)


def storable(value: Any) -> Any:
    """
    Give what every database keeps.

    PostgreSQL keeps neither NUL nor lone surrogates; a provider's answer may hold both, and must
    not be what makes us forget that we sent something.
    """
    if isinstance(value, str):
        return value if _is_storable(value) else value.translate(_UNSTORABLE)
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def _is_storable(text: str) -> bool:
    return "\0" not in text and (text.isascii() or _has_utf8(text))


def _is_storable_json(text: str) -> bool:
    # Where letters are escaped, so is every emoji, as two surrogates; nobody minds a second look.
    odd = "\\" in text and any(start in text for start in ("\\u0000", "\\ud", "\\uD"))
    return not odd and _has_utf8(text)


def _has_utf8(text: str) -> bool:
    # Fifty times faster than to translate what needs no translation.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _same(value: Any) -> Any:
    return value


class Words(TypeDecorator[Any]):
    """
    A value kept as text.

    Args:
        dump: Makes text of the value.
        load: Makes the value of the text.
    """

    impl: Any = Text
    cache_ok = True

    def __init__(
        self, dump: Callable[[Any], Any] = _same, load: Callable[[Any], Any] = _same
    ) -> None:
        super().__init__()
        self.dump = dump
        self.load = load

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Give what the database keeps."""
        return None if value is None else storable(self.dump(value))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Leave a text alone where it is what we work with."""
        if type(self) is Words and self.load is _same:
            return None
        return super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Give what we work with."""
        return None if value is None else self.load(value)


class Emails(Words):
    """An email kept as JSON in a text; a heavy one keeps no event loop waiting."""

    cache_ok = True

    def process_bind_param(self, value: Email | None, dialect: Dialect) -> str | None:
        """Give what the database keeps."""
        return None if value is None else _aside(partial(_dumped, value), size_of(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Email | None:
        """Give what we work with."""
        return None if value is None else _aside(partial(_email, value), len(value))


class Values(Words):
    """A value kept as JSON; as JSONB by PostgreSQL."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Look at the JSON once, where `storable` would have to look at every value in it."""
        as_told = super().bind_processor(dialect)
        as_json = self.impl_instance.dialect_impl(dialect).bind_processor(dialect)
        if as_told is None or as_json is None:
            return as_told

        def bound(value: Any) -> Any:
            told = None if value is None else as_json(self.dump(value))
            return told if isinstance(told, str) and _is_storable_json(told) else as_told(value)

        return bound

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the kind of JSON."""
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class Moment(TypeDecorator[datetime]):
    """
    A point in time, aware and in UTC.

    SQLite keeps it as ``2026-01-31 09:00:00.000000+00:00``: it sorts as text, and SQLite's own
    functions read it.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose text where there is no type for time."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Give what the database keeps."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat(" ", "microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give what we work with."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return moment.astimezone(UTC)


def size_of(email: Email) -> int:
    """Say about how many bytes it has."""
    files = sum(len(file.content) for file in email.attachments)
    return len(email.text) + len(email.html or "") + files


def _aside(work: Callable[[], T], size: int) -> T:
    """Do it in a thread where it is much and we are in an event loop; SQLite has its own."""
    if size > _HEAVY and in_greenlet():
        done: T = await_only(asyncio.to_thread(work))
        return done
    return work()


def _dumped(email: Email) -> str:
    # As JSON it has neither NUL nor surrogates, so every database keeps it.
    return _EMAIL.serializer.to_json(email).decode()


def _email(text: str) -> Email | None:
    try:
        email: Email = _EMAIL.validator.validate_json(text)
    except ValueError:
        # One that cannot be read must not be what keeps all the others from being claimed.
        return None
    return email


def _refusals(values: list[dict[str, Any]]) -> tuple[Refusal, ...]:
    return tuple(Refusal(**value) for value in values)


PLAIN = Words()
STATUS = Words(str, Status)
OUTCOME = Words(str, Outcome)
EVENT = Words(str, EventKind)
ACTION = Words(str, Action)
DIAGNOSIS = Words(lambda known: known.id, diagnosis.find)
EMAIL = Emails()
NOTIFICATION = Values(dict)
ADDRESSES = Values(list, tuple)
REFUSALS = Values(lambda refusals: [asdict(refusal) for refusal in refusals], _refusals)
MOMENT = Moment()
