"""``notifykit send``."""

import io
import json
from email import message_from_bytes
from email.policy import default

import pytest

ORDER = {
    "conversation": "tg:42",
    "customer": {"name": "Иван Петров", "phone": "+7 900 000-00-00"},
    "lines": [{"code": "00-0123", "title": "Цемент М500", "quantity": 10, "price": "512.50"}],
}
CALL = {"summary": "Хочет скидку", "priority": "high", "customer": {"phone": "+7 900 000-00-00"}}


def letters(outbox):
    return [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted(outbox.glob("*.eml"))
    ]


def test_an_order_is_sent_from_a_file(shell, outbox):
    run = shell("send", "order", shell.write("order.json", ORDER))

    (letter,) = letters(outbox)
    assert 0 == run.code
    assert "✅ Отправлено, номер обращения" in run.out
    assert "sales@example.com" == letter["To"]
    assert "00-0123" in letter.get_body(("plain",)).get_content()


def test_a_call_goes_to_the_managers(shell, outbox, monkeypatch):
    monkeypatch.setenv("MANAGER_EMAIL", "manager@example.com")

    run = shell("send", "call", shell.write("call.json", CALL), "--locale", "en")

    assert 0 == run.code
    assert "✅ Sent, reference" in run.out
    assert ["manager@example.com"] == [letter["To"] for letter in letters(outbox)]


def test_an_order_is_read_from_standard_input(shell, outbox, monkeypatch):
    content = json.dumps(ORDER).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    run = shell("send", "order", "-")

    assert 0 == run.code
    assert 1 == len(letters(outbox))


def test_a_file_from_notepad_begins_with_a_mark_and_is_read_all_the_same(shell, outbox):
    run = shell("send", "order", shell.write("order.json", "\ufeff" + json.dumps(ORDER)))

    assert 0 == run.code


def test_a_price_is_taken_to_the_last_digit(shell, outbox):
    line = ORDER["lines"][0] | {"price": 0}
    text = json.dumps(ORDER | {"lines": [line]}).replace('"price": 0', '"price": 0.10')

    shell("send", "order", shell.write("order.json", text))

    shown = shell("submissions", "--json").json[0]["notification"]
    assert "0.10" == shown["lines"][0]["price"]


def test_a_repeat_is_said_and_not_sent(shell, outbox):
    file = shell.write("order.json", ORDER)
    first = shell("send", "order", file, "--json").json

    run = shell("send", "order", file)

    assert 0 == run.code
    assert "второй раз не отправляется" in run.out
    assert first["reference"] in run.out
    assert 1 == len(letters(outbox))


def test_force_sends_it_again(shell, outbox):
    file = shell.write("order.json", ORDER)
    shell("send", "order", file)

    run = shell("send", "order", file, "--force", "--json")

    assert run.json["repeated"] is False
    assert 2 == len(letters(outbox))


def test_a_key_of_ones_own_makes_different_content_the_same(shell, outbox):
    shell("send", "order", shell.write("order.json", ORDER), "--key", "crm-17")

    run = shell("send", "order", shell.write("b.json", ORDER | {"comment": "!"}), "--key", "crm-17")

    assert 0 == run.code
    assert 1 == len(letters(outbox))


def test_the_recipients_can_be_chosen(shell, outbox):
    file = shell.write("order.json", ORDER)
    run = shell(
        "send",
        "order",
        file,
        "--to",
        "a@example.com,b@example.com",
        "--to",
        "c@example.com",
        "--json",
    )

    assert ["a@example.com", "b@example.com", "c@example.com"] == run.json["recipients"]


def test_json_stays_json_where_the_mail_itself_goes_to_the_console(shell, outbox, monkeypatch):
    monkeypatch.setenv("MAIL_PROVIDER", "console")

    run = shell("send", "order", shell.write("order.json", ORDER), "--json")

    assert "SENT" == run.json["status"]
    assert "Цемент М500" in run.err


def test_a_refused_login_leaves_it_waiting_and_says_why(shell, gmail, gmail_variables, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "wrong password")

    run = shell("send", "order", shell.write("order.json", ORDER))

    assert 1 == run.code
    assert "⏳ Принято под номером" in run.out
    assert "Username and Password not accepted" in run.out
    assert "Создайте новый пароль приложения Google" in run.out
    assert 1 == gmail.login_attempts
    assert "" == run.err


def test_a_refused_recipient_fails_for_good(shell, gmail, gmail_variables):
    gmail.play("gmail.no-such-user")

    run = shell("send", "order", shell.write("order.json", ORDER), "--locale", "en")

    assert 1 == run.code
    assert "❌ Not delivered" in run.out
    assert "550" in run.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "это не JSON, ошибка в строке 1, столбец 2"),
        ("[]", "нужен объект JSON, {…}"),
        ("[" * 100_000, "это не JSON"),
        ("{}", "customer: нужно указать"),
        (ORDER | {"canary": 1}, "canary: такого поля нет"),
        (ORDER | {"lines": []}, "lines: слишком длинно, слишком коротко или пусто"),
        (ORDER | {"customer": {"phone": "canary 00000"}}, "нужно имя клиента"),
        (ORDER | {"customer": {"name": "canary"}}, "нужен телефон, email, Telegram"),
        (ORDER | {"delivery": {"type": "canary"}}, 'delivery: {"type": "delivery"'),
    ],
)
def test_what_is_wrong_with_the_file_is_said_plainly(shell, outbox, content, said):
    run = shell("send", "order", shell.write("order.json", content))

    assert 2 == run.code
    assert said in run.err
    assert "Traceback" not in run.err
    assert not outbox.exists()


def test_fields_are_named_with_their_path_and_without_their_value(shell, outbox):
    line = {"code": "1", "title": "x", "quantity": "canary", "pric": "canary"}
    customer = {"name": "Иван", "email": "canary"}
    wrong = ORDER | {"customer": customer, "lines": [line], "currency": "canary"}

    run = shell("send", "order", shell.write("order.json", wrong), "--locale", "en")

    assert 2 == run.code
    assert [
        "order.json: mend these fields:",
        "  customer.email: this is not a mail address: write name@example.com",
        "  lines[0].quantity: a number is needed",
        "  lines[0].pric: there is no such field",
        "  currency: there is no such value",
    ] == run.err.splitlines()


def test_a_missing_file_is_said(shell, outbox):
    run = shell("send", "order", "missing.json", "--locale", "en")

    assert 2 == run.code
    assert "missing.json cannot be read: No such file or directory\n" == run.err


def test_a_file_of_other_bytes_is_said(shell, outbox):
    (shell.folder / "order.json").write_bytes("Заказ".encode("cp1251"))

    run = shell("send", "order", "order.json")

    assert 2 == run.code
    assert "order.json: нужен текст в UTF-8\n" == run.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--to", "nobody"], "--to: это не адрес электронной почты: nobody"),
        (["--key", ""], "--key: от 1 до 200 символов"),
        (["--key", "x" * 201], "--key: от 1 до 200 символов"),
    ],
)
def test_wrong_options_are_said_before_anything_is_kept(shell, outbox, options, said):
    run = shell("send", "order", shell.write("order.json", ORDER), *options)

    assert 2 == run.code
    assert f"{said}\n" == run.err
    assert [] == shell("submissions", "--json").json


def test_a_database_in_a_missing_folder_is_said_and_nothing_is_sent(shell, outbox, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///missing/notifykit.db")

    run = shell("send", "order", shell.write("order.json", ORDER))

    assert 0 != run.code
    assert "missing" in run.err
    assert "Traceback" not in run.err
    assert not outbox.exists()
