"""
The faults that SendGrid and Mailgun find in a request, in their words where they are known.

SendGrid's are those of twilio.com/docs/sendgrid/api-reference/mail-send/errors. Both are a little
stricter here than there: a name that nobody knows is a fault, not overlooked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from notifykit.simulators.contracts import (
    SENDGRID,
    SENDGRID_RESERVED_HEADERS,
    misfits,
    unknown_fields,
)

_MOST_RECIPIENTS = 1_000
_MOST_CATEGORIES = 10
_MOST_METADATA = 10_000
_MOST_OPTIONS = 16 * 1024

Fault = tuple[str, str]


def sendgrid_faults(mail: Any) -> list[Fault]:
    """Find what SendGrid answers 400 for: the words, and the field."""
    # What has the wrong shape cannot be asked for anything else.
    return list(misfits(mail, SENDGRID)) or list(_missing(mail)) or list(_refused(mail))


def _missing(mail: dict[str, Any]) -> Iterator[Fault]:
    blocks = mail.get("personalizations")
    if not blocks or not all(block.get("to") for block in blocks):
        yield (
            "The personalizations field is required and must have at least one personalization.",
            "personalizations",
        )
    if not mail.get("from", {}).get("email"):
        yield "The from object must be provided for every email send.", "from.email"
    if not mail.get("subject"):
        yield "The subject is required.", "subject"
    if not mail.get("content") and not mail.get("template_id"):
        yield "Unless a valid template_id is provided, content is required.", "content"
    for number, content in enumerate(mail.get("content", [])):
        if not content.get("value"):
            yield (
                "The content value must be a string at least one character in length.",
                f"content.{number}.value",
            )


def _refused(mail: dict[str, Any]) -> Iterator[Fault]:
    yield from _refused_people(mail["personalizations"])
    yield from _refused_bodies([content.get("type") for content in mail.get("content", [])])
    yield from _refused_files(mail.get("attachments", []))
    if any(name.lower() in SENDGRID_RESERVED_HEADERS for name in mail.get("headers", {})):
        yield "A reserved header cannot be set.", "headers"
    if len(mail.get("categories", [])) > _MOST_CATEGORIES:
        yield "You can have no more than 10 categories.", "categories"
    if len(json.dumps(mail.get("custom_args", {}), ensure_ascii=False).encode()) > _MOST_METADATA:
        yield "The custom_args may not exceed 10000 bytes.", "custom_args"
    if "reply_to" in mail and "reply_to_list" in mail:
        yield "Only one of reply_to and reply_to_list may be provided.", "reply_to"


def _refused_bodies(kinds: list[str]) -> Iterator[Fault]:
    if "text/plain" in kinds[1:]:
        words = "If present, text/plain must be first, followed by text/html, followed by any other"
        yield f"{words} content.", "content"
    if kinds.count("text/plain") > 1 or kinds.count("text/html") > 1:
        yield "If present, text/plain and text/html may only be provided once.", "content"


def _refused_files(files: list[dict[str, str]]) -> Iterator[Fault]:
    for number, file in enumerate(files):
        where = f"attachments.{number}"
        if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", file.get("content", "")):
            yield "The attachment content must be base64 encoded.", f"{where}.content"
        if not file.get("filename"):
            yield "The attachment filename is required.", f"{where}.filename"


def _refused_people(blocks: list[dict[str, Any]]) -> Iterator[Fault]:
    people = [
        (person.get("email") or "").lower()
        for block in blocks
        for name in ("to", "cc", "bcc")
        for person in block.get(name, [])
    ]
    if not all(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost", who) for who in people):
        yield "Does not contain a valid address.", "personalizations"
    if len(people) != len(set(people)):
        yield (
            "Each unique email address in the personalizations array should only be included once",
            "personalizations",
        )
    if len(people) > _MOST_RECIPIENTS:
        yield "The mail exceeds the limit of 1000 total recipients.", "personalizations"


def mailgun_fault(form: Iterable[tuple[str, str]]) -> str | None:
    """Find the first thing that Mailgun answers 400 for."""
    form = list(form)
    given = {name for name, value in form if value}
    for name in ("from", "to", "subject"):
        if name not in given:
            return f"{name} parameter is missing"
    if not given & {"text", "html", "amp-html", "template"}:
        words = "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters"
        return f"{words} specified."
    if sum(name in ("to", "cc", "bcc") for name, _ in form) > _MOST_RECIPIENTS:
        return f"Too many recipients, max is {_MOST_RECIPIENTS}"
    options = (name + value for name, value in form if re.match("[ohv]:", name))
    if sum(len(option.encode()) for option in options) > _MOST_OPTIONS:
        return "Send options (parameters starting with o:, h:, or v:) are limited to 16KB total"
    return next(iter(unknown_fields(form)), None)
