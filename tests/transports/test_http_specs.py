"""The requests of any email, held against what the providers publish about their APIs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator

from generated_emails import emails
from notifykit.message import Email
from notifykit.simulators import MailgunServer, SendGridServer
from notifykit.simulators.contracts import (
    MAILGUN,
    SENDGRID,
    SENDGRID_RESERVED_HEADERS,
    misfits,
    unknown_fields,
)
from notifykit.simulators.http_faults import mailgun_fault, sendgrid_faults
from notifykit.transports import MailgunTransport, SendGridTransport
from notifykit.transports.mailgun_form import fields, files
from notifykit.transports.sendgrid_payload import encoded

SPECS = Path(
    os.environ.get("NOTIFYKIT_TEST_SPECS") or Path(__file__).parents[2].parent / "shared" / "specs"
)


@pytest.fixture(scope="module")
def sample() -> list[Email]:
    """A few hundred emails, made once: to make them is what takes the time."""
    found: list[Email] = []
    fresh = {"database": None, "phases": [Phase.generate]}

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), **fresh)
    @given(email=emails)
    def collect(email: Email) -> None:
        found.append(email)

    collect()
    return found


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


def test_any_email_is_a_request_that_sendgrid_describes(sendgrid, sample) -> None:
    for email in sample:
        body = json.loads(encoded(email))

        assert [] == [fault.message for fault in sendgrid.iter_errors(body)], email


def test_any_email_is_a_form_that_mailgun_describes(mailgun, sample) -> None:
    for email in sample:
        form = dict(fields(email)) | {name: file[0] for name, file in files(email)}

        assert [] == [fault.message for fault in mailgun.iter_errors(form)], email


def test_any_email_fits_what_we_know_of_both_where_no_description_is_at_hand(sample) -> None:
    for email in sample:
        form = [*fields(email), *((name, "file") for name, _ in files(email))]

        assert [] == sendgrid_faults(json.loads(encoded(email))), email
        assert mailgun_fault(form) is None, email


def test_what_we_know_of_sendgrid_is_what_it_describes(sendgrid) -> None:
    root = sendgrid.schema
    described = _resolved(root, root)

    assert described == _names(SENDGRID)


def _resolved(schema: Any, root: Any) -> Any:
    """Give the names in a description, each with what is below it."""
    if "$ref" in schema:
        found = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return _resolved(found, root)
    if schema.get("type") == "array":
        return [_resolved(schema["items"], root)]
    if schema.get("type") != "object":
        return schema["type"]
    named = {name: _resolved(one, root) for name, one in schema.get("properties", {}).items()}
    free = schema.get("additionalProperties", True) is not False
    return named or ({"*": "string"} if free and "additionalProperties" in schema else {"*": "any"})


_TYPES = {str: "string", int: "integer", bool: "boolean", object: "any"}


def _names(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {name: _names(below) for name, below in shape.items()}
    return [_names(shape[0])] if isinstance(shape, list) else _TYPES[shape]


def test_what_we_know_of_mailgun_is_what_it_describes(mailgun) -> None:
    root = mailgun.schema
    *_, name = root["$ref"].split("/")
    properties = root["components"]["schemas"][name]["properties"]

    assert {name: set(one.get("enum", ())) for name, one in properties.items()} == {
        name: set(words) for name, words in MAILGUN.items()
    }


def test_headers_that_sendgrid_keeps_to_itself_are_the_ones_it_names(sendgrid) -> None:
    mail = {"from": {"email": "a@example.com"}, "personalizations": [{"to": []}]}

    for name in SENDGRID_RESERVED_HEADERS:
        assert list(sendgrid.iter_errors(mail | {"headers": {name: "x"}})), name
    assert [] == list(sendgrid.iter_errors(mail | {"headers": {"X-Order": "x"}}))


def test_what_we_know_refuses_what_is_wrong() -> None:
    assert [("Additional property x is not allowed", "from.x")] == list(
        misfits({"from": {"x": 1}}, SENDGRID)
    )
    assert ["'x' is not a parameter of this endpoint"] == unknown_fields([("x", ""), ("to", "")])


def test_the_description_of_sendgrid_refuses_what_is_wrong(sendgrid) -> None:
    assert list(sendgrid.iter_errors({"from": {"email": "a@example.com"}, "nonsense": 1}))
    wrong = {"from": {"email": "a@example.com"}, "personalizations": [], "headers": {"To": "x"}}
    assert list(sendgrid.iter_errors(wrong))


def test_the_description_of_mailgun_refuses_what_is_wrong(mailgun) -> None:
    right = {"from": "a@example.com", "to": "b@example.com", "subject": "x", "text": "x"}

    assert [] == list(mailgun.iter_errors(right))
    assert list(mailgun.iter_errors(right | {"nonsense": "1"}))
    assert list(mailgun.iter_errors(right | {"o:tracking": "maybe"}))


async def test_any_email_is_taken_for_everybody_in_its_envelope(sample) -> None:
    async with (
        SendGridServer() as sendgrid,
        MailgunServer() as mailgun,
        SendGridTransport("SG.test", url=sendgrid.url) as one,
        MailgunTransport("key-test", "example.com", url=mailgun.url) as two,
    ):
        for email in sample[:60]:
            assert email.envelope.rcpt_to == (await one.send(email)).accepted
            assert email.envelope.rcpt_to == (await two.send(email)).accepted
            assert fields(email) == mailgun.taken[-1].fields()
            assert json.loads(encoded(email)) == sendgrid.taken[-1].json()


def test_the_sample_has_every_kind_of_email(sample) -> None:
    kinds = {
        "html": lambda email: email.html,
        "files": lambda email: any(not file.content_id for file in email.attachments),
        "images": lambda email: any(file.content_id for file in email.attachments),
        "crowds": lambda email: len(email.to) >= 30,
        "blind": lambda email: email.bcc,
        "headers": lambda email: email.headers,
        "metadata": lambda email: email.metadata,
        "other domains": lambda email: "@xn--" in " ".join(email.envelope.rcpt_to),
        "Cyrillic": lambda email: "Заказ" in email.subject,
        "emoji": lambda email: "🧱" in email.text,
        "long lines": lambda email: max(map(len, email.text.split("\n"))) > 1_000,
    }

    assert [] == [name for name, is_one in kinds.items() if not any(map(is_one, sample))]
