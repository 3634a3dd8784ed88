"""The requests of any email, held against what the providers publish about their APIs."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from notifykit.message import Address, Attachment, Email
from notifykit.simulators import MailgunServer, SendGridServer
from notifykit.transports import MailgunTransport, SendGridTransport
from notifykit.transports.mailgun_form import fields, files
from notifykit.transports.sendgrid_payload import encoded

SPECS = Path(
    os.environ.get("NOTIFYKIT_TEST_SPECS") or Path(__file__).parents[2].parent / "shared" / "specs"
)

words = st.text(max_size=40).map("Заказ {}".format)
domains = st.sampled_from(["example.com", "пример.example", "EXAMPLE.com"])
mailboxes = st.builds("{}@{}".format, st.from_regex(r"[a-zA-Z0-9]{1,8}", fullmatch=True), domains)
addresses = st.builds(Address, mailboxes, st.text(max_size=20))
people = st.lists(addresses, max_size=3).map(tuple)
names = st.from_regex(r"[А-Яа-яA-Za-z0-9 №()]{1,20}", fullmatch=True).map(lambda name: f"{name}.x")
attachments = st.builds(
    Attachment,
    filename=names,
    content=st.binary(min_size=1, max_size=64),
    content_type=st.sampled_from(["", "text/csv", "image/png"]),
    content_id=st.none() | st.uuids().map(str),
)
emails = st.builds(
    Email,
    sender=addresses,
    to=st.lists(addresses, min_size=1, max_size=3).map(tuple),
    cc=people,
    bcc=people,
    reply_to=people,
    subject=words,
    text=words,
    html=st.none() | st.text(max_size=60),
    attachments=st.lists(attachments, max_size=3).map(tuple),
    headers=st.dictionaries(st.from_regex(r"X-[A-Z][a-z]{1,9}", fullmatch=True), words, max_size=3),
    metadata=st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), words, max_size=3),
)
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spec(name: str) -> dict[str, Any]:
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"the provider's published API is not at {path}: set NOTIFYKIT_TEST_SPECS")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def validator(found: dict[str, Any], *where: str) -> Draft202012Validator:
    pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in where)
    schema = {"$ref": f"#/{pointer}", "components": found["components"]}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture(scope="module")
def sendgrid() -> Draft202012Validator:
    body = ("components", "requestBodies", "PostMailSend", "content", "application/json", "schema")
    return validator(spec("sendgrid_mail_send_strict.json"), *body)


@pytest.fixture(scope="module")
def mailgun() -> Draft202012Validator:
    name = "POST-v3-domain_name-messages-multipart-form-data-RequestBody"
    return validator(spec("mailgun_messages_testable.json"), "components", "schemas", name)


@many
@given(email=emails)
def test_any_email_is_a_request_that_sendgrid_describes(sendgrid, email) -> None:
    assert [] == [fault.message for fault in sendgrid.iter_errors(json.loads(encoded(email)))]


@many
@given(email=emails)
def test_any_email_is_a_form_that_mailgun_describes(mailgun, email) -> None:
    form = dict(fields(email)) | {name: file[0] for name, file in files(email)}

    assert [] == [fault.message for fault in mailgun.iter_errors(form)]


def test_the_description_of_sendgrid_refuses_what_is_wrong(sendgrid) -> None:
    assert list(sendgrid.iter_errors({"from": {"email": "a@example.com"}, "nonsense": 1}))
    wrong = {"from": {"email": "a@example.com"}, "personalizations": [], "headers": {"To": "x"}}
    assert list(sendgrid.iter_errors(wrong))


def test_the_description_of_mailgun_refuses_what_is_wrong(mailgun) -> None:
    right = {"from": "a@example.com", "to": "b@example.com", "subject": "x", "text": "x"}

    assert [] == list(mailgun.iter_errors(right))
    assert list(mailgun.iter_errors(right | {"nonsense": "1"}))
    assert list(mailgun.iter_errors(right | {"o:tracking": "maybe"}))


@settings(many, max_examples=20)
@given(batch=st.lists(emails, min_size=1, max_size=5))
def test_any_email_is_taken_for_everybody_in_its_envelope(batch) -> None:
    async def send() -> None:
        async with (
            SendGridServer() as sendgrid,
            MailgunServer() as mailgun,
            SendGridTransport("SG.test", url=sendgrid.url) as one,
            MailgunTransport("key-test", "example.com", url=mailgun.url) as two,
        ):
            for email in batch:
                assert email.envelope.rcpt_to == (await one.send(email)).accepted
                assert email.envelope.rcpt_to == (await two.send(email)).accepted
            assert len(batch) == len(sendgrid.taken) == len(mailgun.taken)
            assert fields(batch[-1]) == mailgun.taken[-1].fields()

    asyncio.run(send())
