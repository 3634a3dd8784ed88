"""Login, password and sender, as each provider wants them."""

import pytest

from notifykit.doctor.accounts import accounts, credentials, senders
from notifykit.doctor.domains import organisation, same_mailbox
from notifykit.settings.providers import plan

GMAIL = {"MAIL_PROVIDER": "gmail", "SMTP_USER": "shop@gmail.com", "MAIL_FROM": "shop@gmail.com"}
YANDEX = {"MAIL_PROVIDER": "yandex", "SMTP_USER": "shop@yandex.ru", "MAIL_FROM": "shop@ya.ru"}
SENDGRID = {"MAIL_PROVIDER": "sendgrid", "SENDGRID_API_KEY": "SG.abcdefghijkl.abcdefghijklmnop"}
MAILGUN = {
    "MAIL_PROVIDER": "mailgun",
    "MAILGUN_API_KEY": "0" * 32,
    "MAILGUN_DOMAIN": "mg.example.com",
}
RELAY = {"MAIL_PROVIDER": "smtp", "SMTP_SERVER": "smtp.sendgrid.net", "SMTP_USER": "apikey"}
GOOD = "abcdefghijklmnop"


@pytest.fixture
def found(settings):
    def looked(variables, **changes):
        read = settings(**(variables | changes))
        (way,) = plan(read).ways
        known = credentials(read, way)
        return [*accounts(known), *senders(read, known, way.sender)]

    return looked


def ids(findings):
    return [finding.id for finding in findings if finding.number]


@pytest.mark.parametrize(
    ("chosen", "password", "expected"),
    [
        (GMAIL, GOOD, []),
        (GMAIL, "abcd efgh ijkl mnop", []),
        (GMAIL, "Ivan1990!", ["NK121"]),
        (GMAIL, "abcdefghijklmno", ["NK121"]),
        (YANDEX, GOOD, []),
        (YANDEX, "ABCDEFGHIJKLMNOP", ["NK122"]),
        (YANDEX, "Ivan1990", ["NK122"]),
        (RELAY, "SG.abcdefghijkl.abcdefghijklmnop", []),
        (RELAY, "Ivan1990", ["NK124"]),
        (RELAY | {"SMTP_USER": "shop"}, "SG.abcdefghijkl.abcdefghijklmnop", ["NK126"]),
        (GMAIL | {"SMTP_USER": "shop"}, GOOD, ["NK123", "NK301"]),
    ],
)
def test_a_password_that_is_no_app_password_is_suspected(found, chosen, password, expected):
    assert expected == ids(found(chosen, SMTP_PASSWORD=password))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (SENDGRID, []),
        (SENDGRID | {"SENDGRID_API_KEY": "shop-password"}, ["NK124"]),
        (MAILGUN, []),
        (MAILGUN | {"MAILGUN_API_KEY": "pubkey-" + "0" * 32}, ["NK125"]),
    ],
)
def test_a_key_of_another_kind_is_suspected(found, chosen, expected):
    assert expected == ids(found(chosen))


def test_the_variable_that_counts_is_named(found):
    own = found(GMAIL, SMTP_PASSWORD=GOOD, GMAIL_APP_PASSWORD="Ivan1990!")

    assert "GMAIL_APP_PASSWORD" in own[0].evidence("ru")
    assert "GMAIL_APP_PASSWORD" in own[0].steps("en")[-1]


def test_a_suspicion_does_not_show_the_password(found, read):
    told = found(GMAIL, SMTP_PASSWORD="Kanarejka-7f3a9c")

    assert "Kanarejka" not in read(told, "ru") + read(told, "en") + repr(told)


@pytest.mark.parametrize(
    ("chosen", "sender", "expected"),
    [
        (GMAIL, "shop@gmail.com", []),
        (GMAIL, "Sh.op+news@googlemail.com", []),
        (GMAIL, "other@gmail.com", ["NK301"]),
        (GMAIL, "shop@example.com", ["NK301"]),
        (YANDEX, "shop@yandex.com", []),
        (YANDEX, "other@yandex.ru", ["NK302"]),
        (YANDEX | {"SMTP_USER": "shop"}, "shop@yandex.ru", []),
        (SENDGRID, "shop@example.com", []),
        (SENDGRID, "shop@gmail.com", ["NK303"]),
        (MAILGUN, "shop@example.com", []),
        (MAILGUN, "shop@mg.example.com", []),
        (MAILGUN, "shop@other.com", ["NK304"]),
        (MAILGUN, "shop@mail.ru", ["NK303"]),
        (RELAY | {"SMTP_SERVER": "smtp.mail.ru"}, "shop@bk.ru", []),
        (RELAY | {"SMTP_SERVER": "relay.example.com"}, "shop@bk.ru", ["NK303"]),
    ],
)
def test_a_sender_that_does_not_suit_is_told(found, chosen, sender, expected):
    secret = "SG.abcdefghijkl.abcdefghijklmnop" if chosen["MAIL_PROVIDER"] == "smtp" else GOOD
    told = found(chosen | {"MAIL_FROM": sender}, SMTP_PASSWORD=secret)

    assert expected == [id_ for id_ in ids(told) if id_.startswith("NK3")]


def test_nobody_looks_at_the_sender_of_mails_that_stay_here(found):
    assert [] == found({"MAIL_PROVIDER": "file"})


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("mg.example.com", "example.com"),
        ("example.com", "example.com"),
        ("a.b.shop.com.ru", "shop.com.ru"),
        ("shop.msk.ru", "shop.msk.ru"),
    ],
)
def test_the_registered_domain_is_known(domain, registered):
    assert registered == organisation(domain)


def test_mailboxes_are_compared_as_their_providers_do():
    assert same_mailbox("a.b@yandex.ru", "a-b@ya.ru")
    assert not same_mailbox("a.b@example.com", "ab@example.com")
