"""What a report means, and that its advice fits a mail that nobody will try again."""

import pytest

from bounces.samples_of_reports import RECEIVED_AT, sample
from notifykit.bounces.meaning import diagnosed
from notifykit.bounces.report import parse
from notifykit.submission import EventKind

MEANINGS = {
    "gmail-address-not-found": ["smtp.recipient-unknown"],
    "gmail-domain-not-found": ["smtp.recipient-domain-unknown"],
    "gmail-limit-reached": ["gmail.daily-limit"],
    "gmail-delayed": ["returned.delayed"],
    "gmail-plain-failed": ["smtp.recipient-disabled"],
    "yandex": ["returned.mailbox-full"],
    "mailru": ["smtp.recipient-unknown"],
    "mailru-short": ["smtp.recipient-unknown"],
    "mailru-two": ["returned.mailbox-full", "smtp.recipient-disabled"],
    "mailru-scanned": ["smtp.recipient-unknown"],
    "mailru-nobody-named": ["returned.undelivered"],
    "postfix": ["smtp.recipient-unknown", "smtp.spam-suspected"],
    "exchange": ["smtp.too-large"],
    "exchange-plain": ["returned.mailbox-full"],
    "exim": ["smtp.recipient-refused", "returned.undelivered"],
    "qmail": ["smtp.recipient-unknown"],
    "idn-dsn": ["smtp.recipient-unknown"],
    "complaint": ["returned.complaint"],
}


@pytest.mark.parametrize("name", MEANINGS)
def test_a_report_is_explained(name):
    bounces = parse(sample(name), received_at=RECEIVED_AT)

    assert MEANINGS[name] == [diagnosed(bounce).id for bounce in bounces]


@pytest.mark.parametrize("name", MEANINGS)
@pytest.mark.parametrize(("locale", "promise"), [("ru", "повторится"), ("en", "tried again")])
def test_nobody_is_told_to_wait_for_a_mail_that_came_back(name, locale, promise):
    advice = [
        diagnosed(bounce).advice(locale)
        for bounce in parse(sample(name), received_at=RECEIVED_AT)
        if bounce.kind is not EventKind.DEFERRED
    ]

    assert [] == [line for line in advice if promise in line]
