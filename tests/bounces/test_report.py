"""What a mail reports about one of ours, form by form, and what is no report."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bounces.samples_of_reports import MESSAGE_ID, RECEIVED_AT, SAMPLES, sample
from notifykit.bounces.report import Bounce, may_report, parse
from notifykit.submission import EventKind

BOUNCED, DEFERRED, COMPLAINED = EventKind.BOUNCED, EventKind.DEFERRED, EventKind.COMPLAINED
SALES, BOSS = "sales@example.com", "boss@example.com"

# Name of the sample: recipient, kind, code, enhanced code, server, a piece of the text.
FORMS = {
    "gmail-address-not-found": [
        (SALES, BOUNCED, 550, "5.1.1", "gmail-smtp-in.l.google.com", "tried to reach does not"),
    ],
    "gmail-limit-reached": [
        (SALES, BOUNCED, None, "4.4.5", "googlemail.com", "reached a limit for sending mail"),
    ],
    "gmail-domain-not-found": [
        ("sales@nowhere.example.com", BOUNCED, None, "4.0.0", "googlemail.com", "NXDOMAIN"),
    ],
    "gmail-delayed": [(SALES, DEFERRED, None, "4.4.1", "googlemail.com", "timed out")],
    "gmail-plain-failed": [
        (SALES, BOUNCED, 550, "5.2.1", "googlemail.com", "The mailbox is disabled"),
    ],
    "gmail-plain-delayed": [(SALES, DEFERRED, None, None, "googlemail.com", "timed out")],
    "yandex": [(SALES, BOUNCED, 550, "5.2.2", "mx.example.com", "Mailbox full")],
    "mailru": [(SALES, BOUNCED, 550, None, "corp.mail.ru", "user not found")],
    "mailru-short": [(SALES, BOUNCED, None, "5.1.1", "corp.mail.ru", "Письмо не доставлено.")],
    "mailru-two": [
        (SALES, BOUNCED, None, None, "corp.mail.ru", "messages count limit"),
        (BOSS, BOUNCED, 550, None, "corp.mail.ru", "account is disabled"),
    ],
    "mailru-scanned": [(SALES, BOUNCED, None, None, "corp.mail.ru", "user not found")],
    "mailru-nobody-named": [(None, BOUNCED, None, None, "corp.mail.ru", "Error code: FB5DE449B5")],
    "postfix": [
        (SALES, BOUNCED, 550, "5.1.1", "mx.example.com", "User unknown in virtual mailbox table"),
        (BOSS, BOUNCED, 554, "5.7.1", "mx.example.com", "Message rejected as spam"),
    ],
    "postfix-delayed": [(SALES, DEFERRED, 452, "4.2.2", "mx.example.com", "Mailbox full")],
    "exchange": [(SALES, BOUNCED, 550, "5.2.3", "ex01.example.com", "message too large")],
    "exchange-plain": [(SALES, BOUNCED, 550, "5.2.2", "example.com", "mailbox is full")],
    "exim": [
        (SALES, BOUNCED, 554, "5.7.1", "mail.example.com", "Access denied"),
        (BOSS, BOUNCED, None, None, "mail.example.com", "Unrouteable address"),
    ],
    "exim-delayed": [(SALES, DEFERRED, 451, "4.7.1", "mail.example.com", "come back later")],
    "qmail": [(SALES, BOUNCED, 550, "5.1.1", "mail.example.com", "User Unknown")],
    "idn-dsn": [
        ("sales@почта.example.com", BOUNCED, None, "5.1.1", "mail.example.com", "не найден"),
    ],
    "complaint": [(SALES, COMPLAINED, None, None, "mx.example.com", "abuse")],
    "complaint-without-recipient": [(SALES, COMPLAINED, None, None, "mx.example.com", "abuse")],
}
IGNORED = sorted(path.stem for path in SAMPLES.glob("ignored-*.eml"))


def header(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[0]


def report(*lines: str, start: str = "From: MAILER-DAEMON@example.com") -> tuple[Bounce, ...]:
    content = "\r\n".join([start, f"In-Reply-To: {MESSAGE_ID}", "", *lines])
    return parse(content.encode(), received_at=RECEIVED_AT)


def status(*fields: str) -> tuple[Bounce, ...]:
    """A report with these fields for one recipient."""
    return report(
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mail.example.com",
        "",
        *fields,
        "--b--",
        start="Content-Type: multipart/report; boundary=b; report-type=delivery-status",
    )


def test_every_sample_is_spoken_of_here():
    assert sorted([*FORMS, *IGNORED]) == sorted(path.stem for path in SAMPLES.glob("*.eml"))


@pytest.mark.parametrize("name", FORMS)
def test_a_report_is_understood(name):
    bounces = parse(sample(name), received_at=RECEIVED_AT)

    told = [(one.recipient, one.kind, one.code, one.enhanced_code, one.server) for one in bounces]
    assert [expected[:-1] for expected in FORMS[name]] == told
    assert {MESSAGE_ID} == {one.message_id for one in bounces}
    assert [] == [
        expected[-1]
        for expected, one in zip(FORMS[name], bounces, strict=True)
        if expected[-1] not in one.text
    ]


@pytest.mark.parametrize("name", FORMS)
def test_the_header_alone_says_that_it_is_worth_reading(name):
    assert may_report(header(sample(name)))


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_no_bad_news_of_a_server_comes_to_nothing(name):
    assert () == parse(sample(name), received_at=RECEIVED_AT)


@pytest.mark.parametrize(
    "name", ["ignored-own-mail", "ignored-reply", "ignored-vacation", "ignored-forwarded-report"]
)
def test_ordinary_mails_are_not_even_fetched(name):
    assert not may_report(header(sample(name)))


@pytest.mark.parametrize("name", FORMS)
def test_a_report_with_plain_newlines_reads_the_same(name):
    plain = sample(name).replace(b"\r\n", b"\n")

    assert parse(sample(name), received_at=RECEIVED_AT) == parse(plain, received_at=RECEIVED_AT)


@pytest.mark.parametrize("name", ["postfix", "yandex", "gmail-address-not-found"])
def test_a_report_whose_end_was_cut_off_is_still_understood(name):
    content = sample(name)
    cut = content[: content.rindex(b"Message-ID:") + 100]

    assert parse(content, received_at=RECEIVED_AT) == parse(cut, received_at=RECEIVED_AT)


@pytest.mark.parametrize(
    ("action", "code", "kind"),
    [
        ("Failed (really)", "5.1.1", BOUNCED),
        ("failed", "4.4.7", BOUNCED),  # it was tried for days, and given up
        ("DELAYED", "4.4.1", DEFERRED),
        ("", "5.1.1", BOUNCED),
        ("nonsense", "4.4.1", DEFERRED),
    ],
)
def test_the_action_decides_and_without_one_the_class_of_the_status(action, code, kind):
    (bounce,) = status(f"Action: {action}", f"Final-Recipient: rfc822; {SALES}", f"Status: {code}")

    assert kind == bounce.kind


@pytest.mark.parametrize("action", ["relayed", "delivered", "expanded"])
def test_good_news_is_no_news(action):
    assert () == status(f"Final-Recipient: rfc822; {SALES}", f"Action: {action}", "Status: 5.0.0")


def test_the_recipient_is_the_one_that_we_wrote_to_not_where_it_was_forwarded():
    (bounce,) = status(
        "Original-Recipient: rfc822;sales@example.com",
        "Final-Recipient: rfc822; ivan@inside.example.com",
        "Action: failed",
    )

    assert SALES == bounce.recipient


@pytest.mark.parametrize(
    ("said", "code", "enhanced"),
    [
        ("smtp; 550 5.1.1 no such user", 550, "5.1.1"),
        ("smtp; 554 554 5.7.0 Header error (state 18)", 554, "5.7.0"),
        ("x-postfix; host mx[192.0.2.250] said: 421 busy", 421, "5.0.0"),
        ("smtp; host 550.example.com[5.45.207.1] refused to talk", None, "5.0.0"),
        ("smtp; 550 #5.1.0 Address rejected.", 550, "5.1.0"),
        ("smtp; Try again. Error code: 77719FB5DE449B5 ID_550", None, "5.0.0"),
    ],
)
def test_codes_are_those_of_the_server_and_no_part_of_an_address(said, code, enhanced):
    (bounce,) = status(
        f"Final-Recipient: rfc822; {SALES}",
        "Action: failed",
        "Status: 5.0.0",
        f"Diagnostic-Code: {said}",
    )

    assert (code, enhanced) == (bounce.code, bounce.enhanced_code)


def test_of_each_recipient_is_told_what_was_said_of_him_once_and_nothing_else():
    first, second = parse(sample("mailru-two"), received_at=RECEIVED_AT)

    assert "messages count limit 350000, msg count in mailbox is 350000" == first.text
    assert second.text.startswith("SMTP error from remote mail server")
    assert second.text.endswith("account is disabled")
    assert 1 == second.text.count("invalid mailbox")


@pytest.mark.parametrize(
    "start", ["From: MAILER-DAEMON@example.com", "From: postmaster@example.com"]
)
def test_bad_news_that_gives_no_mail_back_and_names_nobody_comes_to_nothing(start):
    assert () == report("I am unable to read mail this week.", start=start)


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("Your message was delivered successfully.\n\n--- Original message ---\n", []),
        (f"Your message was successfully delivered to {SALES}\n", []),
        (f"Your message was not successfully delivered to {SALES}\n", [BOUNCED]),
        (f"Successfully delivered: {SALES}\n\nCould not be delivered:\n{BOSS}: No\n", [BOUNCED]),
    ],
)
def test_a_daemon_that_tells_of_success_in_plain_words_gives_nothing_back(said, kinds):
    start = "From: MAILER-DAEMON@example.com\nIn-Reply-To: <a@example.com>\n"
    content = f"{start}Content-Type: text/plain\n\n{said}".encode()

    assert kinds == [one.kind for one in parse(content, received_at=RECEIVED_AT)]


def test_the_attached_original_says_what_it_is_about_and_not_what_the_header_claims():
    content = sample("postfix").replace(
        b"Subject: Undelivered", b"In-Reply-To: <other@example.com>\r\nSubject: Undelivered", 1
    )

    assert {MESSAGE_ID} == {one.message_id for one in parse(content, received_at=RECEIVED_AT)}


def test_a_report_that_names_no_mail_of_anybody_comes_to_nothing():
    content = sample("yandex").replace(MESSAGE_ID.encode(), b"none")

    assert () == parse(content, received_at=RECEIVED_AT)


def test_the_same_report_has_the_same_name_and_two_recipients_have_two():
    first = parse(sample("postfix"), received_at=RECEIVED_AT)
    again = parse(sample("postfix"), received_at=RECEIVED_AT + timedelta(hours=1))

    assert [one.id for one in first] == [one.id for one in again]
    assert 2 == len({one.id for one in first})


def test_a_warning_and_the_failure_after_it_are_two_events():
    (warning,) = parse(sample("gmail-plain-delayed"), received_at=RECEIVED_AT)
    (failure,) = parse(sample("gmail-plain-failed"), received_at=RECEIVED_AT)

    assert warning.id != failure.id


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sun, 22 Nov 2026 15:00:00 +0300", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 12:00:00 -0000", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", RECEIVED_AT),
        ("Fri, 01 Jan 2099 00:00:00 +0000", RECEIVED_AT),
        ("Sun, 22 Nov 99999999 12:00:00 +0000", RECEIVED_AT),
        ("yesterday", RECEIVED_AT),
        ("", RECEIVED_AT),
    ],
)
def test_a_date_that_cannot_be_true_is_not_believed(date, expected):
    (bounce,) = report(
        f"<{SALES}>: could not be delivered",
        start=f"From: MAILER-DAEMON@example.com\r\nDate: {date}",
    )

    assert expected == bounce.occurred_at


def test_words_that_steer_a_terminal_or_hold_a_password_do_not_get_through():
    (bounce,) = status(
        f"Final-Recipient: rfc822; {SALES}",
        "Action: failed",
        "Diagnostic-Code: smtp; 550 \x1b[31m \u202eAUTH PLAIN AGJvdABzZWNyZXQ= refused",
    )

    assert "550 [31m AUTH PLAIN *** refused" == bounce.text


def test_a_reply_of_several_lines_says_its_codes_once():
    (bounce,) = parse(sample("gmail-address-not-found"), received_at=RECEIVED_AT)

    assert bounce.text.startswith("550 5.1.1 The email account that you tried to reach does not")
    assert 1 == bounce.text.count("5.1.1")
    assert "try double-checking the recipient's" in bounce.text


@pytest.mark.parametrize("charset", ["punycode", "idna", "zip", "no-such", "unicode_escape", '"'])
def test_a_charset_that_is_wrong_or_dangerous_is_read_as_utf_8(charset):
    (bounce,) = report(
        f"<{SALES}>: не доставлено",
        start=f"From: MAILER-DAEMON@example.com\r\nContent-Type: text/plain; charset={charset}",
    )

    assert "не доставлено" == bounce.text


# Whoever writes to the mailbox chooses every byte.

DEEP = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (floor, floor)
    for floor in range(5_000)
)
HOSTILE = {
    "nested": DEEP,
    "nested report": DEEP + sample("postfix"),
    "one endless field": b"From: mailer-daemon@x\r\n" + b" folded\r\n" * 300_000,
    "endless fields": b"From: mailer-daemon@x\r\n" + b"a: b\r\n" * 300_000,
    "fields of one name": b"x-failed-recipients: a@example.com\r\n" * 60_000,
    "one endless line": b"From: mailer-daemon@x\r\n\r\n" + b"deliver <a@b" * 200_000,
    "many recipients": b"From: mailer-daemon@x\r\n\r\nfailed\r\n" + b"a@b.example:\r\n" * 200_000,
    "open brackets": b"From: mailer-daemon@x\r\n\r\nfailed\r\n" + b"<" * 1_000_000,
    "open tags": b"From: mailer-daemon@x\r\nContent-Type: text/html\r\n\r\n" + b"<p <br" * 200_000,
    "at signs": b"From: mailer-daemon@x\r\n\r\nfailed\r\n" + b"a@" * 500_000,
    "many parts": b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 200_000,
    "many blocks": b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 100_000,
    "semicolons": b"Content-Type: multipart/report" + b";" * 500_000,
    "spaces": b"Content-Type: multipart/report; boundary" + b" " * 500_000 + b"=b",
    "entities": b"From: mailer-daemon@x\r\nContent-Type: text/html\r\n\r\n" + b"&amp" * 200_000,
    "base64": b"From: mailer-daemon@x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + b"A=" * 300_000,
    "nothing": b"",
    "zeros": bytes(1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_mail_takes_long_however_it_is_made(name):
    started = time.process_time()

    parse(HOSTILE[name], received_at=RECEIVED_AT)
    may_report(HOSTILE[name])

    assert 0.5 > time.process_time() - started


def test_a_report_is_not_looked_for_below_the_sixth_floor():
    assert () == parse(DEEP + sample("postfix"), received_at=RECEIVED_AT)


PIECES = st.sampled_from(
    [
        *(sample(name) for name in FORMS),
        *(
            piece
            for name in ("postfix", "gmail-address-not-found")
            for piece in sample(name).split(b"\r\n")
        ),
        b"Content-Type: multipart/report; boundary=b\r\n",
        b"Content-Type: message/delivery-status; charset=utf-16\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"\r\n--b\r\n",
        b"\r\n\r\n",
        b"Final-Recipient: rfc822; ",
        b"Diagnostic-Code: smtp; 550",
    ]
)


@settings(
    max_examples=150, deadline=timedelta(seconds=1), suppress_health_check=[HealthCheck.too_slow]
)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=12).map(b"".join))
def test_whatever_comes_nothing_is_raised_and_what_is_found_is_sound(content):
    may_report(content)

    for bounce in parse(content, received_at=RECEIVED_AT):
        assert bounce.kind in (BOUNCED, DEFERRED, COMPLAINED)
        assert bounce.occurred_at.tzinfo
        assert bounce.message_id.startswith("<")
        assert len(bounce.text) <= 2_000
        assert not set("\r\n\0\x1b\u202e") & {*f"{bounce.text}{bounce.recipient}{bounce.server}"}
