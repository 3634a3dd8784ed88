"""Where variables came from, and what is odd about the way they are written."""

from pathlib import Path

import pytest

from notifykit.doctor.letters import disguised, in_latin, invisible
from notifykit.doctor.names import meant
from notifykit.doctor.variables import SECRETS, variables
from notifykit.settings import Sources, read_sources

CANARY = "Kanarejka7f3a9c"
NBSP, ZERO = "\u00a0", "\u200b"


@pytest.fixture
def look(tmp_path, read):
    """The numbers that are found, with all that is told of them."""

    def looked(text=None, **process):
        file = Path(".env") if text is not None else None
        findings = list(variables(Sources(process, file, text), tmp_path))
        told = read(findings, "ru") + read(findings, "en")
        return {finding.number: finding for finding in findings if finding.number}, told

    return looked


def test_every_variable_is_told_with_where_it_came_from(look):
    found, told = look("SMTP_USER=a\nSMTP_PASSWORD=x\n", SALES_EMAIL="a@example.com")

    assert {} == found
    assert "окружение процесса: SALES_EMAIL" in told
    assert ".env: SMTP_USER, SMTP_PASSWORD" in told
    assert "process environment: SALES_EMAIL" in told


def test_a_container_that_was_not_recreated_is_told_without_its_secrets(look):
    found, told = look(
        f"SMTP_PASSWORD={CANARY}new\nSMTP_SERVER=smtp.yandex.ru\nMAIL_FROM=a@example.com\n",
        SMTP_PASSWORD=CANARY,
        SMTP_SERVER="smtp.gmail.com",
        MAIL_FROM="a@example.com",
    )

    assert ["NK102"] == list(found)
    assert "SMTP_PASSWORD: в окружении секрет из 15 знаков, в .env секрет из 18 знаков" in told
    assert "SMTP_SERVER: smtp.gmail.com in the process, smtp.yandex.ru in .env" in told
    assert "docker compose up -d --force-recreate" in told
    assert "MAIL_FROM:" not in told
    assert CANARY not in told


@pytest.mark.parametrize(
    ("number", "text", "process"),
    [
        ("NK103", None, {"SMTP_USER": '"bot@example.com"'}),
        ("NK103", None, {"SMTP_USER": "'bot@example.com"}),
        ("NK103", "SMTP_USER=«bot@example.com»\n", {}),
        ("NK104", "SMTP_PASSWORD=abcdef # the new one\n", {}),
        ("NK104", None, {"SMTP_SERVER": "smtp.gmail.com # gmail"}),
        ("NK105", None, {"SMTP_USER": "bot@example.com "}),
        ("NK105", None, {"SMTP_USER": "bot@ example.com"}),
        ("NK105", 'SMTP_PASSWORD=" abcdef"\n', {}),
        ("NK106", f"SMTP_USER=bot@example.com{NBSP}\n", {}),
        ("NK106", None, {"SMTP_PASSWORD": f"abcd{ZERO}efgh"}),
        ("NK107", "\ufeffSMTP_USER=bot@example.com\n", {}),
        ("NK109", "SMTP_SERVER=smtp.gm\u0430il.com\n", {}),
        ("NK109", None, {"SALES_EMAIL": "s\u0430les@example.com"}),
        ("NK109", None, {"GMAIL_APP_PASSWORD": "abcdefgh\u0441jklmnop"}),
        ("NK110", "SMTP_US\u0415R=bot@example.com\n", {}),
        ("NK110", None, {"\ufeffSMTP_USER": "bot@example.com"}),
        ("NK111", "SMTP_HOST=smtp.gmail.com\n", {}),
        ("NK112", "SMTP_USER=a\nSMTP_USER=b\n", {}),
        ("NK114", "SMTP_USER=a\nthis is not a variable\n", {}),
        ("NK114", "SMTP_USER\n", {}),
    ],
)
def test_what_is_odd_about_one_variable_is_told(look, number, text, process):
    found, told = look(text, **process)

    assert [number] == list(found)
    assert number in told


