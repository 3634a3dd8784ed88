"""Words that submissions are found by."""

from __future__ import annotations

import pytest

from notifykit.words import Term, folded, terms, words_of


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("ЁЛКА", "елка"),
        ("А-17", "a17"),
        ("A-17", "a17"),
        ("00-0123", "000123"),
        ("Петров-Водкин", "петровводкин"),
        ("ﬁ", "fi"),
        ("—", ""),
        ("x" * 100, "x" * 64),
    ],
)
def test_spellings_of_one_thing_are_one_word(typed: str, word: str) -> None:
    assert word == folded(typed)


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("Иван Петров", [("иван",), ("петров",)]),
        ("+7 900 000-00-00", [("79000000000",)]),
        ("8 (900) 000-00-00", [("79000000000",)]),
        ("8 900 000", [("8900000", "7900000")]),
        ("900 000", [("900000",)]),
        ("иван 8 900 000-00-00", [("иван",), ("79000000000",)]),
        ("00-0123 00-0124", [("000123",), ("000124",)]),
        ("кмт", [("кмт", "kmt")]),
        ("кмт-4827", [("kmt4827",)]),
        ("кмт 4827", [("kmt4827",)]),
        ("https://t.me/ivan_1", [("ivan1",)]),
        ("'; DROP TABLE", [("drop",), ("table",)]),
        ("— !", []),
        ("", []),
        ("a " * 20, [("a",)] * 8),
    ],
)
def test_a_search_is_read_as_people_type_it(search: str, words: list[tuple[str, ...]]) -> None:
    assert words == [term.words for term in terms(search)]


def test_only_the_last_word_may_be_unfinished() -> None:
    assert [False, True] == [term.prefix for term in terms("иван пет")]
    assert [False] == [term.prefix for term in terms("иван ")]
    assert [False] == [term.prefix for term in terms("и")]


def test_a_message_id_counts_where_it_stands_alone() -> None:
    assert ["<1@example.com>"] == [term.message_id for term in terms("<1@example.com>")]
    assert [None, None] == [term.message_id for term in terms("иван 1@example.com")]


def test_a_word_is_found_whole_or_by_its_beginning() -> None:
    words = frozenset(["петров"])

    assert Term(words=("петров",)).found_in(words, "")
    assert Term(words=("пет",), prefix=True).found_in(words, "")
    assert not Term(words=("пет",)).found_in(words, "")
    assert not Term(words=("тров",), prefix=True).found_in(words, "")


def test_words_come_from_what_names_somebody_or_something() -> None:
    told = {
        "number": "17",
        "customer": {"name": "Иван  Петров", "phone": "+49 30 000000", "email": None},
        "lines": [{"code": "00-1", "title": "Цемент", "quantity": "10"}, {"code": "00-1"}],
        "comment": "для Сергея",
    }

    assert "4827 17 иван петров 4930000000 001" == words_of("KMT-4827", told)


def test_a_notification_of_any_shape_has_a_limit() -> None:
    told = {"code": [str(number) for number in range(10_000)], "name": ["a", {"name": 5}]}

    assert 4_000 == len(words_of("KMT-4827", told).split())
