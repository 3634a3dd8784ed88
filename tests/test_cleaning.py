"""Untrusted text made harmless."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.cleaning import clean_line, clean_text, harmless, limited_line, shown
from notifykit.errors import InvalidEmailError

HARMFUL = "\x00\x08\x1b\x1c\x7f\x85\x9f\u061c\u200b\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff"
ANYTHING = st.text(
    st.one_of(
        st.characters(),  # with lone surrogates
        st.sampled_from(f"{HARMFUL}\r\n\t\v\f\u2028\u2029 \xa0\ud800\udfff=?"),
    )
)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_break_becomes_one_newline(end: str) -> None:
    assert "a\nb" == clean_text(f"a{end}b")
    assert "a b" == clean_line(f"a{end}b")


@pytest.mark.parametrize("mark", HARMFUL.replace("\x85", ""))
def test_control_characters_and_marks_of_direction_are_taken_out(mark: str) -> None:
    assert "ab" == clean_text(f"a{mark}b")


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert "a\ufffdb" == clean_text("a\ud800b")


def test_joiners_of_emoji_and_of_persian_stay() -> None:
    assert "👨‍👩‍👧 می‌خواهم" == clean_line("👨‍👩‍👧 می‌خواهم")


def test_space_at_the_ends_stays_only_where_it_is_asked_for() -> None:
    assert " a\n" == harmless(" a\r\n\x00")
    assert "a" == clean_text(" a\r\n\x00")


@given(ANYTHING)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    for clean in (harmless, clean_text, clean_line):
        once = clean(text)

        assert once == clean(once)


@given(ANYTHING)
def test_nothing_that_could_end_a_line_is_left_on_a_line(text: str) -> None:
    cleaned = clean_line(text)

    assert [cleaned] == (cleaned.splitlines() or [""])
    assert cleaned.encode().decode() == cleaned
    assert not set(HARMFUL) & set(cleaned)


def test_what_is_long_only_by_space_is_taken() -> None:
    assert "a b" == limited_line(f"a{' ' * 20}b", 3, "characters in", "it")


@pytest.mark.parametrize("text", ["abcd", " " * 25])
def test_too_much_text_is_refused_with_the_limit(text: str) -> None:
    with pytest.raises(InvalidEmailError, match="the limit is 3"):
        limited_line(text, 3, "characters in", "it")


def test_an_error_message_shows_only_the_beginning() -> None:
    assert 83 == len(shown("a" * 1_000_000))


@given(ANYTHING)
def test_a_long_text_is_cleaned_like_a_short_one(text: str) -> None:
    filling = "<p>Цемент\n" * 1_000

    assert harmless(filling) + harmless(text) == harmless(f"{filling}{text}")


def test_no_character_that_is_taken_out_counts_as_a_clean_line() -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1)]

    assert [] == [
        each for each in characters if each.isprintable() and each not in (harmless(each), " ")
    ]
    assert [" "] == [each for each in characters if each.isprintable() and each.isspace()]
