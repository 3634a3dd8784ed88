"""What is kept, and where the work for it is done."""

from __future__ import annotations

import json
from functools import partial
from threading import get_ident
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg, psycopg
from sqlalchemy.util import greenlet_spawn

from notifykit.storage.columns import (
    ADDRESSES,
    NOTIFICATION,
    REFUSALS,
    Values,
    _aside,
    storable,
)
from notifykit.submission import Refusal

TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from('\0\ud800\udfff\\u0d"👍')),
    max_size=12,
)
plain = partial(json.dumps, ensure_ascii=False)


def of_values(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)


@pytest.mark.parametrize(("size", "here"), [(10_000, True), (20_000_000, False)])
async def test_only_what_is_heavy_is_read_and_written_beside_the_loop(
    size: int, *, here: bool
) -> None:
    thread = await greenlet_spawn(_aside, get_ident, size)

    assert here is (thread == get_ident())


def test_outside_of_a_loop_there_is_nobody_to_keep_waiting() -> None:
    assert get_ident() == _aside(get_ident, 20_000_000)


DIALECTS = [
    pytest.param(sqlite.dialect(json_serializer=plain), id="sqlite"),
    pytest.param(asyncpg.dialect(json_serializer=plain), id="asyncpg"),
    pytest.param(asyncpg.dialect(), id="asyncpg of a host, which escapes letters"),
    pytest.param(psycopg.dialect(), id="psycopg of a host, which dumps by itself"),
]


def bound(kind: Values, value: Any, dialect: Dialect) -> Any:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    assert process is not None
    given = process(value)
    return json.loads(given) if isinstance(given, str) else given.obj


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "value",
    [
        {},
        {"имя": 'Иван "Ваня" \\ud800 \\u0000 C:\\users\n\t\x01', "quantity": [1, 1.5, None, True]},
        {"emoji": "👨‍👩‍👧"},
        {"nul": "a\0b"},
        {"surrogate": "a\ud800b\udfff"},
        {"a\0b": {"\ud800": ["\0", {"\udfff": ["\0", ("\ud800",)]}]}},
    ],
)
def test_a_notification_is_kept_without_what_no_database_keeps(
    dialect: Dialect, value: dict[str, Any]
) -> None:
    assert json.loads(json.dumps(storable(value))) == bound(NOTIFICATION, value, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(st.recursive(TEXTS | st.none() | st.integers(), of_values, max_leaves=8))
def test_whatever_was_told_is_kept_as_if_every_value_had_been_looked_at(
    dialect: Dialect, told: Any
) -> None:
    assert storable({"told": told}) == bound(NOTIFICATION, {"told": told}, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_addresses_and_refusals_are_looked_at_too(dialect: Dialect) -> None:
    refusal = Refusal(recipient="a@example.com", text="no\0\ud800")

    assert ["a\ufffd"] == bound(ADDRESSES, ("a\0",), dialect)
    assert ["no\ufffd\ufffd"] == [each["text"] for each in bound(REFUSALS, (refusal,), dialect)]


def test_what_needs_no_change_is_looked_at_as_a_whole() -> None:
    looked_at: list[Any] = []

    def serializer(value: Any) -> str:
        looked_at.append(value)
        return plain(value)

    told = {"lines": [{"code": "00-0120"}]}
    bound(NOTIFICATION, told, sqlite.dialect(json_serializer=serializer))

    assert [told] == looked_at
    assert told["lines"] is looked_at[0]["lines"]