@pytest.mark.parametrize(
    ("text", "process"),
    [
        ("# a comment\n\nexport SMTP_USER='bot@example.com'\nSMTP_PASSWORD=\"abcd efgh#1\"\n", {}),
        ("GMAIL_APP_PASSWORD=abcd efgh ijkl mnop\n", {}),
        (f"SMTP_PASSWORD=abcd{NBSP}efgh{NBSP}ijkl{NBSP}mnop\n", {}),
        (None, {"MAIL_FROM": "Бот магазина Ромашка <bot@example.com>"}),
        (None, {"MAIL_FROM": "Мосbot <bot@example.com>"}),
        (None, {"SALES_EMAIL": "a@пример.рф, Отдел <b@example.com>"}),
        (None, {"NOTIFYKIT_BRAND_NAME": "Cтрой-1С"}),
        (None, {"PATH": "/bin", "MAIL": "/var/mail/root", "HOME": "/root", "EMAIL": "x"}),
        (None, {"SMTP_HOST": "smtp.gmail.com", "SMTP_SERVER": "smtp.gmail.com"}),
        ("", {}),
    ],
)
def test_what_is_written_as_people_should_write_it_is_fine(look, text, process):
    found, _ = look(text, **process)

    assert {} == found


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("SMTP_HOST", "SMTP_SERVER"),
        ("SMTP_PASS", "SMTP_PASSWORD"),
        ("EMAIL_USER", "SMTP_USER"),
        ("MAIL_PASSWORD", "SMTP_PASSWORD"),
        ("GMAIL_PASSWORD", "GMAIL_APP_PASSWORD"),
        ("EMAIL_HOST_PASSWORD", "SMTP_PASSWORD"),
        ("smtp_user", "SMTP_USER"),
        ("SMTP-USER", "SMTP_USER"),
        ("SMTP_PASWORD", "SMTP_PASSWORD"),
        ("SENDGRID_APIKEY", "SENDGRID_API_KEY"),
        ("MAILGUN_DOMIAN", "MAILGUN_DOMAIN"),
        ("SALES_EMAILS", "SALES_EMAIL"),
        ("DEFAULT_FROM_EMAIL", "MAIL_FROM"),
        ("HOSTNAME", None),
        ("MAILCHECK", None),
        ("SMTP_USER", None),
    ],
)
def test_a_name_that_is_nearly_right_is_known(name, right):
    assert right == meant(name, ())
    assert None is meant(name, [right])


def test_a_forgotten_file_in_a_folder_above_is_told(tmp_path):
    (tmp_path / ".env").write_text("SMTP_USER=a\n")
    folder = tmp_path / "src" / "bot"
    folder.mkdir(parents=True)

    found = list(variables(Sources({}), folder))

    assert ["NK113"] == [finding.id for finding in found]
    assert str(tmp_path / ".env") in found[0].evidence("ru")


def test_a_file_of_somebody_else_above_is_none_of_ours(tmp_path):
    (tmp_path / ".env").write_text("OTHER=a\n")
    (tmp_path / "src").mkdir()

    assert [] == list(variables(Sources({}), tmp_path / "src"))


@pytest.mark.parametrize("content", [None, "SMTP_USER=бот".encode("cp1251")])
def test_a_file_that_cannot_be_read_is_told(tmp_path, content):
    file = tmp_path / "mail.env"
    if content:
        file.write_bytes(content)
    found = list(variables(read_sources(file, {}), tmp_path))

    assert ["NK108"] == [finding.id for finding in found]


def test_no_secret_is_in_any_finding(look):
    odd = f'"{CANARY}{ZERO} \u0430{CANARY} # {CANARY}'
    process = dict.fromkeys(SECRETS, odd)
    written = "".join(f"{name}={CANARY} x{ZERO} # {CANARY}\n" for name in SECRETS)

    found, told = look(written, **process)

    assert {"NK102", "NK103", "NK104", "NK106"} <= set(found)
    assert CANARY not in told
    assert CANARY not in repr(found)


def test_letters_are_told_apart():
    assert "SMTP_USER" == in_latin("\ufeffSM\u0422P_US\u0415R")
    assert [(2, "NO-BREAK SPACE")] == list(invisible(f"a{NBSP}b c"))
    assert 3 == disguised("gm\u0430il")
    assert None is disguised("Ромашка и gmail")
    assert 1 == disguised("ромашка", all_latin=True)
