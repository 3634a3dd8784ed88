"""``notifykit check``."""

import re
import socket

import pytest

from notifykit.simulators import Say


def test_every_stage_is_told_on_a_line_and_nothing_is_sent(shell, gmail, gmail_variables):
    run = shell("check")

    assert 0 == run.code
    for line in (
        "✅ настройки  127.0.0.1:",
        "✅ DNS        127.0.0.1 → 127.0.0.1",
        f"✅ TCP        порт {gmail.port} открыт",
        "✅ TLS        соединение защищено",
        "✅ вход       SMTP: соединение успешно, вход принят",
        "✅ база       доступна",
        "✅ шаблоны    собраны: order, manager_call",
        "Всё готово к отправке.",
    ):
        assert line in run.out
    assert [] == gmail.mails


def test_a_check_connects_once_and_logs_in_once(shell, gmail, gmail_variables):
    shell("check")

    assert (1, 1) == (gmail.connections, gmail.login_attempts)


def test_it_speaks_english_too(shell, gmail_variables):
    run = shell("check", "--locale", "en")

    assert "SMTP connection successful" in run.out
    assert "Ready to send." in run.out


def test_a_wrong_password_is_explained_after_one_login(shell, gmail, gmail_variables, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "wrong password")

    run = shell("check")

    assert 1 == run.code
    assert "✅ TLS" in run.out
    assert "❌ вход       Google не принял логин и пароль." in run.out
    assert "NK205" in run.out
    assert "Username and Password not accepted" in run.out
    assert "Создайте новый пароль приложения Google" in run.out
    assert "https://support.google.com/accounts/answer/185833" in run.out
    assert 1 == gmail.login_attempts


def test_a_program_gets_the_same_as_json(shell, gmail_variables, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "wrong password")

    run = shell("check", "--json", "--locale", "en")

    assert 1 == run.code
    assert run.json["ok"] is False
    (wrong,) = [found for found in run.json["findings"] if found["severity"] == "error"]
    assert ("gmail", "login", "NK205", 535) == (
        wrong["subject"],
        wrong["step"],
        wrong["number"],
        wrong["code"],
    )
    assert "gmail.credentials-refused" == wrong["diagnosis"]
    assert "app password" in wrong["steps"][0]
    assert wrong["seconds"] >= 0
    fine = {found["step"] for found in run.json["findings"] if found["severity"] == "fine"}
    assert {"settings", "dns", "tcp", "tls", "database", "templates"} == fine


def test_a_closed_port_is_explained(shell, gmail_variables, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SMTP_PORT", str(closed.getsockname()[1]))

        run = shell("check")

    assert 1 == run.code
    assert "✅ DNS" in run.out
    assert "❌ TCP        На этом порту никто не отвечает" in run.out
    assert "SMTP_SERVER и SMTP_PORT" in run.out


def test_a_server_that_greets_with_a_refusal_is_no_closed_port(shell, gmail, gmail_variables):
    gmail.on("greeting", Say("421 4.7.0 Try again later, closing connection. (EHLO) - gsmtp"))

    run = shell("check")

    assert "✅ TCP" in run.out
    assert "❌ ответ" in run.out
    assert "NK204" in run.out


def test_a_database_out_of_reach_does_not_hide_the_providers(shell, outbox, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///missing/folder/notifykit.db")

    run = shell("check")

    assert 1 == run.code
    assert "✅ вход       готов, входить никуда не нужно" in run.out
    assert "❌ база       База данных недоступна" in run.out
    assert "missing/folder не существует: создайте её" in " ".join(run.out.split())


@pytest.mark.parametrize(("locale", "said"), [("ru", "не задан"), ("en", "is missing")])
def test_every_missing_variable_is_named_at_once(shell, monkeypatch, locale, said):
    monkeypatch.setenv("MAIL_PROVIDER", "gmail")

    run = shell("check", "--locale", locale)

    assert 2 == run.code
    for name in ("SMTP_USER", "SMTP_PASSWORD", "SALES_EMAIL"):
        assert f"{name} {said}" in run.out
    assert "notifykit config" in run.out


def test_what_can_be_tried_is_tried_while_other_settings_are_wrong(
    shell, gmail, gmail_variables, monkeypatch
):
    monkeypatch.setenv("MAIL_PROVIDER", "gmail,sendgrid")
    monkeypatch.setenv("DATABASE_URL", "mysql://127.0.0.1/shop")

    run = shell("check")

    assert 2 == run.code
    assert "✅ вход       SMTP: соединение успешно" in run.out
    assert "не проверялся: сначала исправьте MAIL_FROM, SENDGRID_API_KEY" in run.out
    assert "не проверялась: сначала исправьте DATABASE_URL" in run.out
    assert 1 == gmail.login_attempts


def test_a_broken_template_is_named_with_its_line(shell, outbox, monkeypatch):
    folder = shell.folder / "mails"
    folder.mkdir()
    (folder / "order.html").write_text("<p>\n{{ order.nonsense }}", "utf-8")
    (folder / "Orders.txt").write_text("", "utf-8")
    monkeypatch.setenv("NOTIFYKIT_TEMPLATES", str(folder))

    run = shell("check")

    assert 1 == run.code
    assert "❌ шаблоны" in run.out
    assert "order.html" in run.out
    assert "nonsense" in run.out
    assert "Orders.txt: нужно order.txt" in run.out


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("name", ["DATABASE_URL", "NOTIFYKIT_DATABASE_URL"])
@pytest.mark.parametrize("command", [["check"], ["check", "--json"], ["submissions"]], ids=" ".join)
def test_trouble_with_the_database_names_the_variable_that_is_in_use(
    shell, outbox, monkeypatch, command, name, locale
):
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    monkeypatch.setenv(name, "sqlite:///no such folder/notifykit.db")

    run = shell(*command, "--locale", locale)

    told = re.findall(r"\w*DATABASE_URL", run.out + run.err)
    assert {name} == set(told)
