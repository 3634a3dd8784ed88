"""The environment variables, as people have them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from notifykit import Address, Notifier, Settings
from notifykit.address import MAX_RECIPIENTS
from notifykit.errors import ConfigurationError
from notifykit.limits import Limits
from notifykit.settings import read_environment
from notifykit.settings.texts import SAID, WRONG
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


@pytest.mark.parametrize(
    "login", ["bot", "bot@", "bot @example.com", "a@example.com,b@example.com"]
)
@pytest.mark.parametrize("name", ["SMTP_USER", "GMAIL_USER"])
def test_a_mailbox_that_is_written_wrong_is_named_with_the_sender_it_would_be(
    name: str, login: str
) -> None:
    environ = {**GMAIL, "MAIL_PROVIDER": "gmail", "NOTIFYKIT_LOCALE": "en", name: login}

    said = Settings.read(environ).problems

    assert {"MAIL_FROM"} == set(said)
    assert f"{name} is not a mail address: write the full address in {name}" in said["MAIL_FROM"]


def test_a_provider_named_twice_is_told_so() -> None:
    environ = {**GMAIL, "MAIL_PROVIDER": "gmail,gmail", "NOTIFYKIT_LOCALE": "en"}

    assert "names somebody twice" in Settings.read(environ).problems["MAIL_PROVIDER"]


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


YANDEX = {"YANDEX_USER": "shop@example.com", "YANDEX_APP_PASSWORD": "y"}
OWN_YANDEX = Relay("yandex", "smtp.yandex.ru", 465, Security.IMPLICIT)


def test_variables_of_a_provider_outside_the_chain_belong_to_nobody() -> None:
    gmail = {**GMAIL, "SMTP_SECURITY": "starttls"}

    yandex = smtp({**gmail, **YANDEX, "MAIL_PROVIDER": "yandex"})

    assert OWN_YANDEX == yandex.relay
    assert Address("shop@example.com") == yandex.sender
    assert ["YANDEX_USER", "YANDEX_APP_PASSWORD"] == problems({**gmail, "MAIL_PROVIDER": "yandex"})


def test_variables_of_a_provider_with_an_api_are_not_another_ones() -> None:
    gmail = smtp(
        {
            **GMAIL,
            "SMTP_SERVER": "smtp.sendgrid.net",
            "MAIL_PROVIDER": "sendgrid,gmail",
            "SENDGRID_API_KEY": "SG.x",
            "MAIL_FROM": "shop@example.com",
            "GMAIL_USER": "shop@example.com",
            "GMAIL_APP_PASSWORD": "g",
        },
        place=1,
    )

    assert Relay("gmail", "smtp.gmail.com", 587, Security.STARTTLS) == gmail.relay


def test_a_relay_of_ones_own_belongs_to_the_first_provider_that_speaks_smtp() -> None:
    environ = {**GMAIL, **YANDEX, "MAIL_PROVIDER": "gmail,yandex", "SMTP_SERVER": "relay.example"}

    assert Relay("gmail", "relay.example", 587, Security.STARTTLS) == smtp(environ).relay
    assert OWN_YANDEX == smtp(environ, place=1).relay


def test_a_known_server_named_smtp_keeps_the_diagnoses_of_its_provider() -> None:
    environ = {
        **GMAIL,
        "MAIL_PROVIDER": "smtp,gmail",
        "GMAIL_USER": "shop@example.com",
        "GMAIL_APP_PASSWORD": "g",
    }

    generic, gmail = Settings.from_env(environ).transports()

    assert ("smtp", "gmail") == (generic.name, gmail.name)
    assert isinstance(generic, SmtpTransport)
    assert Relay("gmail", "smtp.gmail.com", 587, Security.STARTTLS) == generic.relay
    assert Address("bot@example.com") == generic.sender
    assert Address("shop@example.com") == gmail.sender


@pytest.mark.parametrize(
    ("typed", "host", "provider"),
    [
        ("SMTP.Gmail.com", "smtp.gmail.com", "gmail"),
        ("smtp.gmail.com.", "smtp.gmail.com", "gmail"),
        ("'smtp.gmail.com'", "smtp.gmail.com", "gmail"),
        ("smtp.googlemail.com", "smtp.googlemail.com", "gmail"),
        ("smtp-relay.gmail.com", "smtp-relay.gmail.com", "gmail"),
        ("smtp.eu.sendgrid.net", "smtp.eu.sendgrid.net", "sendgrid"),
        ("smtp.gmail.com.example.com", "smtp.gmail.com.example.com", "smtp"),
        ("notgmail.com", "notgmail.com", "smtp"),
    ],
)
def test_a_server_is_known_however_it_is_written(typed: str, host: str, provider: str) -> None:
    relay = smtp({**GMAIL, "SMTP_SERVER": typed}).relay

    assert (host, provider) == (relay.host, relay.provider)


@pytest.mark.parametrize(
    ("typed", "host", "port"),
    [
        ("smtp.gmail.com:465", "smtp.gmail.com", 465),
        ("smtp.gmail.com.:2525", "smtp.gmail.com", 2525),
        ("[::1]:2525", "::1", 2525),
        ("::1", "::1", 587),
    ],
)
def test_a_server_may_bring_its_port(typed: str, host: str, port: int) -> None:
    environ = {name: value for name, value in GMAIL.items() if name != "SMTP_PORT"}

    relay = smtp({**environ, "SMTP_SERVER": typed}).relay

    assert (host, port) == (relay.host, relay.port)


def test_two_ports_are_one_too_many() -> None:
    assert ["SMTP_PORT"] == problems({**GMAIL, "SMTP_SERVER": "smtp.gmail.com:465"})
    assert 587 == smtp({**GMAIL, "SMTP_SERVER": "smtp.gmail.com:587"}).relay.port


@pytest.mark.parametrize(
    ("said", "port", "security"),
    [
        ("ssl", "2465", Security.IMPLICIT),
        ("SMTPS", "2465", Security.IMPLICIT),
        ("tls", "465", Security.IMPLICIT),
        ("TLS", "587", Security.STARTTLS),
        ("tls", "2525", Security.STARTTLS),
    ],
)
def test_security_is_understood_in_the_words_of_other_tools(
    said: str, port: str, security: Security
) -> None:
    environ = {**GMAIL, "SMTP_SECURITY": said, "SMTP_PORT": port}

    assert security is smtp(environ).relay.security


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ('"secret"', "secret"),
        ("'secret'", "secret"),
        ('"a\'b"', "a'b"),
        ("secret\r", "secret"),
        ('"secret"\r\n', "secret"),
        (" pass word ", " pass word "),
        ('"sec"ret"', '"sec"ret"'),
        ("\"secret'", "\"secret'"),
        ('"', '"'),
        ("'\"secret\"'", "'\"secret\"'"),
    ],
)
def test_quotes_and_line_breaks_that_a_tool_left_are_removed_once(typed: str, read: str) -> None:
    once = read_environment(process={"SMTP_PASSWORD": typed}).values
    twice = read_environment(process=once).values

    assert ({"SMTP_PASSWORD": read}, {"SMTP_PASSWORD": read}) == (once, twice)


def test_an_env_file_as_docker_hands_it_over_works() -> None:
    quoted = {name: f'"{value}"\r' for name, value in GMAIL.items()}

    settings = Settings.from_env({**quoted, "MAIL_PROVIDER": "Gmail,", "MANAGER_EMAIL": '""'})

    assert ("gmail",) == settings.chain
    assert (Address("sales@example.com"),) == settings.sales == settings.managers
    assert settings.smtp_password is not None
    assert GMAIL["SMTP_PASSWORD"] == settings.smtp_password.get_secret_value()


def test_half_a_login_at_a_relay_is_a_problem() -> None:
    relay = {"SMTP_SERVER": "mail.example.com", "MAIL_FROM": "bot@example.com", **SALES}

    assert ["SMTP_USER"] == problems({**relay, "SMTP_PASSWORD": CANARY})
    assert ["SMTP_PASSWORD"] == problems({**relay, "SMTP_USER": "bot"})
    assert "mail.example.com" == smtp(relay).relay.host


def test_a_password_in_clear_stays_on_this_machine() -> None:
    environ = {**GMAIL, "SMTP_SECURITY": "none", "SMTP_SERVER": "mail.example.com"}
    no_login = {"SMTP_USER": "", "SMTP_PASSWORD": "", "MAIL_FROM": "bot@example.com"}

    assert ["SMTP_SECURITY"] == problems(environ)
    assert ["SMTP_SERVER"] == problems({**environ, "MAIL_PROVIDER": "smtp", "SMTP_SERVER": ""})
    assert Security.NONE is smtp({**environ, "SMTP_SERVER": "127.0.0.1"}).relay.security
    assert Security.NONE is smtp({**environ, **no_login}).relay.security


@pytest.mark.parametrize("name", ["SENDGRID_API_URL", "MAILGUN_API_URL"])
def test_an_api_without_tls_stays_on_this_machine(name: str) -> None:
    assert [name] == problems({**GMAIL, name: "http://proxy.example.com"})
    assert [name] == problems({**GMAIL, name: "http://["})
    assert Settings.from_env({**GMAIL, name: "http://[::1]:8025"})
    assert Settings.from_env({**GMAIL, name: "http://localhost:8025/v3"})


def test_what_is_wrong_on_the_disk_or_too_many_is_told_with_the_rest(tmp_path: Path) -> None:
    not_pem = tmp_path / "ca.pem"
    not_pem.write_text(CANARY)
    many = ",".join(f"m{number}@example.com" for number in range(51))
    environ = {
        **GMAIL,
        "SMTP_SERVER": "mail.example.com:465",
        "SMTP_SECURITY": "none",
        "SALES_EMAIL": many,
        "MANAGER_EMAIL": many,
        "NOTIFYKIT_TEMPLATES": str(tmp_path / "nowhere"),
        "SSL_CERT_FILE": str(tmp_path / "nowhere"),
    }

    assert {
        "SMTP_PORT",
        "SMTP_SECURITY",
        "SALES_EMAIL",
        "MANAGER_EMAIL",
        "NOTIFYKIT_TEMPLATES",
        "SSL_CERT_FILE",
    } == set(problems(environ))
    assert ["SSL_CERT_FILE"] == problems({**GMAIL, "SSL_CERT_FILE": str(tmp_path)})
    assert ["SSL_CERT_FILE"] == problems({**GMAIL, "SSL_CERT_FILE": str(not_pem)})
    assert ["NOTIFYKIT_TEMPLATES"] == problems({**GMAIL, "NOTIFYKIT_TEMPLATES": str(not_pem)})
    fifty = many.removesuffix(",m50@example.com")
    assert 50 == len(Settings.from_env({**GMAIL, "SALES_EMAIL": fifty}).sales)


def test_a_problem_says_what_to_do_next_in_the_readers_language() -> None:
    environ = {**GMAIL, "SMTP_SECURITY": "none"}

    with pytest.raises(ConfigurationError, match=r"открытым текстом.*starttls") as russian:
        Settings.from_env(environ)
    with pytest.raises(ConfigurationError, match=r"in clear.*starttls"):
        Settings.from_env({**environ, "NOTIFYKIT_LOCALE": " EN "})
    assert 1 == len(russian.value.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_PASSWORD", f"{CANARY}\n{CANARY}"),
        ("SMTP_USER", f"{CANARY}\t{CANARY}"),
        ("GMAIL_APP_PASSWORD", f"{CANARY}\x00"),
        ("SENDGRID_API_KEY", f"{CANARY} {CANARY}"),
        ("MAILGUN_API_KEY", f"{CANARY}ключ"),
        ("MAILGUN_DOMAIN", f"{CANARY}:80"),
        ("SMTP_SERVER", f"{CANARY}:port"),
        ("SMTP_SERVER", f"{CANARY}:70000"),
        ("SMTP_SERVER", f"{CANARY}:0"),
        ("SMTP_SERVER", ":587"),
    ],
)
def test_what_was_copied_badly_is_named_before_anything_is_built(name: str, value: str) -> None:
    assert [name] == problems({**GMAIL, name: value})


def test_reading_the_settings_brings_no_client_library_along() -> None:
    program = """
