"""What people see."""

import io
import os
import pty
import subprocess
import sys

import pytest

from notifykit.cli.screen import Screen, Styled, cells, shortened


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    return Screen(io.StringIO())


def terminal(*argv, **env):
    """Run a command in a real terminal and read what it draws."""
    ours, theirs = pty.openpty()
    env = {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path), **env}
    process = subprocess.Popen(
        [sys.executable, "-m", "notifykit", *argv], stdout=theirs, env=env, close_fds=True
    )
    os.close(theirs)
    drawn = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # Linux says so when the other side has gone
            break
        if not piece:
            break
        drawn += piece
    os.close(ours)
    process.wait(30)
    return drawn.decode()


def test_a_terminal_gets_colours_where_rich_is_installed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert "\x1b[" in terminal("config")


def test_no_color_is_honoured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert "\x1b[" not in terminal("config", NO_COLOR="1")


def test_a_terminal_without_rich_gets_the_same_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "without").mkdir()
    (tmp_path / "without/rich.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path / "without"), *sys.path])

    plain = terminal("config", PYTHONPATH=path)

    assert "\x1b[" not in plain
    assert terminal("config", NO_COLOR="1") == plain


def test_what_is_not_a_terminal_gets_no_colours(shell):
    assert "\x1b[" not in shell("config").out


def test_marks_take_two_columns():
    assert [2, 1, 5] == [cells("✅"), cells("я"), cells("✅ да")]


def test_a_text_that_is_cut_shows_it():
    assert ["Цем…", "Цемент"] == [shortened("Цемент М500", 4), shortened("Цемент", 6)]


def test_facts_stand_below_one_another_and_empty_ones_are_left_out(screen):
    screen.facts([("Тема", "Заказ"), ("Кому", ""), ("Причина", Styled("слово " * 10, "bad"))])

    assert [
        "  Тема     Заказ",
        "  Причина  слово слово слово слово слово",
        "           слово слово слово слово слово",
    ] == screen.stream.getvalue().splitlines()


def test_a_link_is_never_cut(screen):
    link = "https://example.com/" + "x" * 60
    screen.paragraph(f"Подробнее: {link}")

    assert link in screen.stream.getvalue().splitlines()


def test_columns_fit_by_cutting_one_of_them(screen):
    rows = screen.columns([["1", "длинный текст " * 5, "конец"], ["22", "б", "к"]], cut=1)

    assert [40, 36] == [cells("  ".join(row)) for row in rows]
    assert rows[0][1].endswith("… ")


def test_what_a_provider_said_cannot_steer_the_terminal(screen):
    screen.line("a\x1b[2Jb", Styled("\x07c\x9b1m\tстолбец", "bad"))

    assert "a[2Jbc1m\tстолбец\n" == screen.stream.getvalue()
