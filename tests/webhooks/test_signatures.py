"""Nothing is believed that the provider did not sign, whole, lately, and for the first time."""

from __future__ import annotations

import base64
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifykit.errors import ConfigurationError
from notifykit.webhooks.refusals import Refused
from notifykit.webhooks.signatures import SIGNATURE, TIMESTAMP, MailgunSignature, SendGridSignature
from webhooks.station import MAILGUN_KEY, SendGrid, mailgun_body

DAY = timedelta(days=1)

# sendgrid/sendgrid-python, test/unit/test_eventwebhook.py
KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+"
    "2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
SIGNED = {
    SIGNATURE: (
        b"MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15"
        b"TluLtEZtM="
    ),
    TIMESTAMP: b"1600112502",
}
BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",'
    b'"timestamp":1600112492}]\r\n'
)
THEN = datetime.fromtimestamp(1_600_112_502, UTC)

# documentation.mailgun.com, "Securing Webhooks", with a key of our own
TOKEN = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
DIGEST = "a4aa5558dda1bdd45f39600cf45ad25006c9fa7980b210160d6df1e9c70160f5"
STAMP = "1529006854"
MAILGUN_THEN = datetime.fromtimestamp(int(STAMP), UTC)


@pytest.fixture
def official() -> SendGridSignature:
    return SendGridSignature(KEY, max_age=DAY)


@pytest.fixture
def mailgun() -> MailgunSignature:
    return MailgunSignature(MAILGUN_KEY, max_age=DAY)


def vector(**changes: object) -> dict[str, object]:
    return {"signature": {"timestamp": STAMP, "token": TOKEN, "signature": DIGEST, **changes}}


def refusal(signature: SendGridSignature, headers, body: bytes, now: datetime = THEN) -> int:
    with pytest.raises(Refused) as refused:
        signature.verify(headers, body, now)
    return int(refused.value.code)


def test_sendgrids_own_vector_is_taken(official) -> None:
    official.verify(SIGNED, BODY, THEN)


def test_every_changed_byte_of_a_signed_body_is_noticed(official) -> None:
    for at, byte in enumerate(BODY):
        for other in {byte ^ 1, byte ^ 0x20, 0} - {byte}:
            assert 403 == refusal(official, SIGNED, BODY[:at] + bytes([other]) + BODY[at + 1 :])


def test_every_missing_or_added_byte_of_a_signed_body_is_noticed(official) -> None:
    for at in range(len(BODY)):
        assert 403 == refusal(official, SIGNED, BODY[:at] + BODY[at + 1 :])
    for longer in (BODY + b"\n", b" " + BODY, json.dumps(json.loads(BODY)).encode()):
        assert 403 == refusal(official, SIGNED, longer)


@pytest.mark.parametrize("name", [SIGNATURE, TIMESTAMP])
def test_every_changed_byte_of_a_signing_header_is_noticed(official, name) -> None:
    value = SIGNED[name]
    for at, byte in enumerate(value):
        for other in {byte ^ 1, byte ^ 4} - {byte}:
            changed = value[:at] + bytes([other]) + value[at + 1 :]
            assert 403 == refusal(official, {**SIGNED, name: changed}, BODY)


@pytest.mark.parametrize(
    "signature",
    [b"", b"not base64!", b"AAAA", b"MEUC", SIGNED[SIGNATURE].rstrip(b"="), b"\xff" * 90],
)
def test_what_is_no_signature_is_refused_and_breaks_nothing(official, signature) -> None:
    assert 403 == refusal(official, {**SIGNED, SIGNATURE: signature}, BODY)
    assert 403 == refusal(official, {TIMESTAMP: SIGNED[TIMESTAMP]}, BODY)


def test_another_accounts_signature_is_refused(official) -> None:
    signed = SendGrid().signed(BODY, 1_600_112_502)
    headers = {name.lower().encode(): value.encode() for name, value in signed.items()}

    assert 403 == refusal(official, headers, BODY)


def test_what_was_signed_too_long_ago_or_ahead_of_time_is_refused(official) -> None:
    official.verify(SIGNED, BODY, THEN + DAY)
    official.verify(SIGNED, BODY, THEN - timedelta(minutes=5))

    assert 403 == refusal(official, SIGNED, BODY, THEN + DAY + timedelta(seconds=1))
    assert 403 == refusal(official, SIGNED, BODY, THEN - timedelta(minutes=5, seconds=1))


def test_a_timestamp_that_is_none_is_refused_though_it_was_signed() -> None:
    account = SendGrid()
    signature = SendGridSignature(account.key, max_age=DAY)
    for stamp in ("", "-5", "1.6e9", "１６００１１２５０２", "9" * 40):
        body = b"[]"
        signed = account.signed(stamp.encode() + body, 0)
        # Signed as "0" + stamp + body, so it is a timestamp of "0" + stamp.
        headers = {
            SIGNATURE: signed["X-Twilio-Email-Event-Webhook-Signature"].encode(),
            TIMESTAMP: f"0{stamp}".encode(),
        }

        assert 403 == refusal(signature, headers, body)


