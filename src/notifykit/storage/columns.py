"""Column types: they turn our values into what a database keeps, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from notifykit import diagnosis
from notifykit.message import Email
from notifykit.submission import Action, EventKind, Outcome, Refusal, Status

_EMAIL = TypeAdapter(Email)
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
    # Fifty times faster than to translate what needs no translation.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


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

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Give what we work with."""
        return None if value is None else self.load(value)


class Values(Words):
    """A value kept as JSON; as JSONB by PostgreSQL."""

    impl = JSON
    cache_ok = True

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


def _email(text: str) -> Email | None:
    try:
        return _EMAIL.validate_json(text)
    except ValueError:
        # One that cannot be read must not be what keeps all the others from being claimed.
        return None


def _refusals(values: list[dict[str, Any]]) -> tuple[Refusal, ...]:
    return tuple(Refusal(**value) for value in values)


PLAIN = Words()
STATUS = Words(str, Status)
OUTCOME = Words(str, Outcome)
EVENT = Words(str, EventKind)
ACTION = Words(str, Action)
DIAGNOSIS = Words(lambda known: known.id, diagnosis.find)
EMAIL = Words(lambda email: _EMAIL.dump_json(email).decode(), _email)
NOTIFICATION = Values(dict)
ADDRESSES = Values(list, tuple)
REFUSALS = Values(lambda refusals: [asdict(refusal) for refusal in refusals], _refusals)
MOMENT = Moment()