import sys
from notifykit import Settings
Settings.read({"MAIL_PROVIDER": "gmail,sendgrid", "SMTP_SECURITY": "none"})
Settings.from_env({"SMTP_SERVER": "mail.example.com", "SMTP_USER": "bot@example.com",
    "SMTP_PASSWORD": "x", "SALES_EMAIL": "sales@example.com"})
print(sorted({"httpx", "sqlalchemy", "aiosmtplib", "jinja2", "lxml"} & set(sys.modules)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "[]\n" == run.stdout


@pytest.mark.parametrize("name", ["DATABASE_URL", "NOTIFYKIT_DATABASE_URL"])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"mysql://{CANARY}@127.0.0.1/x", "mysql://, which is neither"),
        (CANARY, "in user and password @ is %40"),
        (f"postgresql://user:{CANARY}@word@db.example.com/x", "in user and password @ is %40"),
        (f"postgresql://user:{CANARY}@db.example.com:port/x", "in user and password @ is %40"),
        (f"postgresql://u:{CANARY}@127.0.0.1:65536/x", "in user and password @ is %40"),
        (f"postgresql://u:{CANARY}@127.0.0.1:0/x", "in user and password @ is %40"),
        (f"sqlite://{CANARY}.db", "sqlite:///file is wanted"),
        (f"postgresql://u:{CANARY}@127.0.0.1/x?gssencmode=require", r"cannot do \(gssencmode\)"),
        (f"postgresql://u:{CANARY}@127.0.0.1/x?pgbouncer=yes", r"read \(pgbouncer\): pgbouncer is"),
        (f"postgresql+psycopg://u:{CANARY}@h/x?pgbouncer=1", r"read \(pgbouncer\): pgbouncer is"),
        (f"postgresql://u:{CANARY}@h/x?connect_timeout=soon", r"read \(connect_timeout\)"),
    ],
)
def test_a_wrong_database_url_is_told_with_the_other_variables(
    name: str, url: str, said: str
) -> None:
    wrong = {**GMAIL, name: url, "NOTIFYKIT_LOCALE": "en", "SMTP_PORT": "none"}

    with pytest.raises(ConfigurationError, match=f"{name} .*{said}") as caught:
        Settings.from_env(wrong)

    assert 2 == len(caught.value.problems)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://user@server:p%40ss@db.example.com:5432/shop?sslmode=require",
        "postgresql://[::1]:5432/shop",
        "postgresql:///shop?host=/run/postgresql",
        "postgresql://db.example.com:65535/shop",
        "sqlite://",
        "sqlite+aiosqlite:///folder/a.db",
        "sqlite:///my folder/a.db",
    ],
)
def test_a_database_url_as_people_have_it_is_taken(url: str) -> None:
    assert {} == Settings.read({**GMAIL, "DATABASE_URL": url}).problems


