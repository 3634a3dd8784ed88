"""An email as the form of Mailgun's messages API (documentation.mailgun.com, "Messages")."""

from __future__ import annotations

import json
import re
from email.utils import format_datetime

from notifykit.message import Address, Email
from notifykit.transports.addressing import literal, recipients
from notifykit.transports.http import Field, File, cannot_carry

MAX_SIZE = 25 * 1024 * 1024
MAX_OPTIONS = 16 * 1024

_OPTIONS = [("o:tracking", "no"), ("o:tracking-clicks", "no"), ("o:tracking-opens", "no")]


def fields(email: Email) -> list[Field]:
    """
    Say everything in the email but its files in Mailgun's words.

    Raises:
        RejectedError: Mailgun has no word for it, or takes no more.
    """
    options = _options(email)
    form = [
        ("from", _person(email.sender)),
        *_people(email),
        ("subject", literal(email.subject)),
        ("text", email.text),
        *([("html", email.html)] if email.html else []),
        *options,
    ]
    _refuse_what_cannot_be_carried(email, form, options)
    return form


def _refuse_what_cannot_be_carried(email: Email, form: list[Field], options: list[Field]) -> None:
    if not all(re.fullmatch("[!#-~]+", key) for key in email.metadata):
        raise cannot_carry("mailgun", "names in the metadata must be Latin, without spaces")
    if _size(options) > MAX_OPTIONS:
        raise cannot_carry("mailgun", f"more than {MAX_OPTIONS:,} bytes of headers and metadata")
    size = _size(form) + sum(len(attachment.content) for attachment in email.attachments)
    if size > MAX_SIZE:
        raise cannot_carry("mailgun", f"{size:,} bytes, Mailgun takes {MAX_SIZE:,}")


def _size(form: list[Field]) -> int:
    return sum(len(name) + len(value.encode()) for name, value in form)


def _people(email: Email) -> list[Field]:
    people = recipients(email)
    if not people.to:
        # With variables of their own, empty ones too, each recipient sees only themselves.
        alone = json.dumps({address.email: {} for address in people.bcc})
        return [*(("to", _person(one)) for one in people.bcc), ("recipient-variables", alone)]
    lists = (("to", people.to), ("cc", people.cc), ("bcc", people.bcc))
    return [(name, _person(address)) for name, listed in lists for address in listed]


def _person(address: Address) -> str:
    name = literal(address.name)
    if not name.isascii():
        # Beside such letters Mailgun shows the quotes that ( ) , and " need (django-anymail #270).
        name = " ".join(re.sub(r'[()<>\[\]:;@\\,"]', " ", name).split())
    elif re.search(r"[^A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]", name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{address.email}>" if name else address.email


def _options(email: Email) -> list[Field]:
    headers = {"Message-Id": email.message_id, "Date": format_datetime(email.date)}
    if email.reply_to:
        headers["Reply-To"] = ", ".join(_person(address) for address in email.reply_to)
    headers |= {name: literal(value) for name, value in email.headers.items()}
    return [
        *((f"h:{name}", value) for name, value in headers.items()),
        *((f"v:{name}", value) for name, value in email.metadata.items()),
        *([("o:suppress-headers", "X-Mailgun-Variables")] if email.metadata else []),
        *_OPTIONS,
    ]


def files(email: Email) -> list[File]:
    """Give the files: each needs a name, Mailgun drops it silently otherwise."""
    return [
        ("inline", (attachment.content_id, attachment.content, attachment.content_type))
        if attachment.content_id
        else (
            "attachment",
            (attachment.filename.replace('"', "'"), attachment.content, attachment.content_type),
        )
        for attachment in email.attachments
    ]
