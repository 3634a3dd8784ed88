"""``notifykit config``."""

import pytest

from notifykit.settings.texts import SAID

VARIABLES = list(SAID)


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_variable_is_shown_with_its_meaning(shell, monkeypatch, locale):
    monkeypatch.setenv("COLUMNS", "120")

    run = shell("config", "--locale", locale)

    words = run.out.split()
    assert [] == [name for name in VARIABLES if name not in words]
    assert [] == [name for name in VARIABLES if SAID[name][locale].split()[0] not in words]


def test_every_variable_is_told_with_its_origin(shell, monkeypatch):
    shell.write(".env", "MAIL_PROVIDER=smtp\nSMTP_SERVER=relay.example.com\n")
    monkeypatch.setenv("SALES_EMAIL", "sales@example.com")
    monkeypatch.setenv("SMTP_SERVER", "other.example.com")
    monkeypatch.setenv("MAIL_FROM", "Бот <bot@example.com>")

    run = shell("config", "--json", "--locale", "en")

    shown = {
        variable["name"]: (variable["value"], variable["origin"])
        for variable in run.json["variables"]
    }
    assert 0 == run.code
    assert ("smtp", ".env") == shown["MAIL_PROVIDER"]
    assert ("other.example.com", "environment") == shown["SMTP_SERVER"]
    assert ("sales@example.com", "derived") == shown["MANAGER_EMAIL"]
    assert ("Europe/Moscow", "default") == shown["NOTIFYKIT_TIMEZONE"]
    assert ("en", "--locale") == shown["NOTIFYKIT_LOCALE"]
    assert (None, None) == shown["SMTP_PASSWORD"]
    assert [
        {
            "provider": "smtp",
            "place": "other.example.com:587 (starttls)",
            "sender": "Бот <bot@example.com>",
        }
    ] == run.json["chain"]


def test_the_provider_is_derived_from_the_server(shell, monkeypatch):
    for name, value in {
        "SMTP_SERVER": "smtp.yandex.ru",
        "SMTP_USER": "bot@example.com",
        "SMTP_PASSWORD": "secret",
        "SALES_EMAIL": "sales@example.com",
    }.items():
        monkeypatch.setenv(name, value)

    run = shell("config")

    assert 0 == run.code
    assert "MAIL_PROVIDER = yandex  (выведено)" in run.out
    assert "yandex  smtp.yandex.ru:465 (implicit)  от bot@example.com" in run.out


def test_a_secret_is_shown_by_its_length_only(shell, monkeypatch):
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.canary")

    run = shell("config")

    assert "SENDGRID_API_KEY = задан, символов: 9" in run.out
    assert "canary" not in run.out


def test_what_is_malformed_is_never_shown(shell, monkeypatch):
    monkeypatch.setenv("SMTP_PORT", "canary")

    run = shell("config")

    assert 2 == run.code
    assert "SMTP_PORT = задан неверно" in run.out
    assert "❌ SMTP_PORT задан неверно" in run.out
    assert "canary" not in run.out


def test_a_database_url_is_told_without_user_and_password(shell, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://canary:secret@db.example.com:5432/shop")

    run = shell("config")

    assert "PostgreSQL shop at db.example.com" in run.out
    assert "canary" not in run.out
    assert "secret" not in run.out


def test_a_database_url_that_cannot_be_read_is_a_problem_like_any_other(shell, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://canary@db.example.com/shop")

    run = shell("config", "--json")

    assert 2 == run.code
    assert run.json["database"] is None
    assert any("DATABASE_URL" in problem for problem in run.json["problems"])
    assert "canary" not in run.out


def test_what_is_missing_is_not_shown_as_derived(shell, monkeypatch):
    monkeypatch.setenv("MAIL_PROVIDER", "gmail,sendgrid")
    monkeypatch.setenv("SMTP_USER", "bot@example.com")

    run = shell("config", "--json")

    (sender,) = [each for each in run.json["variables"] if each["name"] == "MAIL_FROM"]
    assert any("MAIL_FROM" in problem for problem in run.json["problems"])
    assert (None, None) == (sender["value"], sender["origin"])


def test_a_database_url_is_told_under_the_variable_that_counts(shell, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///host.db")
    monkeypatch.setenv("NOTIFYKIT_DATABASE_URL", "mysql://canary@db.example.com/shop")

    run = shell("config")

    assert 2 == run.code
    assert "❌ NOTIFYKIT_DATABASE_URL указывает на mysql://" in run.out
    assert "❌ DATABASE_URL" not in run.out
    assert "canary" not in run.out
