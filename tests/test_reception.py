"""What events make of ``delivery``, whatever their order and number."""

from __future__ import annotations

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.reception import reception
from notifykit.submission import EventKind


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (EventKind.ACCEPTED, None),
        (EventKind.DEFERRED, None),
        (EventKind.DELIVERED, "delivered"),
        (EventKind.OPENED, "delivered"),
        (EventKind.CLICKED, "delivered"),
        (EventKind.BOUNCED, "bounced"),
        (EventKind.REJECTED, "bounced"),
        (EventKind.COMPLAINED, "complained"),
    ],
)
def test_each_kind_has_its_word(kind: EventKind, word: str | None) -> None:
    assert word == reception(None, kind)


@given(st.lists(st.sampled_from(EventKind), max_size=5))
def test_in_any_order_and_any_number_they_come_to_the_same(kinds: list[EventKind]) -> None:
    words = {
        reduce(reception, order, None)
        for order in (*permutations(kinds), tuple(kinds) * 2, tuple(reversed(kinds)) * 3)
    }

    assert 1 == len(words)


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        ("bounced", EventKind.DELIVERED, "bounced"),
        ("delivered", EventKind.BOUNCED, "bounced"),
        ("delivered", EventKind.ACCEPTED, "delivered"),
        ("complained", EventKind.BOUNCED, "complained"),
        ("bounced", EventKind.COMPLAINED, "complained"),
        ("read by Anna", EventKind.DEFERRED, "read by Anna"),
        ("read by Anna", EventKind.DELIVERED, "delivered"),
    ],
)
def test_what_matters_more_stays(before: str, kind: EventKind, after: str) -> None:
    assert after == reception(before, kind)
