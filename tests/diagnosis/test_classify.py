"""What a reply means, and which error it becomes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.diagnosis import Kind, Reply, Retry, diagnose, error_for, find, rows
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.submission import outcome_of

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SMTP_STAGES = ("connect", "tls", "ehlo", "auth", "mail", "rcpt", "data", "content")
LOGIN_REFUSED = "5.7.8 Error: authentication failed: "


def reply(provider: str, stage: str, code: int | None, text: str = "In other words") -> Reply:
    return Reply(provider=provider, stage=stage, code=code, text=text)


# The traps: the code says one thing, the text another.


def test_yandex_asking_for_a_captcha_is_not_a_password_fault() -> None:
    suspected = reply("yandex", "auth", 535, f"{LOGIN_REFUSED}Your message looks like spam.")
    mistyped = reply("yandex", "auth", 535, f"{LOGIN_REFUSED}Invalid user or password!")

    assert (Kind.ACCOUNT, Retry.HOLD) == (diagnose(suspected).kind, diagnose(suspected).retry)
    assert ProviderHeldError is type(error_for(suspected))
    assert AuthenticationError is type(error_for(mistyped))


def test_yandex_suspecting_spam_is_left_alone_for_a_day() -> None:
    text = "5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc"
    error = error_for(reply("yandex", "content", 554, text))

    assert ProviderHeldError is type(error)
    assert error.diagnosis
    assert timedelta(hours=24) == error.diagnosis.hold


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "content"])
def test_the_daily_limit_of_gmail_is_a_quota_and_not_the_recipients_fault(stage: str) -> None:
    text = "5.4.5 Daily user sending limit exceeded. For more information on Gmail\n5.4.5 …"
    error = error_for(reply("gmail", stage, 550, text))

    assert ProviderHeldError is type(error)
    assert error.diagnosis
    assert Kind.QUOTA == error.diagnosis.kind


def test_too_many_logins_hold_gmail_although_the_code_is_a_temporary_one() -> None:
    text = "4.7.0 Too many login attempts, please try again later."
    error = error_for(reply("gmail", "auth", 454, text))

    assert ProviderHeldError is type(error)
    assert error.diagnosis
    assert error.diagnosis.hold
    assert error.diagnosis.hold >= timedelta(minutes=10)


@pytest.mark.parametrize(("stage", "code"), [("http", 401), ("auth", 451)])
def test_used_up_credits_of_sendgrid_are_not_a_key_fault_and_do_not_clear(
    stage: str, code: int
) -> None:
    error = error_for(reply("sendgrid", stage, code, "Maximum credits exceeded"))

    assert ProviderHeldError is type(error)
    assert error.diagnosis
    assert (Kind.QUOTA, Retry.HOLD) == (error.diagnosis.kind, error.diagnosis.retry)


def test_a_key_of_sendgrid_without_the_right_is_a_setting_and_not_a_wrong_key() -> None:
    text = "Authenticated user is not authorized to send mail"

    assert Kind.CONFIG == diagnose(reply("sendgrid", "http", 401, text)).kind
    assert Kind.CREDENTIAL == diagnose(reply("sendgrid", "http", 401)).kind


def test_the_front_page_of_mailgun_is_a_fault_although_its_status_is_200() -> None:
    error = error_for(reply("mailgun", "http", 200, "Mailgun Magnificent API"))

    assert ProviderHeldError is type(error)
    assert error.diagnosis
    assert Kind.CONFIG == error.diagnosis.kind


@pytest.mark.parametrize("code", [401, 404])
@pytest.mark.parametrize("locale", ["ru", "en"])
def test_a_refused_key_and_a_missing_domain_of_mailgun_point_to_the_region(
    code: int, locale: str
) -> None:
    assert "MAILGUN_REGION" in diagnose(reply("mailgun", "http", code)).advice(locale)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The domain is unverified and requires DNS configuration.", Kind.SENDER),
        ("Sandbox subdomains are for test purposes only.", Kind.SENDER),
        ("Account disabled", Kind.ACCOUNT),
        ("Something that Mailgun has not said yet", Kind.ACCOUNT),
    ],
)
@pytest.mark.parametrize(("stage", "code"), [("http", 400), ("http", 403), ("content", 421)])
def test_a_domain_that_may_not_send_through_mailgun_is_held_whatever_the_code(
    stage: str, code: int, text: str, kind: Kind
) -> None:
    text = f"Domain mg.example.com is not allowed to send: {text}"
    error = error_for(reply("mailgun", stage, code, text))

    assert ProviderHeldError is type(error)
    assert error.diagnosis
    assert kind == error.diagnosis.kind


def test_a_sender_refused_at_a_recipient_is_not_the_recipients_fault() -> None:
    text = "5.7.1 <a@example.com>: Sender address rejected: not owned by user b@example.com"

    assert ProviderHeldError is type(error_for(reply("smtp", "rcpt", 553, text)))


@pytest.mark.parametrize("provider", ["gmail", "yandex", "smtp"])
@pytest.mark.parametrize("code", [452, 550])
def test_a_recipient_too_many_is_taken_later(provider: str, code: int) -> None:
    error = error_for(reply(provider, "rcpt", code, "4.5.3 Error: too many recipients"))

    assert UnavailableError is type(error)
    assert error.diagnosis
    assert (Kind.RECIPIENT, Retry.LATER) == (error.diagnosis.kind, error.diagnosis.retry)


def test_words_in_an_address_do_not_decide() -> None:
    text = "5.1.1 <application-specific-password-required@example.com>: User unknown"

    assert "smtp.recipient-unknown" == diagnose(reply("gmail", "rcpt", 550, text)).id


# What nobody has described.


@pytest.mark.parametrize(
    ("stage", "code", "kind", "error"),
    [
        ("auth", 599, Kind.CREDENTIAL, AuthenticationError),
        ("mail", 599, Kind.SENDER, ProviderHeldError),
        ("rcpt", 599, Kind.RECIPIENT, RejectedError),
        ("data", 599, Kind.PROVIDER, ProviderHeldError),
        ("content", 599, Kind.CONTENT, RejectedError),
        ("connect", 599, Kind.PROVIDER, ProviderHeldError),
        ("http", 599, Kind.PROVIDER, OutcomeUnknownError),
        ("http", 499, Kind.CONFIG, ProviderHeldError),
        ("http", 399, Kind.CONFIG, ProviderHeldError),
        ("http", 299, Kind.UNKNOWN, OutcomeUnknownError),
        ("http", None, Kind.UNKNOWN, OutcomeUnknownError),
        ("content", 299, Kind.UNKNOWN, OutcomeUnknownError),
        ("mail", 299, Kind.UNKNOWN, UnavailableError),
        ("connect", None, Kind.UNKNOWN, UnavailableError),
    ],
)
def test_an_unknown_refusal_is_judged_by_its_stage(
    stage: str, code: int | None, kind: Kind, error: type[DeliveryError]
) -> None:
    heard = reply("custom", stage, code)

    assert (kind, error) == (diagnose(heard).kind, type(error_for(heard)))


@pytest.mark.parametrize("stage", SMTP_STAGES)
def test_an_unknown_temporary_refusal_is_tried_again_later(stage: str) -> None:
    assert UnavailableError is type(error_for(reply("custom", stage, 499)))


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "content"])
def test_no_words_and_no_enhanced_code_make_a_temporary_refusal_final(stage: str) -> None:
    conditions = [(row.provider, one) for row in rows() for one in row.when]
    provider_and_text = [(to, text) for to, one in conditions for text in one.texts]
    provider_and_text += [(to, f"{code} No") for to, one in conditions for code in one.enhanced]
    errors = [error_for(reply(to, stage, 450, text), now=NOW) for to, text in provider_and_text]

    assert not [error for error in errors if isinstance(error, RejectedError)]


@pytest.mark.parametrize("provider", ["sendgrid", "mailgun", "custom"])
def test_words_of_other_servers_settle_nothing_where_an_http_server_fails(provider: str) -> None:
    conditions = [one for row in rows() if row.provider == "*" for one in row.when]
    texts = [text for one in conditions for text in one.texts]
    errors = [error_for(reply(provider, "http", 502, text), now=NOW) for text in texts]

    assert {OutcomeUnknownError} == set(map(type, errors))


@pytest.mark.parametrize("code", [500, 501, 502, 503, 504, 520])
@pytest.mark.parametrize("provider", ["sendgrid", "mailgun", "custom"])
def test_a_failing_http_server_may_have_taken_the_email(provider: str, code: int) -> None:
    assert OutcomeUnknownError is type(error_for(reply(provider, "http", code)))


@given(
    provider=st.sampled_from(["gmail", "yandex", "sendgrid", "mailgun", "smtp", "custom"]),
    stage=st.one_of(st.sampled_from([*SMTP_STAGES, "http"]), st.text()),
    code=st.one_of(st.none(), st.integers(-1, 1000)),
    text=st.text(),
)
def test_every_reply_has_a_diagnosis_and_an_outcome(
    provider: str, stage: str, code: int | None, text: str
) -> None:
    heard = Reply(provider=provider, stage=stage, code=code, text=text)
    error = error_for(heard, now=NOW)

    assert diagnose(heard) == error.diagnosis
    assert outcome_of(error)
    assert error.message


@given(code=st.integers(400, 599), text=st.text())
def test_a_refusal_before_the_content_is_never_an_unknown_outcome(code: int, text: str) -> None:
    stages = [stage for stage in SMTP_STAGES if stage != "content"]
    errors = [error_for(reply("custom", stage, code, text), now=NOW) for stage in stages]

    assert not [error for error in errors if isinstance(error, OutcomeUnknownError)]


# How a reply is read.


def test_upper_case_line_breaks_and_repeated_codes_do_not_matter() -> None:
    text = "535-5.7.8 USERNAME AND\r\n535-5.7.8   Password not\r\n535 5.7.8\r\n535 accepted."
    heard = [
        reply("gmail", "auth", 535, text),
        reply("gmail", "auth", 535, "5.7.8 Username and\n5.7.8 Password not accepted."),
        Reply(
            provider="gmail",
            stage="auth",
            code=535,
            enhanced_code="5.7.8",
            text="Username and\nPassword not accepted.",
        ),
    ]

    assert {"gmail.credentials-refused"} == {diagnose(one).id for one in heard}


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (reply("smtp", "rcpt", 550, "5.1.1 No"), "5.1.1"),
        (reply("smtp", "rcpt", 550, "550-5.1.10 No\n550 5.1.10 No"), "5.1.10"),
        (reply("smtp", "rcpt", 550, "Version 5.1.1"), None),
        (reply("smtp", "rcpt", 550, "5.1.1.7 is an address"), "5.1.1"),
        (reply("mailgun", "http", 400, "5.1.1 is no enhanced code here"), None),
        (Reply(provider="smtp", stage="rcpt", enhanced_code="5.2.1", text="5.1.1"), "5.2.1"),
    ],
)
def test_the_enhanced_code_is_taken_from_the_start_of_the_text(
    heard: Reply, expected: str | None
) -> None:
    assert expected == error_for(heard).enhanced_code


def test_a_text_beats_an_enhanced_code_and_that_beats_a_code() -> None:
    by_text = reply("smtp", "rcpt", 550, "5.1.1 Relay access denied")
    by_enhanced_code = reply("smtp", "rcpt", 553, "5.1.1 In other words")
    by_code = reply("smtp", "rcpt", 553)

    assert "smtp.relaying-denied" == diagnose(by_text).id
    assert "smtp.recipient-unknown" == diagnose(by_enhanced_code).id
    assert "smtp.recipient-malformed" == diagnose(by_code).id


def test_a_provider_beats_any_provider() -> None:
    refused = reply("gmail", "auth", 535)

    assert "gmail.credentials-refused" == diagnose(refused).id
    assert "smtp.credentials-refused" == diagnose(reply("custom", "auth", 535)).id


# The error.


def test_an_error_carries_what_was_heard_and_the_advice() -> None:
    error = error_for(reply("gmail", "auth", 535, "5.7.8 Username and Password not accepted."))

    assert ("gmail", "auth", 535, "5.7.8") == (
        error.provider,
        error.stage,
        error.code,
        error.enhanced_code,
    )
    assert "Username and Password not accepted." in str(error)
    assert "GMAIL_APP_PASSWORD" in str(error)


def test_an_error_never_shows_what_looks_like_a_secret() -> None:
    error = error_for(reply("sendgrid", "http", 401, "key SG.canary-1.canary-2 is invalid"))

    assert "canary" not in str(error)


def test_a_refusal_without_a_word_is_told_by_its_code() -> None:
    error = error_for(reply("mailgun", "http", 404, ""))

    assert "answered 404 without a word (stage http)" == error.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("account-requests-per-sec limit exceeded, try again after 120 seconds", 120),
        ("limit exceeded, try again after Mon, 02 Nov 2026 09:10:00 GMT", 600),
        ("limit exceeded", None),
    ],
)
def test_the_time_that_mailgun_names_is_how_long_it_is_left_alone(
    text: str, expected: int | None
) -> None:
    text = f"Domain example.com is not allowed to send: {text}"
    error = error_for(reply("mailgun", "http", 429, text), now=NOW)

    assert UnavailableError is type(error)
    assert (timedelta(seconds=expected) if expected else None) == error.retry_after


def test_a_header_about_the_time_beats_the_text() -> None:
    limited = reply("mailgun", "http", 429, "try again after 120 seconds")
    error = error_for(limited, retry_after=timedelta(seconds=7), now=NOW)

    assert timedelta(seconds=7) == error.retry_after


def test_the_clock_is_the_default_for_a_point_in_time() -> None:
    error = error_for(
        reply("mailgun", "http", 429, "try again after Thu, 01 Jan 2026 00:00:00 GMT")
    )

    assert timedelta(0) == error.retry_after


# Diagnoses that were stored.


def test_a_stored_diagnosis_is_found_again_by_its_id() -> None:
    assert [row.diagnosis for row in rows()] == [find(row.diagnosis.id) for row in rows()]


def test_an_id_of_another_version_is_not_found() -> None:
    assert find("gmail.of-the-future") is None
