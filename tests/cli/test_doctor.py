"""``notifykit doctor``."""

import socket
import threading

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from notifykit.cli.masking import HIDDEN, SECRETS

CANARY = "Kanarejka-7f3a9c"
RECORDS = {
    ("example.com.", "MX"): ["10 mx.example.com."],
    ("example.com.", "TXT"): ['"v=spf1 include:_spf.google.com ~all"'],
    ("_spf.google.com.", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    ("google._domainkey.example.com.", "TXT"): ['"v=DKIM1; p=MIGfMA0"'],
    ("_dmarc.example.com.", "TXT"): ['"v=DMARC1; p=quarantine"'],
}


def _answer(data):
    query = dns.message.from_wire(data)
    question = query.question[0]
    name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
    answer = dns.message.make_response(query)
    if records := RECORDS.get((name, kind)):
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
    else:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()


@pytest.fixture
def doctor(shell):
    """The command, with a DNS of this machine's own."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        while data := server.recvfrom(4096):
            if not data[0]:
                return
            server.sendto(_answer(data[0]), data[1])

    thread = threading.Thread(target=serve)
    thread.start()
    place = server.getsockname()
    yield lambda *argv: shell("doctor", "--nameserver", f"{place[0]}:{place[1]}", *argv)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"", place)
    thread.join()
    server.close()


def test_everything_is_looked_at_with_one_login_and_nothing_is_sent(doctor, gmail, gmail_variables):
    run = doctor()

    assert 0 == run.code
    for line in (
        "✅ переменные   окружение процесса: MAIL_PROVIDER, SMTP_USER",
        "✅ вход         SMTP: соединение успешно",
        "✅ аккаунт      пароль похож на пароль приложения",
        "✅ отправитель  bot@example.com подходит провайдеру",
        "✅ SPF          example.com: провайдер разрешён",
        "✅ DKIM         example.com: ключ найден, селектор google",
        "✅ DMARC        example.com: политика quarantine",
        "✅ получатели   сервер готов принять письма для sales@example.com",
        "✅ база         доступна",
        "✅ очередь      ничего не застряло",
        "Всё готово к отправке.",
    ):
        assert line in run.out
    assert [] == gmail.mails
    assert (1, 1) == (gmail.connections, gmail.login_attempts)
    assert "DATA" not in gmail.commands


def test_a_test_mail_is_sent_where_it_is_asked_for_and_its_message_id_is_told(
    doctor, gmail, gmail_variables
):
    run = doctor("--send", "--locale", "en")

    (mail,) = gmail.mails
    assert 0 == run.code
    assert ("sales@example.com",) == mail.rcpt_to
    assert mail.parsed["Message-ID"] in run.out
    assert "Authentication-Results" in run.out
    assert (1, 1) == (gmail.connections, gmail.login_attempts)


def test_a_refused_login_is_not_tried_again_for_anything(
    doctor, gmail, gmail_variables, monkeypatch
):
    monkeypatch.setenv("SMTP_PASSWORD", "Account-1990")

    run = doctor("--send")

    assert 1 == run.code
    assert "NK205" in run.out
    assert "NK121" in run.out
    assert "пробное письмо не отправлено: ни один провайдер не готов" in run.out
    assert 1 == gmail.login_attempts


def test_a_password_that_was_changed_in_the_file_only_is_found(
    doctor, shell, gmail_variables, monkeypatch
):
    shell.write(".env", "SMTP_PASSWORD=ponmlkjihgfedcba\n")
    monkeypatch.setenv("SMTP_PASSWORD", "qrstuvwxyzabcdef")

    run = doctor()

    assert 1 == run.code
    assert "NK102" in run.out
    assert "контейнер не пересоздали" in " ".join(run.out.split())
    assert "--force-recreate" in run.out


def test_settings_that_are_wrong_do_not_stop_the_examination(doctor, monkeypatch):
    monkeypatch.setenv("MAIL_PROVIDER", "gmail,console")
    monkeypatch.setenv("SMTP_HOST", "smtp.gmail.com")
    monkeypatch.setenv("EMAIL_USER", "bot@example.com")

    run = doctor("--json", "--locale", "en")

    found = {finding["number"]: finding for finding in run.json["findings"]}
    assert 2 == run.code
    assert {"NK101", "NK111"} <= set(found)
    assert "SMTP_HOST (process environment): SMTP_SERVER is wanted" in found["NK111"]["evidence"]
    assert "SALES_EMAIL is missing" in found["NK101"]["evidence"]


def test_an_address_of_a_name_server_is_wanted(shell):
    run = shell("doctor", "--nameserver", "dns.example.com", "--locale", "en")

    assert 2 == run.code
    assert "--nameserver: an address such as 1.1.1.1" in run.err


@pytest.mark.parametrize("form", [[], ["--json"], ["--debug"], ["--send"]], ids=str)
@pytest.mark.parametrize("chain", ["gmail", "yandex,sendgrid,mailgun,smtp"])
def test_no_secret_is_shown(doctor, shell, gmail, gmail_variables, monkeypatch, chain, form):
    variables = {
        "MAIL_PROVIDER": chain,
        "MAIL_FROM": "bot@example.com",
        "YANDEX_USER": "bot@example.com",
        "SENDGRID_API_URL": "http://127.0.0.1:1",
        "MAILGUN_API_URL": "http://127.0.0.1:1",
        "MAILGUN_DOMAIN": "mg.example.com",
        "YANDEX_FROM": "bot@example.com",
        **dict.fromkeys(HIDDEN, CANARY),
    }
    if "yandex" in chain:
        variables["YANDEX_APP_PASSWORD"] = ""  # nobody may reach the real one
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///notifykit.db")
    lines = (f"{name}={CANARY} # {CANARY}\n" for name in SECRETS)
    shell.write(".env", "".join(lines))

    run = doctor(*form)

    assert CANARY not in run.out + run.err
    assert "NK102" in run.out


def test_both_urls_of_a_database_are_listed_where_both_are_set(shell, outbox, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    monkeypatch.setenv("NOTIFYKIT_DATABASE_URL", "sqlite:///no such folder/notifykit.db")

    run = shell("doctor", "--json")

    listed = next(one for one in run.json["findings"] if one["subject"] == "variables")
    assert " DATABASE_URL, NOTIFYKIT_DATABASE_URL" in listed["evidence"]
