"""What is kept, and where the work for it is done."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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

from notifykit.message import Address, Email
from notifykit.storage.columns import (
    ADDRESSES,
    EMAIL,
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


EMAIL_KEPT = Email(
    sender=Address("bot@example.com", "Бот"),
    to=(Address("sales@example.com"),),
    subject="Заказ",
    text="Цемент",
    html="<p>Цемент</p>",
    headers={"X-Priority": "1"},
    metadata={"kind": "order"},
    message_id="<1@example.com>",
    date=datetime(2026, 1, 1, tzinfo=UTC),
)


def kept(email: Email) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(EMAIL.process_bind_param(email, sqlite.dialect()) or "")
    return fields


def read(fields: dict[str, Any]) -> Email | None:
    return EMAIL.process_result_value(json.dumps(fields), sqlite.dialect())


def test_an_email_is_read_as_it_was_kept() -> None:
    assert EMAIL_KEPT == read(kept(EMAIL_KEPT))


@pytest.mark.parametrize(
    "edited",
    [
        {"sender": {"email": "bot@example.com\r\nBcc: x@example.com", "name": ""}},
        {"to": [{"email": "a@example.com>, <b@example.com", "name": ""}]},
        {"to": []},
        {"to": None},
        {"subject": ""},
        {"subject": 5},
        {"text": " "},
        {"text": None},
        {"html": ["<p>"]},
        {"headers": {"Bcc": "x@example.com"}},
        {"headers": {"X-A": "a", "x-a": "b"}},
        {"metadata": {"a": None}},
        {"metadata": None},
        {"message_id": "<1@example.com>\r\nBcc: x@example.com"},
        {"date": "2026-01-01T00:00:00"},
        {"envelope": {"mail_from": "bot@example.com", "rcpt_to": []}},
        {"envelope": {"mail_from": "bot@example.com", "rcpt_to": ["a@example.com>\r\nDATA"]}},
        {"envelope": None},
        {"attachments": [{"filename": "a.txt", "content": "no base64!"}]},
        {"attachments": [{"filename": "", "content": ""}]},
    ],
)
def test_what_somebody_made_unsendable_by_hand_cannot_be_read(edited: dict[str, Any]) -> None:
    assert read(kept(EMAIL_KEPT) | edited) is None


@pytest.mark.parametrize("name", ["sender", "to", "subject", "text"])
def test_an_email_without_what_it_needs_cannot_be_read(name: str) -> None:
    fields = kept(EMAIL_KEPT)
    del fields[name]

    assert read(fields) is None


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "[" * 100_000, '"a"', "\ud800"])
def test_what_is_no_email_cannot_be_read(text: str) -> None:
    assert EMAIL.process_result_value(text, sqlite.dialect()) is None


def test_text_that_was_edited_by_hand_is_cleaned_like_any() -> None:
    harmful = {"subject": "a\r\nBcc: x\u202e", "text": "a\r\x00b", "html": f"{'<p>' * 5_000}\x00"}
    email = read(kept(EMAIL_KEPT) | harmful | {"metadata": {"b ": "1\n2", "a": "\x00"}})

    assert email is not None
    assert ("a Bcc: x", "a\nb", "<p>" * 5_000) == (email.subject, email.text, email.html)
    assert [("a", ""), ("b", "1 2")] == list(email.metadata.items())


def test_an_email_of_another_version_is_read() -> None:
    fields = kept(EMAIL_KEPT) | {"added_later": 1}
    del fields["cc"], fields["bcc"], fields["reply_to"], fields["attachments"], fields["envelope"]

    assert EMAIL_KEPT == read(fields)
