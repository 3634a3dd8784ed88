"""The environment variables, as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifykit import Address, Notifier, Settings
from notifykit.errors import ConfigurationError
from notifykit.settings import read_environment
from notifykit.settings.texts import SAID
from notifykit.simulators import SmtpServer, local_certificates
from notifykit.transports import (
    ConsoleTransport,
    FileTransport,
    MailgunTransport,
    SendGridTransport,
    SmtpTransport,
)
from notifykit.transports.relays import Relay, Security

CANARY = "canary-7c1f"
SALES = {"SALES_EMAIL": "sales@example.com"}
GMAIL = {
    "SMTP_USER": "bot@example.com",
    "SMTP_PASSWORD": "abcd efgh\u00a0ijkl mnop ",
    "SMTP_SERVER": "smtp.gmail.com",
    "SMTP_PORT": "587",
    **SALES,
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({"NOTIFYKIT_LOCALE": "en", **environ})
    assert CANARY not in str(caught.value)
    return [line.split(" is ")[0] for line in caught.value.problems]


def smtp(environ: dict[str, str], place: int = 0) -> SmtpTransport:
    transport = Settings.from_env(environ).transports()[place]
    assert isinstance(transport, SmtpTransport)
    return transport


@pytest.mark.parametrize(
    ("host", "relay"),
    [
        ("smtp.gmail.com", Relay("gmail", "smtp.gmail.com", 587, Security.STARTTLS)),
        ("smtp.yandex.ru", Relay("yandex", "smtp.yandex.ru", 587, Security.STARTTLS)),
        ("smtp.yandex.com", Relay("yandex", "smtp.yandex.com", 587, Security.STARTTLS)),
        ("smtp.sendgrid.net", Relay("sendgrid", "smtp.sendgrid.net", 587, Security.STARTTLS)),
        ("smtp.mailgun.org", Relay("mailgun", "smtp.mailgun.org", 587, Security.STARTTLS)),
        ("smtp.eu.mailgun.org", Relay("mailgun", "smtp.eu.mailgun.org", 587, Security.STARTTLS)),
        ("mail.example.com", Relay("smtp", "mail.example.com", 587, Security.STARTTLS)),
    ],
)
def test_an_existing_env_file_works_unchanged_for_every_provider(host: str, relay: Relay) -> None:
    transport = smtp({**GMAIL, "SMTP_SERVER": host})

    assert relay == transport.relay
    assert relay.provider == transport.name
    assert Address("bot@example.com") == transport.sender


@pytest.mark.parametrize(
    "typed", ["abcdefghijklmnop", "abcd efgh ijkl mnop", "abcd\u00a0efgh ijkl mnop "]
)
async def test_white_space_inside_a_google_app_password_is_removed(
    typed: str, tmp_path: Path
) -> None:
    certificates = local_certificates()
    users = {"bot@example.com": "abcdefghijklmnop"}
    async with SmtpServer(
        "gmail", security="starttls", tls=certificates.server, users=users
    ) as server:
        transport = smtp(
            {
                **GMAIL,
                "MAIL_PROVIDER": "gmail",
                "SMTP_PASSWORD": typed,
                "SMTP_SERVER": server.host,
                "SMTP_PORT": str(server.port),
                "SSL_CERT_FILE": certificates.save(tmp_path),
            }
        )
        async with transport:
            await transport.check()

    assert 1 == server.logins


async def test_any_other_password_is_taken_as_it_stands() -> None:
    users = {"bot@example.com": " pass word "}
    async with SmtpServer(users=users) as server:
        transport = smtp(
            {
                "SMTP_USER": "bot@example.com",
                "SMTP_PASSWORD": " pass word ",
                "SMTP_SERVER": server.host,
                "SMTP_PORT": str(server.port),
                "SMTP_SECURITY": "none",
                **SALES,
            }
        )
        async with transport:
            await transport.check()

    assert 1 == server.logins


@pytest.mark.parametrize(
    ("port", "security"),
    [("465", Security.IMPLICIT), ("587", Security.STARTTLS), ("2525", Security.STARTTLS)],
)
def test_the_port_says_how_the_connection_is_protected(port: str, security: Security) -> None:
    assert security is smtp({**GMAIL, "SMTP_PORT": port}).relay.security


def test_security_can_be_said() -> None:
    environ = {**GMAIL, "SMTP_PORT": "2465", "SMTP_SECURITY": "Implicit"}

    assert Security.IMPLICIT is smtp(environ).relay.security


def test_without_server_and_port_a_named_provider_has_its_own() -> None:
    environ = {"SMTP_USER": "bot@example.com", "SMTP_PASSWORD": "x", **SALES}

    yandex = smtp({"MAIL_PROVIDER": "yandex", **environ})

    assert Relay("yandex", "smtp.yandex.ru", 465, Security.IMPLICIT) == yandex.relay


def test_server_and_port_override_a_named_provider() -> None:
    local = smtp(
        {**GMAIL, "MAIL_PROVIDER": "gmail", "SMTP_SERVER": "127.0.0.1", "SMTP_PORT": "2525"}
    )

    assert Relay("gmail", "127.0.0.1", 2525, Security.STARTTLS) == local.relay


def test_a_login_that_is_no_address_asks_for_a_sender_by_name() -> None:
    environ = {**GMAIL, "SMTP_USER": "apikey", "SMTP_SERVER": "smtp.sendgrid.net"}

    assert ["MAIL_FROM"] == problems(environ)
    assert Address("bot@example.com") == smtp({**environ, "MAIL_FROM": "bot@example.com"}).sender


def test_a_chain_is_built_in_its_order() -> None:
    transports = Settings.from_env(
        {
            **GMAIL,
            "MAIL_PROVIDER": "sendgrid, Mailgun,gmail,console,file",
            "SENDGRID_API_KEY": CANARY,
            "MAILGUN_API_KEY": CANARY,
            "MAILGUN_DOMAIN": "mg.example.com",
            "MAIL_FROM": "Магазин <shop@example.com>",
            "MAILGUN_FROM": "shop@mg.example.com",
        }
    ).transports()

    assert [
        SendGridTransport,
        MailgunTransport,
        SmtpTransport,
        ConsoleTransport,
        FileTransport,
    ] == [type(transport) for transport in transports]
    assert [Address("shop@example.com", "Магазин"), Address("shop@mg.example.com")] == [
        transport.sender for transport in transports[:2]
    ]
    assert CANARY not in repr(transports)


def test_one_providers_password_is_never_offered_to_another() -> None:
    environ = {**GMAIL, "MAIL_PROVIDER": "gmail,yandex"}

    assert ["YANDEX_USER", "YANDEX_APP_PASSWORD"] == problems(environ)

    yandex = smtp(
        {**environ, "YANDEX_USER": "shop@example.com", "YANDEX_APP_PASSWORD": "y"}, place=1
    )
    assert Relay("yandex", "smtp.yandex.ru", 465, Security.IMPLICIT) == yandex.relay
    assert Address("shop@example.com") == yandex.sender


def test_the_server_belongs_to_the_provider_it_names() -> None:
    environ = {
        **GMAIL,
        "MAIL_PROVIDER": "yandex,gmail",
        "YANDEX_USER": "shop@example.com",
        "YANDEX_APP_PASSWORD": "y",
    }

    assert "smtp.yandex.ru" == smtp(environ).relay.host
    assert "smtp.gmail.com" == smtp(environ, place=1).relay.host


def test_everything_that_is_missing_is_named_at_once() -> None:
    assert ["MAIL_PROVIDER", "SALES_EMAIL"] == problems({})
    assert ["SMTP_USER", "SMTP_PASSWORD", "SALES_EMAIL"] == problems({"MAIL_PROVIDER": "gmail"})
    assert [
        "SENDGRID_API_KEY",
        "MAIL_FROM",
        "MAILGUN_API_KEY",
        "MAILGUN_DOMAIN",
        "SALES_EMAIL",
    ] == problems({"MAIL_PROVIDER": "sendgrid,mailgun"})
    assert ["MAIL_FROM", "SALES_EMAIL", "SMTP_SERVER"] == sorted(
        problems({"MAIL_PROVIDER": "smtp"})
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_PROVIDER", f"gmail,{CANARY}"),
        ("MAIL_PROVIDER", "gmail,gmail"),
        ("SMTP_PORT", CANARY),
        ("SMTP_PORT", "70000"),
        ("SMTP_SERVER", f"smtp gmail {CANARY}"),
        ("SMTP_SECURITY", CANARY),
        ("SALES_EMAIL", CANARY),
        ("SALES_EMAIL", f"sales@example.com,{CANARY}"),
        ("MANAGER_EMAIL", CANARY),
        ("MAIL_FROM", CANARY),
        ("SENDGRID_REGION", CANARY),
        ("SENDGRID_API_URL", CANARY),
        ("MAILGUN_DOMAIN", f"https://{CANARY}/"),
        ("NOTIFYKIT_SOURCE", f"{CANARY} {CANARY}"),
        ("NOTIFYKIT_TIMEZONE", CANARY),
        ("NOTIFYKIT_BRAND_COLOR", CANARY),
    ],
)
def test_a_malformed_variable_is_named_without_its_value(name: str, value: str) -> None:
    assert [name] == problems({**GMAIL, name: value})


def test_problems_are_told_in_russian_unless_english_was_asked_for() -> None:
    with pytest.raises(ConfigurationError, match="SALES_EMAIL не задан: кто получает заказы"):
        Settings.from_env({})
    with pytest.raises(ConfigurationError, match="SALES_EMAIL is missing: who gets orders"):
        Settings.from_env({"NOTIFYKIT_LOCALE": "en"})


def test_lists_of_addresses_may_hold_names_with_commas_and_cyrillic_domains() -> None:
    settings = Settings.from_env(
        {**GMAIL, "SALES_EMAIL": '"Отдел, продаж" <sales@example.com>; second@пример.рф,'}
    )

    assert (
        Address("sales@example.com", "Отдел, продаж"),
        Address("second@xn--e1afmkfd.xn--p1ai"),
    ) == settings.sales
    assert settings.sales == settings.managers


def test_empty_variables_count_as_not_set() -> None:
    settings = Settings.from_env({**GMAIL, "MANAGER_EMAIL": " ", "NOTIFYKIT_LOCALE": ""})

    assert ("ru", settings.sales) == (settings.locale, settings.managers)


def test_the_librarys_own_database_wins_over_the_hosts() -> None:
    def url(**environ: str) -> str:
        return Settings.from_env({**GMAIL, **environ}).database_url.get_secret_value()

    assert "sqlite:///notifykit.db" == url()
    assert "sqlite:///a.db" == url(DATABASE_URL="sqlite:///a.db")
    own = {"DATABASE_URL": "sqlite:///a.db", "NOTIFYKIT_DATABASE_URL": "sqlite:///b.db"}
    assert "sqlite:///b.db" == url(**own)


SECRETS = (
    "SMTP_PASSWORD",
    "GMAIL_APP_PASSWORD",
    "YANDEX_APP_PASSWORD",
    "SENDGRID_API_KEY",
    "MAILGUN_API_KEY",
    "DATABASE_URL",
    "NOTIFYKIT_DATABASE_URL",
)


def test_no_secret_is_in_a_repr() -> None:
    environ = dict.fromkeys(SECRETS, f"postgresql://u:{CANARY}@127.0.0.1/x")
    settings = Settings.from_env({**GMAIL, **environ})

    shown = [settings, read_environment(process=environ), *settings.transports()]

    assert CANARY not in repr(shown) + str(shown) + str(settings.model_dump())


def test_every_variable_says_what_it_is_for_in_both_languages() -> None:
    aliases = {field.alias for field in Settings.model_fields.values()}

    assert aliases == set(SAID) - {"#"}
    assert all(said["ru"] and said["en"] for said in SAID.values())


def test_an_env_file_lies_beneath_the_processs_variables(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "\ufeffSMTP_USER=\"bot@example.com\"\nSMTP_PASSWORD='a$b#c'\nexport SMTP_PORT=465 # tls\n",
        "utf-8",
    )

    environment = read_environment(dotenv, process={"SMTP_PORT": "587"})

    assert {"SMTP_USER": "bot@example.com", "SMTP_PASSWORD": "a$b#c", "SMTP_PORT": "587"} == dict(
        environment.values
    )
    assert {
        "SMTP_USER": str(dotenv),
        "SMTP_PASSWORD": str(dotenv),
        "SMTP_PORT": "environment",
    } == dict(environment.origins)


def test_an_env_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        read_environment(tmp_path / "nowhere", process={})


async def test_a_notifier_is_made_from_the_environment_alone(tmp_path: Path, order) -> None:
    environ = {
        "MAIL_PROVIDER": "file",
        "NOTIFYKIT_OUTBOX_DIR": str(tmp_path / "outbox"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/notifykit.db",
        **SALES,
    }

    async with Notifier.from_env(environ) as notifier:
        submission = await notifier.send(order)

    assert "SENT" == submission.status
    assert 1 == len([*(tmp_path / "outbox").glob("*.eml")])
