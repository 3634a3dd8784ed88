"""Both languages say the same things, and everything has a word."""

import re
import string
from importlib.resources import files

import pytest

from notifykit.dashboard.pages.acting import WAYS
from notifykit.dashboard.pages.filters import PERIODS
from notifykit.dashboard.words import WORDS
from notifykit.notifications import Priority
from notifykit.submission import Action, EventKind, Outcome, Status

TEMPLATES = {
    file.name: file.read_text("utf-8")
    for file in (files("notifykit.dashboard") / "templates").iterdir()
}


def shape(words):
    return {
        name: sorted(value) if isinstance(value, dict) else type(value)
        for name, value in words.known.items()
    }


def test_both_languages_have_the_same_words():
    assert shape(WORDS["ru"]) == shape(WORDS["en"])


@pytest.mark.parametrize("name", [key for key, text in WORDS["ru"].known.items() if "{" in text])
def test_both_languages_fill_in_the_same_things(name):
    fields = [
        sorted(field for _, field, _, _ in string.Formatter().parse(words.known[name]) if field)
        for words in WORDS.values()
    ]

    assert fields[0] == fields[1]


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("status", [*Status, "HELD", "delivered", "bounced", "complained"]),
        ("outcome", Outcome),
        ("event", EventKind),
        ("decision", Action),
        ("priority", Priority),
        ("period", PERIODS),
    ],
)
def test_everything_that_can_be_shown_has_a_word(table, names):
    assert [] == [name for name in names if name not in WORDS["ru"].known[table]]


@pytest.mark.parametrize("way", [*WAYS, "release"])
def test_every_action_has_its_words(way):
    for key in (f"act_{way}", f"ask_{way}", f"more_{way}"):
        assert key in WORDS["ru"].known


def test_every_word_that_a_template_asks_for_is_there():
    asked = {
        name
        for text in TEMPLATES.values()
        for name in re.findall(r"\bt\.([a-z_0-9]+)", text)
        if name not in ("known", "of", "counted", "filled")
    }
    asked |= {
        name
        for text in TEMPLATES.values()
        for name in re.findall(r't\.filled\("([a-z_0-9]+)",', text)
    }

    assert {"nav_front", "done_changed"} <= asked | set(WORDS["ru"].known)
    assert set() == asked - set(WORDS["ru"].known)


def test_no_template_says_anything_itself():
    plain = {
        name: re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", " ", text, flags=re.DOTALL)
        for name, text in TEMPLATES.items()
    }
    said = {name: re.findall(r"[A-Za-zА-Яа-я]{3,}", text) for name, text in plain.items()}

    allowed = {"notifykit", "Telegram"}
    assert {} == {name: words for name, words in said.items() if set(words) - allowed}


def test_no_template_has_a_script_or_a_style_of_its_own():
    for name, text in TEMPLATES.items():
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), name
        assert [] == [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag]


def test_no_template_switches_escaping_off():
    for text in TEMPLATES.values():
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text
