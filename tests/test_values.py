"""Values with some fields changed: the same as by the slow way."""

from __future__ import annotations

from copy import copy
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from datetime import UTC, datetime
from pickle import dumps, loads
from typing import Any

import pytest

from notifykit.message import Address, Email
from notifykit.submission import Attempt, Submission
from notifykit.values import changed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ATTEMPT = Attempt(id="1", provider="gmail", started_at=NOW)
SUBMISSION = Submission(
    id="1",
    kind="order",
    reference="KMT-4827",
    recipients=("sales@example.com",),
    subject="Заказ",
    notification={"number": "17"},
    email=Email(
        sender=Address("bot@example.com"), to=(Address("sales@example.com"),), subject="a", text="b"
    ),
    message_id="<1@example.com>",
    idempotency_key="1",
    created_at=NOW,
    updated_at=NOW,
)


EVERY_FIELD = [
    pytest.param(value, field.name, id=f"{type(value).__name__}.{field.name}")
    for value in (ATTEMPT, SUBMISSION)
    for field in fields(value)
]


@pytest.mark.parametrize(("value", "name"), EVERY_FIELD)
def test_one_field_changed_is_the_same_as_replaced(value: Any, name: str) -> None:
    before, new = copy(value), object()
    made = changed(value, **{name: new})

    assert replace(value, **{name: new}) == made
    assert new is getattr(made, name)
    assert type(value) is type(made)
    assert before == value


@pytest.mark.parametrize("value", [ATTEMPT, SUBMISSION])
def test_all_fields_changed_are_the_same_as_replaced(value: Any) -> None:
    new = {field.name: number for number, field in enumerate(fields(value))}

    assert replace(value, **new) == changed(value, **new)


@pytest.mark.parametrize("value", [ATTEMPT, SUBMISSION])
def test_nothing_changed_is_another_one_of_the_same(value: Any) -> None:
    made = changed(value)

    assert value == made
    assert value is not made
    assert repr(value) == repr(made)
    assert value == loads(dumps(made))


def test_what_was_changed_is_as_frozen_as_any() -> None:
    made = changed(ATTEMPT, code=250)

    with pytest.raises(FrozenInstanceError):
        made.code = 251  # type: ignore[misc]  # it is the point
    with pytest.raises((AttributeError, TypeError)):
        made.other = 1  # type: ignore[attr-defined]  # it is the point


@pytest.mark.parametrize("name", ["status", "__class__", "__doc__", "with_attempt"])
def test_an_unknown_field_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"Attempt has no field {name}"):
        changed(ATTEMPT, **{name: 1})


@dataclass(frozen=True)
class Loose:
    one: int = 1
    two: int = 2


@dataclass(frozen=True, slots=True)
class Alone:
    value: int = 1


@pytest.mark.parametrize("value", [Address("a@example.com"), Loose(), Alone()])
def test_what_has_checks_or_no_slots_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="has checks, no slots, or not several fields"):
        changed(value)


def test_what_is_no_dataclass_is_refused() -> None:
    with pytest.raises(TypeError):
        changed("text")