def test_a_key_in_pem_form_is_taken() -> None:
    pem = f"-----BEGIN PUBLIC KEY-----\n{KEY[:64]}\n{KEY[64:]}\n-----END PUBLIC KEY-----\n"

    SendGridSignature(pem, max_age=DAY).verify(SIGNED, BODY, THEN)


@pytest.mark.parametrize(
    "key", ["SG.example", "", "MFkw", base64.b64encode(b"\x30\x03\x02\x01\x01").decode(), "кл"]
)
def test_what_is_no_verification_key_is_refused_by_the_variables_name(key) -> None:
    with pytest.raises(ConfigurationError, match="SENDGRID_WEBHOOK_KEY is not the verification"):
        SendGridSignature(key, max_age=DAY)


def test_mailguns_vector_is_taken(mailgun) -> None:
    signed = mailgun.verify(vector(), MAILGUN_THEN)

    assert (STAMP, TOKEN) == (signed.timestamp, signed.token)


def test_a_timestamp_written_as_a_number_is_hashed_as_its_digits(mailgun) -> None:
    assert TOKEN == mailgun.verify(vector(timestamp=int(STAMP)), MAILGUN_THEN).token


@pytest.mark.parametrize(
    ("name", "value"), [("timestamp", STAMP), ("token", TOKEN), ("signature", DIGEST)]
)
def test_every_changed_character_of_mailguns_signature_is_noticed(mailgun, name, value) -> None:
    for at, letter in enumerate(value):
        for other in {"0", "f", "F", " "} - {letter}:
            changed = vector(**{name: value[:at] + other + value[at + 1 :]})
            with pytest.raises(Refused, match="missing or wrong"):
                mailgun.verify(changed, MAILGUN_THEN)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"signature": None},
        {"signature": "text"},
        {"signature": [1]},
        vector(token=None),
        vector(token=""),
        vector(timestamp=None),
        vector(timestamp=True),
        vector(signature=None),
        vector(signature=1),
        vector(signature="ф" * 64),
        vector(signature=DIGEST.upper()),
        vector(timestamp=STAMP + TOKEN[:1], token=TOKEN[1:]),
    ],
)
def test_what_is_not_signed_as_mailgun_signs_is_refused(mailgun, payload) -> None:
    with pytest.raises(Refused, match="missing or wrong"):
        mailgun.verify(payload, MAILGUN_THEN)


def test_a_subaccounts_event_is_taken_by_its_parents_signature(mailgun) -> None:
    other = json.loads(mailgun_body({}, int(STAMP), key="of the subaccount"))
    payload = {**other, "parent-signature": vector()["signature"]}

    assert TOKEN == mailgun.verify(payload, MAILGUN_THEN).token


def test_mailguns_signature_ages_too(mailgun) -> None:
    mailgun.verify(vector(), MAILGUN_THEN + DAY)
    for now in (MAILGUN_THEN + DAY + timedelta(seconds=1), MAILGUN_THEN - timedelta(minutes=6)):
        with pytest.raises(Refused, match="too old"):
            mailgun.verify(vector(), now)


def test_a_used_token_is_refused_so_that_mailgun_does_not_try_again(mailgun) -> None:
    signed = mailgun.verify(vector(), MAILGUN_THEN)
    mailgun.verify(vector(), MAILGUN_THEN)
    mailgun.remember(signed, MAILGUN_THEN)
    with pytest.raises(Refused) as refused:
        mailgun.verify(vector(), MAILGUN_THEN)

    assert 406 == refused.value.code


def test_the_memory_of_tokens_is_bounded_in_number_and_in_time(mailgun) -> None:
    for number in range(10_050):
        body = mailgun_body({}, int(STAMP), token=f"token-{number}")
        mailgun.remember(mailgun.verify(json.loads(body), MAILGUN_THEN), MAILGUN_THEN)
    assert 10_000 == len(mailgun._used)

    later = MAILGUN_THEN + 2 * DAY
    body = mailgun_body({}, int(later.timestamp()))
    mailgun.remember(mailgun.verify(json.loads(body), later), later)

    assert 1 == len(mailgun._used)


def test_an_empty_signing_key_would_let_everybody_in_and_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="MAILGUN_WEBHOOK_KEY is empty"):
        MailgunSignature("  ", max_age=DAY)


def test_without_the_package_it_is_said_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'notifykit-mail\[webhooks\]'"):
        SendGridSignature(KEY, max_age=DAY)


def test_a_key_of_another_kind_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    key = base64.b64encode(other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    with pytest.raises(ConfigurationError, match="SENDGRID_WEBHOOK_KEY"):
        SendGridSignature(key.decode(), max_age=DAY)