def test_only_the_database_url_that_is_used_must_be_right() -> None:
    urls = {"DATABASE_URL": "mysql://127.0.0.1/x", "NOTIFYKIT_DATABASE_URL": "sqlite:///a.db"}

    assert {} == Settings.read({**GMAIL, **urls}).problems


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


def test_limits_reach_the_notifier_and_the_connections() -> None:
    limits = "gmail=500/day, conversation=5/hour, concurrency=3"
    settings = Settings.from_env({**GMAIL, "NOTIFYKIT_LIMITS": limits})
    (transport,) = settings.transports()

    assert (
        Limits.parse(limits) == settings.limits == Notifier.from_settings(settings).options.limits
    )
    assert isinstance(transport, SmtpTransport)
    assert 3 == transport.connections


@pytest.mark.parametrize("written", ["gmail=500", "gmail:500/day", f"{CANARY}", "conversation=x/h"])
def test_limits_that_cannot_be_read_are_told_with_an_example(written: str) -> None:
    told = Settings.read({**GMAIL, "NOTIFYKIT_LOCALE": "en", "NOTIFYKIT_LIMITS": written})

    assert {
        "NOTIFYKIT_LIMITS": "NOTIFYKIT_LIMITS is malformed: limits, separated by commas: "
        "gmail=500/day, conversation=20/hour, recipient=600/hour, concurrency=4; off for none"
    } == told.problems


