"""``notifykit check``."""

import socket

import pytest


def test_a_login_that_goes_well_is_said_and_nothing_is_sent(shell, gmail, gmail_variables):
    run = shell("check")

    assert 0 == run.code
    assert "✅ gmail  SMTP: соединение успешно" in run.out
    assert "✅ база данных" in run.out
    assert [] == gmail.mails
    assert 1 == gmail.login_attempts


def test_it_speaks_english_too(shell, gmail_variables):
    run = shell("check", "--locale", "en")

    assert "SMTP connection successful" in run.out
    assert "Ready to send." in run.out


def test_a_wrong_password_is_explained_after_one_login(shell, gmail, gmail_variables, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "wrong password")

    run = shell("check")

    assert 1 == run.code
    assert "❌ gmail" in run.out
    assert "Username and Password not accepted" in run.out
    assert "Google не принял логин и пароль." in run.out
    assert "Создайте новый пароль приложения Google" in run.out
    assert "https://support.google.com/accounts/answer/185833" in run.out
    assert 1 == gmail.login_attempts


def test_a_program_gets_the_same_as_json(shell, gmail_variables, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "wrong password")

    run = shell("check", "--json", "--locale", "en")

    assert 1 == run.code
    assert run.json["ok"] is False
    (provider,) = run.json["providers"]
    assert ("gmail", False, 535) == (provider["provider"], provider["ok"], provider["code"])
    assert "gmail.credentials-refused" == provider["diagnosis"]
    assert "app password" in provider["advice"]
    assert {"ok": True, "error": None} == run.json["database"]


def test_a_closed_port_is_explained(shell, gmail_variables, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SMTP_PORT", str(closed.getsockname()[1]))

        run = shell("check")

    assert 1 == run.code
    assert "SMTP_SERVER и SMTP_PORT" in run.out


def test_a_database_out_of_reach_does_not_hide_the_providers(shell, outbox, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///missing/folder/notifykit.db")

    run = shell("check")

    assert 1 == run.code
    assert "✅ file" in run.out
    assert "❌ база данных" in run.out
    assert "missing/folder" in run.out


@pytest.mark.parametrize(("locale", "said"), [("ru", "не задан"), ("en", "is missing")])
def test_every_missing_variable_is_named_at_once(shell, monkeypatch, locale, said):
    monkeypatch.setenv("MAIL_PROVIDER", "gmail")

    run = shell("check", "--locale", locale)

    assert 2 == run.code
    for name in ("SMTP_USER", "SMTP_PASSWORD", "SALES_EMAIL"):
        assert f"{name} {said}" in run.err
    assert "notifykit config" in run.err
