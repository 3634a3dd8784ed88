"""Identifiers that sort, and references that can be said aloud."""

from __future__ import annotations

import re
import time

import pytest

from notifykit.ids import new_reference, normal_reference, uuid7


def test_an_id_is_a_uuid_of_version_7_in_the_variant_of_the_rfc() -> None:
    made = uuid7()

    assert (7, "specified in RFC 4122") == (made.version, made.variant)


def test_an_id_says_the_millisecond_it_was_made_in() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7().int >> 80
    after = time.time_ns() // 1_000_000

    assert before <= made <= after


def test_ids_of_one_millisecond_do_not_repeat() -> None:
    assert 10_000 == len({uuid7() for _ in range(10_000)})


def test_a_reference_has_letters_that_look_the_same_on_both_keyboards() -> None:
    for _ in range(200):
        assert re.fullmatch(r"[ABCEHKMOPTXY]{3}-[0-9]{4}", new_reference())


@pytest.mark.parametrize(
    "typed",
    ["KMT-4827", "kmt-4827", "КМТ-4827", " кмт-4827 ", "кмт 4827", "KMT4827", "KMT – 4827"],
)
def test_a_reference_is_found_however_a_person_types_it(typed: str) -> None:
    assert "KMT-4827" == normal_reference(typed)


def test_every_reference_is_already_as_it_would_be_read() -> None:
    for _ in range(200):
        reference = new_reference()

        assert reference == normal_reference(reference)


@pytest.mark.parametrize("number", ["A-17", "00-0123", "KMT-48271", "ЗАЯВКА-1"])
def test_an_order_number_of_somebody_else_keeps_its_form(number: str) -> None:
    assert number.translate(str.maketrans("АВСЕНКМОРТХУ", "ABCEHKMOPTXY")) == (
        normal_reference(number)
    )