def test_a_limit_of_nobody_is_told_with_everybody_there_is() -> None:
    told = Settings.read({**GMAIL, "NOTIFYKIT_LIMITS": "gmial=500/day"})

    assert ["NOTIFYKIT_LIMITS"] == list(told.problems)
    assert "gmail, yandex, sendgrid" in told.problems["NOTIFYKIT_LIMITS"]
    assert "gmial" not in told.problems["NOTIFYKIT_LIMITS"]


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

    assert aliases == set(SAID)
    assert all(said["ru"] and said["en"] for said in SAID.values())


def test_every_problem_has_words_in_both_languages() -> None:
    assert all(said["ru"] and said["en"] for said in WRONG.values())
    assert all(f" {MAX_RECIPIENTS} " in said for said in WRONG["too-many"].values())


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


def test_lines_of_an_env_file_that_are_passed_over_are_counted(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text('A=1\nMAIL_PROVIDER: gmail\nSMTP_PASSWORD="abcd efgh\nB=2\n', "utf-8")

    environment = read_environment(dotenv, process={})

    assert {"A": "1", "B": "2"} == dict(environment.values)
    assert (2, 3) == environment.passed_over


def test_an_env_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        read_environment(tmp_path / "nowhere", process={})


@pytest.mark.parametrize("coding", ["cp1251", "utf-16"])
@pytest.mark.parametrize(("locale", "advice"), [("ru", "сохраните .* UTF-8"), ("en", "save it as")])
def test_an_env_file_in_another_coding_is_told_how_to_be_mended(
    tmp_path: Path, coding: str, locale: str, advice: str
) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes("NOTIFYKIT_BRAND_NAME=Магазин".encode(coding))

    with pytest.raises(ConfigurationError, match=rf"\.env.*{advice}"):
        read_environment(dotenv, process={"NOTIFYKIT_LOCALE": locale})


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
