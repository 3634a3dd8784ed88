"""Which mailboxes are read, and whose password is offered to whom."""

import pytest

from notifykit import Settings
from notifykit.errors import ConfigurationError
from notifykit.settings.mailboxes import mailboxes

GMAIL = {"GMAIL_USER": "bot@example.com", "GMAIL_APP_PASSWORD": "abcd efgh ijkl mnop"}
YANDEX = {"YANDEX_USER": "bot@example.net", "YANDEX_APP_PASSWORD": "yandexpassword12"}
SMTP = {"SMTP_USER": "bot@example.com", "SMTP_PASSWORD": "smtp password"}


def found(**variables: str):
    environ = {"SALES_EMAIL": "sales@example.com", "MAIL_FROM": "bot@example.com", **variables}
    return [
        (one.sent_by, one.known_as, one.host, one.port, one.user, one.password.get_secret_value())
        for one in mailboxes(Settings.read(environ).settings)
    ]


def test_gmail_and_yandex_are_read_with_the_login_for_sending():
    assert [
        ("gmail", "gmail", "imap.gmail.com", 993, "bot@example.com", "abcdefghijklmnop"),
        ("yandex", "yandex", "imap.yandex.ru", 993, "bot@example.net", "yandexpassword12"),
    ] == found(MAIL_PROVIDER="gmail,sendgrid,yandex", SENDGRID_API_KEY="k", **GMAIL, **YANDEX)


@pytest.mark.parametrize(
    ("server", "known", "host"),
    [
        ("smtp.gmail.com", "gmail", "imap.gmail.com"),
        ("smtp.yandex.ru", "yandex", "imap.yandex.ru"),
        ("smtp.mail.ru", "smtp", "imap.mail.ru"),
    ],
)
def test_the_four_old_variables_are_enough(server, known, host):
    (mailbox,) = found(SMTP_SERVER=server, SMTP_PORT="465", **SMTP)

    assert (known, host, "bot@example.com") == (mailbox[1], mailbox[2], mailbox[4])


def test_another_server_is_read_where_it_is_named():
    assert [
        ("smtp", "smtp", "mail.example.com", 1993, "bot@example.com", "smtp password")
    ] == found(
        MAIL_PROVIDER="smtp",
        SMTP_SERVER="smtp.example.com",
        IMAP_SERVER="mail.example.com:1993",
        **SMTP,
    )


def test_a_login_of_its_own_wins():
    (mailbox,) = found(
        MAIL_PROVIDER="gmail",
        IMAP_SERVER="imap.gmail.com",
        IMAP_PORT="1993",
        IMAP_USER="reader@example.com",
        IMAP_PASSWORD="wxyz wxyz wxyz wxyz",
        **GMAIL,
    )

    assert (
        "gmail",
        "gmail",
        "imap.gmail.com",
        1993,
        "reader@example.com",
        "wxyzwxyzwxyzwxyz",
    ) == mailbox


@pytest.mark.parametrize(
    "server",
    ["imap.example.org", "imap.yandex.ru", "imap.gmail.com.example.org", "gmail.com.evil.example"],
)
def test_a_password_for_sending_is_offered_to_its_own_provider_only(server):
    with pytest.raises(ConfigurationError) as raised:
        found(MAIL_PROVIDER="gmail", IMAP_SERVER=server, **GMAIL)

    assert "IMAP_PASSWORD" in str(raised.value)
    assert "abcd" not in str(raised.value)


@pytest.mark.parametrize("server", ["imap.example.org", "imap.com", "10.0.0.1"])
def test_a_server_of_ones_own_and_one_of_somebody_else_share_no_password(server):
    with pytest.raises(ConfigurationError, match="IMAP_PASSWORD"):
        found(MAIL_PROVIDER="smtp", SMTP_SERVER="smtp.example.com", IMAP_SERVER=server, **SMTP)


def test_two_addresses_have_no_owner_in_common():
    with pytest.raises(ConfigurationError, match="IMAP_PASSWORD"):
        found(MAIL_PROVIDER="smtp", SMTP_SERVER="192.0.2.1", IMAP_SERVER="198.0.2.1", **SMTP)


def test_a_relay_in_place_of_gmail_does_not_send_its_password_to_gmail():
    with pytest.raises(ConfigurationError, match="IMAP_SERVER"):
        found(MAIL_PROVIDER="gmail", SMTP_SERVER="relay.example.com", **SMTP)


def test_another_user_needs_another_password():
    with pytest.raises(ConfigurationError, match="IMAP_PASSWORD"):
        found(
            MAIL_PROVIDER="gmail", IMAP_SERVER="imap.gmail.com", IMAP_USER="x@example.com", **GMAIL
        )


@pytest.mark.parametrize("provider", ["sendgrid", "mailgun", "console"])
def test_where_no_mailbox_is_known_one_is_asked_for(provider):
    with pytest.raises(ConfigurationError, match="IMAP_SERVER"):
        found(MAIL_PROVIDER=provider, SENDGRID_API_KEY="k", MAILGUN_API_KEY="k")


def test_a_mailbox_alone_is_anybodys():
    (mailbox,) = found(
        MAIL_PROVIDER="sendgrid",
        SENDGRID_API_KEY="k",
        IMAP_SERVER="imap.example.com",
        IMAP_USER="u",
        IMAP_PASSWORD="p",
    )

    assert mailbox[0] is None
