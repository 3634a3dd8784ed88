"""The figures of a storm are shown as they were measured, whether there are any or not."""

from __future__ import annotations

import pytest
from chaos import _SAYS, chaos

from reliability.checker import Finding
from reliability.failpoints import PLACES
from reliability.report import COLUMNS, Result, as_json

COUNTS = {"accepted": 12_345, "kills": 2_000, "lost": 0, "false SENT": 0, "rate/s": 17.5}


def result(control: str | None = None, findings: tuple[Finding, ...] = ()) -> Result:
    return Result(
        database="sqlite",
        version="3.45.1",
        seed=4711,
        control=control,
        counts=COUNTS,
        places={"kill before the wire": 7, "kill at any moment": 1_993},
        outcomes={"ACCEPTED": 12_345},
        findings=findings,
        errors="",
        calm=True,
        crashes=0,
    )


@pytest.fixture
def measured(tmp_path):
    """Write a measurement as the storm does."""

    def write(*results: Result):
        file = tmp_path / "chaos.json"
        file.write_text(as_json(results), "utf-8")
        return file

    return write


def rows(text: str) -> list[list[str]]:
    """Read the tables of a page."""
    tables = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in tables]


def test_without_a_measurement_the_page_names_the_command(locale, tmp_path):
    said = chaos(locale, tmp_path / "chaos.json")

    assert "`make chaos`" in said
    assert [] == rows(said)


def test_every_count_is_shown_with_its_seed_and_versions(measured):
    said = chaos("en", measured(result()))

    assert ["Run", "sqlite 3.45.1"] in rows(said)
    assert ["Processes killed (SIGKILL)", "2,000"] in rows(said)
    assert ["Seed", "4711"] in rows(said)
    assert ["Verdict", "the promise was kept"] in rows(said)
    assert "notifykit 0." in said


def test_where_processes_were_killed_is_shown(measured):
    file = measured(result())

    assert ["killed before the wire", "7"] in rows(chaos("en", file))
    assert ["убито перед обращением к провайдеру", "7"] in rows(chaos("ru", file))


def test_a_database_that_was_not_measured_is_named(measured):
    assert "Not measured on this database: postgres." in chaos("en", measured(result()))


def test_every_word_of_a_storm_is_known_in_both_languages():
    named = [*PLACES, "at any moment", *COLUMNS]

    assert [] == [name for name in named if name not in _SAYS["ru"]]
    assert [] == [name for name in COLUMNS if name not in _SAYS["en"]]


def test_a_broken_promise_is_not_hidden(locale, measured):
    broken = result(findings=(Finding(rule="lost", submission="x", text="nobody has it"),))

    said = chaos(locale, measured(broken))

    assert {"en": "was broken", "ru": "нарушено"}[locale] in said


def test_every_control_is_shown_with_what_it_was_caught_by(measured):
    found = Finding(rule="doubled", submission="x", text="twice")
    said = chaos("en", measured(result(), result("no fence", (found,)), result("late status")))

    assert ["no fence (sqlite)", "doubled: 1"] in rows(said)
    assert ["late status (sqlite)", "**nothing**"] in rows(said)


def test_both_languages_show_the_same_figures(measured):
    file = measured(result(), result("no fence"))
    shown = [[row[1:] for row in rows(chaos(locale, file))] for locale in ("en", "ru")]

    assert [len(shown[0]), True] == [len(shown[1]), "12,345" in str(shown[1])]
