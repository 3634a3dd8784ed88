"""No command shows a secret, whatever goes wrong."""

import pytest

from notifykit.cli.masking import HIDDEN, SECRETS, scrubbed

CANARY = "Kanarejka-7f3a9c"
SETTINGS = {
    "MAIL_PROVIDER": "gmail,yandex,sendgrid,mailgun",
    "SMTP_SERVER": "127.0.0.1",
    "SMTP_PORT": "1",
    "SMTP_USER": "bot@example.com",
    "GMAIL_USER": "bot@example.com",
    "YANDEX_USER": "bot@example.com",
    "SENDGRID_API_URL": "http://127.0.0.1:1",
    "MAILGUN_API_URL": "http://127.0.0.1:1",
    "MAILGUN_DOMAIN": "mg.example.com",
    "IMAP_SERVER": "127.0.0.1",
    "IMAP_PORT": "1",
    "IMAP_USER": "bot@example.com",
    "MAIL_FROM": "bot@example.com",
    "SALES_EMAIL": "sales@example.com",
}
COMMANDS = [
    ["config"],
    ["config", "--json"],
    ["submissions"],
    ["show", "KMT-4827"],
    ["resend", "KMT-4827", "--yes"],
    ["mark-sent", "KMT-4827"],
    ["migrate"],
    ["worker", "--once"],
    ["bounces"],
    ["send", "order", "order.json"],
]
ORDER = {
    "customer": {"name": "Иван", "phone": "+7 900 000-00-00"},
    "lines": [{"code": "1", "title": "Цемент", "quantity": 1}],
}


@pytest.fixture
def canaries(shell, monkeypatch):
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name in HIDDEN:
        monkeypatch.setenv(name, CANARY)
    shell.write("order.json", ORDER)
    return shell


def test_every_secret_variable_is_known():
    assert {
        "SMTP_PASSWORD",
        "GMAIL_APP_PASSWORD",
        "YANDEX_APP_PASSWORD",
        "SENDGRID_API_KEY",
        "MAILGUN_API_KEY",
        "SENDGRID_WEBHOOK_KEY",
        "MAILGUN_WEBHOOK_KEY",
        "IMAP_PASSWORD",
        "DATABASE_URL",
        "NOTIFYKIT_DATABASE_URL",
        "NOTIFYKIT_DASHBOARD_PASSWORD",
    } == SECRETS


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://{CANARY}:{CANARY}@127.0.0.1:1/{'shop'}",
        f"postgresql://user:{CANARY}@[broken/shop",
        f"postgresql://user:pass@{CANARY}@127.0.0.1:1/shop",
        f"postgresql://user:{CANARY}@127.0.0.1:99999/shop",
        f"mysql://user:{CANARY}@127.0.0.1/shop",
        f"{CANARY}",
    ],
    ids=["closed", "broken", "at", "port", "mysql", "nonsense"],
)
def test_a_database_that_fails_shows_no_secret(canaries, monkeypatch, url, command, debug):
    monkeypatch.setenv("DATABASE_URL", url)

    run = canaries(*command, *debug)

    assert CANARY not in run.out + run.err
    assert run.out + run.err


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_a_refused_login_shows_no_secret(shell, gmail_variables, monkeypatch, debug):
    monkeypatch.setenv("SMTP_PASSWORD", CANARY)
    order = shell.write("order.json", ORDER)

    runs = [
        shell("check", *debug),
        shell("check", "--json", *debug),
        shell("send", "order", order, *debug),
        shell("worker", "--once", *debug),
        shell("submissions", *debug),
        shell("submissions", "--json", *debug),
    ]

    assert [1, 1, 1, 0, 0, 0] == [run.code for run in runs]
    assert [] == [run for run in runs if CANARY in run.out + run.err]


def test_a_variable_that_is_malformed_shows_no_secret(canaries, monkeypatch):
    monkeypatch.setenv("SMTP_PORT", CANARY)
    monkeypatch.setenv("SENDGRID_API_URL", f"https://user:{CANARY}@example.com")
    monkeypatch.setenv("NOTIFYKIT_TIMEZONE", CANARY)

    runs = [canaries(*command) for command in (["config"], ["check"], ["check", "--debug"])]

    assert [2, 2, 2] == [run.code for run in runs]
    assert [] == [run for run in runs if CANARY in run.out + run.err]


def test_debug_shows_the_place_in_the_code_without_the_secret(shell):
    text = scrubbed(f"Traceback\n  File x\n    login({CANARY!r})", {"SMTP_PASSWORD": CANARY})

    assert text.startswith("Traceback\n  File x\n    login(")
    assert CANARY not in text
