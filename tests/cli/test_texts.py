"""Both languages say the same things."""

import string

import pytest

from notifykit.cli.help_texts import ARGPARSE_RU, COMMANDS, HELP, TOUR
from notifykit.cli.russian import RUSSIAN, in_russian
from notifykit.cli.texts import TEXTS
from notifykit.storage import failures
from notifykit.submission import Outcome, Status


@pytest.mark.parametrize("texts", [TEXTS, HELP, TOUR], ids=["texts", "help", "tour"])
def test_both_languages_have_the_same_texts(texts):
    assert list(texts["ru"]) == list(texts["en"])


@pytest.mark.parametrize("key", TEXTS["ru"])
def test_both_languages_fill_in_the_same_things(key):
    names = [
        sorted(name for _, name, _, _ in string.Formatter().parse(TEXTS[locale][key]) if name)
        for locale in ("ru", "en")
    ]

    assert names[0] == names[1]


def test_every_status_and_every_outcome_has_a_word():
    wanted = {f"status.{status}" for status in Status} | {f"mark.{status}" for status in Status}
    wanted |= {f"outcome.{outcome}" for outcome in Outcome}

    assert set() == wanted - set(TEXTS["ru"])


def test_every_command_of_the_tour_has_its_help():
    for locale in ("ru", "en"):
        for command in (name for names in COMMANDS.values() for name in names):
            assert {command, f"{command}.more", f"{command}.usage"} <= set(HELP[locale])


def test_the_longer_words_of_argparse_are_translated_before_the_shorter():
    words = list(ARGPARSE_RU)
    hidden = [
        (first, later)
        for place, first in enumerate(words)
        for later in words[place + 1 :]
        if first in later
    ]

    assert [] == hidden


@pytest.mark.parametrize(
    "meaning", sorted({*failures._POSTGRES.values(), *failures._SQLITE.values()})
)
def test_everything_a_database_may_answer_is_said_in_russian_too(meaning):
    assert not any(word in in_russian(meaning) for word in (" the ", " is ", " it "))
    assert meaning != in_russian(meaning)


def test_the_longer_sentences_are_put_into_russian_before_the_shorter():
    phrases = list(RUSSIAN)
    hidden = [
        (first, later)
        for place, first in enumerate(phrases)
        for later in phrases[place + 1 :]
        if first in later
    ]

    assert [] == hidden


def test_a_missing_folder_is_said_in_the_chosen_language(shell, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///missing/notifykit.db")

    russian, english = shell("submissions"), shell("submissions", "--locale", "en")

    assert russian.err.endswith("/missing не существует: создайте её\n")
    assert english.err.endswith("/missing does not exist: make it\n")
