"""What can be typed, and what is said where it is not understood."""

import shlex
import subprocess
import sys

import pytest

from notifykit import __version__
from notifykit.cli.help_texts import COMMANDS

NAMES = [name for names in COMMANDS.values() for name in names]


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_the_help_is_a_tour_of_every_command(shell, argv):
    run = shell(*argv)

    assert 0 == run.code
    assert [] == [name for name in NAMES if f"\n  {name} " not in run.out]
    assert "Попробовать, ничего не настраивая" in run.out


def test_the_help_is_in_english_where_the_environment_says_so(shell, monkeypatch):
    monkeypatch.setenv("NOTIFYKIT_LOCALE", "en")

    run = shell("--help")

    assert "Try it, with nothing to set up" in run.out


def test_the_help_is_in_the_language_of_the_dotenv_file(shell):
    shell.write(".env", "NOTIFYKIT_LOCALE=en\n")

    assert "Try it" in shell("--help").out


def test_the_option_wins_over_the_variable(shell, monkeypatch):
    monkeypatch.setenv("NOTIFYKIT_LOCALE", "en")

    assert "Попробовать" in shell("--locale", "ru", "--help").out


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_a_help_page_in_both_languages(shell, name, locale):
    run = shell(name, "--help", "--locale", locale)

    assert 0 == run.code
    assert f"notifykit {name}" in run.out
    assert ("параметры:" if locale == "ru" else "options:") in run.out
    assert [] == [line for line in run.out.splitlines() if len(line) > 100]


def test_the_version_is_told(shell):
    assert f"notifykit {__version__}\n" == shell("--version").out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nonsense"], "нет такого значения: 'nonsense'"),
        (["send"], "нужно указать: order|call, FILE.json"),
        (["submissions", "--limit", "0"], "нужно число от 1 до 1000"),
        (["submissions", "--status", "LOST"], "нет такого значения"),
        (["check", "--unknown"], "непонятно: --unknown"),
        (["send", "order", "a.json", "--to"], "нужно значение"),
    ],
)
def test_what_is_not_understood_is_said_in_two_lines(shell, argv, said):
    run = shell(*argv)

    assert 2 == run.code
    assert said in run.err
    assert "--help" in run.err.splitlines()[-1]
    assert 2 == len(run.err.splitlines())


def test_a_dotenv_file_that_is_named_must_be_there(shell):
    run = shell("config", "--env-file", "missing.env", "--locale", "en")

    assert 2 == run.code
    assert "missing.env cannot be read" in run.err
    assert "" == run.out


@pytest.mark.parametrize(
    ("locale", "said"), [("ru", "строка 2 не читается"), ("en", "line 2 cannot be read")]
)
def test_a_line_of_the_dotenv_file_that_is_passed_over_is_named(shell, locale, said):
    shell.write(
        ".env", 'MAIL_PROVIDER=console\nSMTP_PASSWORD="abcd efgh\nSALES_EMAIL=a@example.com\n'
    )

    run = shell("config", "--json", "--locale", locale)

    assert f".env, {said}" in run.err
    assert "abcd" not in run.err
    assert run.json["ok"]


def test_the_doctor_alone_tells_what_to_do_with_a_line_that_is_passed_over(shell):
    shell.write(".env", "MAIL_PROVIDER: console\n")

    run = shell("doctor", "--locale", "en")

    assert "" == run.err
    assert ".env, line 1" in run.out


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("command", ["submissions", "migrate", "check"])
def test_the_sample_of_a_database_url_is_shown_whole(shell, monkeypatch, command, locale):
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:se@cret@db.example.com/shop")

    run = shell(command, "--locale", locale)

    sample = {"ru": "postgresql://логин:пароль@хост", "en": "postgresql://user:password@host"}
    assert sample[locale] in run.out + run.err
    assert "cret" not in run.out + run.err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_runs_where_standard_streams_are_closed(shell, closed):
    program = f"exec {shlex.quote(sys.executable)} -m notifykit config {closed}"

    run = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)

    assert 2 == run.returncode
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.usefixtures("outbox")
def test_an_order_on_standard_input_that_is_closed_is_told_as_an_empty_one():
    program = f"exec {shlex.quote(sys.executable)} -m notifykit send order - --locale en <&-"

    run = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)

    assert 2 == run.returncode
    assert run.stderr.startswith("-: this is not JSON")
