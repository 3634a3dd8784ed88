"""The table of findings is whole, in both languages."""

import re
import string
from pathlib import Path

import pytest

import notifykit.doctor
from notifykit.doctor import Severity, entries
from notifykit.doctor.table import step_name

NUMBERED = [entry for entry in entries().values() if entry.number]
LOCALES = ("ru", "en")


@pytest.mark.parametrize("entry", entries().values(), ids=entries())
def test_every_finding_says_the_same_in_both_languages(entry):
    for told in (entry.causes, entry.evidences, entry.steps):
        assert set(told) in (set(), set(LOCALES))
    for told in (entry.causes, entry.evidences):
        assert 1 >= len({_names(told[locale]) for locale in told})
    assert 1 >= len({len(steps) for steps in entry.steps.values()})
    assert [] == [locale for locale in LOCALES if not step_name(entry.step, locale)]


def _names(text):
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("entry", NUMBERED, ids=lambda entry: entry.id)
def test_every_number_has_a_severity_a_cause_and_a_step_to_take(entry):
    assert entry.severity in (Severity.WARNING, Severity.ERROR)
    for locale in LOCALES:
        assert entry.causes[locale].endswith(".")
        assert entry.steps[locale]


@pytest.mark.parametrize("entry", entries().values(), ids=entries())
def test_russian_is_russian_and_english_is_english(entry):
    cyrillic = re.compile("[а-яё]", re.IGNORECASE)
    english = [
        entry.causes.get("en", ""),
        entry.evidences.get("en", ""),
        *entry.steps.get("en", ()),
    ]

    assert [] == [text for text in english if cyrillic.search(text)]
    if entry.number:
        assert cyrillic.search(entry.causes["ru"])


def test_every_entry_is_found_by_something():
    code = "".join(
        file.read_text("utf-8") for file in Path(notifykit.doctor.__file__).parent.glob("*.py")
    )
    composed = {f"skipped.{what}" for what in ("provider", "database") if f'"{what}"' in code}

    assert [] == [id_ for id_ in entries() if f'"{id_}"' not in code and id_ not in composed]


# A number is written on pages and in tickets: it must not come to mean something else.
def test_numbers_keep_their_meaning():
    assert {
        "NK101": "settings",
        "NK102": "variables",
        "NK121": "account",
        "NK201": "dns",
        "NK202": "tcp",
        "NK203": "tls",
        "NK204": "greeting",
        "NK205": "login",
        "NK301": "sender",
        "NK311": "spf",
        "NK321": "dkim",
        "NK331": "dmarc",
        "NK402": "recipients",
        "NK501": "database",
        "NK511": "queue",
        "NK521": "clock",
        "NK601": "templates",
        "NK701": "mail",
    }.items() <= {entry.id: entry.step for entry in NUMBERED}.items()
