"""Whatever stands in an event, an event or nothing comes out."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.submission import Event
from notifykit.webhooks import mailgun, sendgrid
from notifykit.webhooks.reading import Batch, Fields, Note, code_in, parsed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["550 5.1.1 no", "5.1.1", "605", "temporary", "suppress-bounce", "\ud800"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
of_sendgrid = st.dictionaries(
    st.sampled_from(
        ["email", "sg_event_id", "timestamp", "reason", "response", "status", "smtp-id", "type"]
    ),
    anything,
)
of_mailgun = st.fixed_dictionaries(
    {},
    optional={
        "recipient": anything,
        "timestamp": anything,
        "severity": anything,
        "reason": anything,
        "user-variables": anything | st.fixed_dictionaries({"submission_id": anything}),
        "delivery-status": anything
        | st.dictionaries(st.sampled_from(["code", "message", "enhanced-code"]), anything),
        "message": anything | st.fixed_dictionaries({"headers": anything}),
        "reject": anything,
    },
)


def is_an_event(batch: Batch) -> bool:
    """Each field is of its type, short enough, and harmless."""
    return all(
        isinstance(note, Note)
        and all(
            value is None
            or not isinstance(value, str)
            or (len(value) <= 2_000 and "\0" not in value and value.encode() is not None)
            for value in (getattr(note.event, one.name) for one in fields(Event))
        )
        and note.event.occurred_at.tzinfo is not None
        and isinstance(note.event.code, int | None)
        for note in batch.notes
    )


@given(event=st.sampled_from(sorted(sendgrid.KINDS)) | anything, values=of_sendgrid | anything)
def test_nothing_that_sendgrid_could_send_breaks_the_reader(event, values) -> None:
    told = [{**values, "event": event} if isinstance(values, dict) else values]
    batch = Batch.read(told, lambda found: sendgrid.note(found, NOW))

    assert 1 == len(batch.notes) + batch.ignored + batch.malformed
    assert is_an_event(batch)


@given(event=st.sampled_from(sorted(mailgun.KINDS)) | anything, values=of_mailgun | anything)
def test_nothing_that_mailgun_could_send_breaks_the_reader(event, values) -> None:
    told = [{**values, "event": event} if isinstance(values, dict) else values]
    batch = Batch.read(told, lambda found: mailgun.note(found, "token", NOW))

    assert 1 == len(batch.notes) + batch.ignored + batch.malformed
    assert is_an_event(batch)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 500_000, b"9" * 5_000])
def test_what_is_no_json_is_a_value_error_and_nothing_worse(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are those of the json module
        parsed(body)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 no", 550),
        ("  421-later", 421),
        ("5500 no", None),
        ("no 550", None),
        ("199", None),
        ("", None),
        (None, None),
    ],
)
def test_a_code_stands_at_the_beginning(text, code) -> None:
    assert code == code_in(text)


def test_a_long_text_is_cut_and_a_long_name_is_none() -> None:
    found = Fields({"reason": "x" * 100_000, "email": "x" * 1_000})

    assert 2_000 == len(found.words("reason") or "")
    assert found.text("email") is None
