"""An email in SendGrid's words (twilio.com/docs/sendgrid/api-reference/mail-send)."""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64encode
from typing import Any

from notifykit.message import Address, Attachment, Email
from notifykit.mime.words import encoded_words
from notifykit.transports.addressing import literal, recipients
from notifykit.transports.http import cannot_carry

MAX_SIZE = 30 * 1024 * 1024
MAX_METADATA = 10_000

_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}
_LATIN = dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True))
_LATIN |= {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"}
_LATIN |= {"ъ": "", "ь": "", "ю": "yu", "я": "ya"}


def encoded(email: Email) -> bytes:
    """
    Write the finished body.

    Raises:
        RejectedError: Something in it is more than SendGrid takes, or nothing it can carry.
    """
    body = json.dumps(payload(email), ensure_ascii=False).encode()
    if len(body) > MAX_SIZE:
        raise cannot_carry("sendgrid", f"{len(body):,} bytes, SendGrid takes {MAX_SIZE:,}")
    return body


def payload(email: Email) -> dict[str, Any]:
    """
    Say everything in the email in SendGrid's words.

    Raises:
        RejectedError: SendGrid has no word for it.
    """
    _refuse_what_cannot_be_carried(email)
    return {
        "personalizations": _personalizations(email),
        "from": _person(email.sender),
        **_reply_to(email),
        "subject": literal(email.subject),
        "content": _content(email),
        "headers": {"Message-ID": email.message_id}
        | {name: _header(value) for name, value in email.headers.items()},
        "tracking_settings": _TRACKING,
        **({"custom_args": dict(email.metadata)} if email.metadata else {}),
        **(
            {"attachments": [_file(file) for file in email.attachments]}
            if email.attachments
            else {}
        ),
    }


def _refuse_what_cannot_be_carried(email: Email) -> None:
    for name in email.headers:
        if name.lower() in ("x-sg-id", "x-sg-eid"):
            raise cannot_carry("sendgrid", f"the header {name} belongs to SendGrid")
    for attachment in email.attachments:
        if not attachment.content:
            raise cannot_carry("sendgrid", f"{attachment.filename} is empty, SendGrid refuses that")
    if len(json.dumps(dict(email.metadata), ensure_ascii=False).encode()) > MAX_METADATA:
        raise cannot_carry("sendgrid", f"more than {MAX_METADATA:,} bytes of metadata")


def _personalizations(email: Email) -> list[dict[str, Any]]:
    people = recipients(email)
    if not people.to:
        # Each gets a copy of their own, or they would see one another.
        return [{"to": [_recipient(address)]} for address in people.bcc]
    lists = {"to": people.to, "cc": people.cc, "bcc": people.bcc}
    return [{name: [_recipient(one) for one in listed] for name, listed in lists.items() if listed}]


def _recipient(address: Address) -> dict[str, str]:
    person = _person(address)
    # Unquoted, a comma in a recipient's name ends the name (sendgrid-python, issues 291 and 578).
    if re.search("[,;]", address.name):
        person["name"] = '"' + re.sub(r'(["\\])', r"\\\1", person["name"]) + '"'
    return person


def _person(address: Address) -> dict[str, str]:
    return {"email": address.email} | ({"name": literal(address.name)} if address.name else {})


def _reply_to(email: Email) -> dict[str, Any]:
    people = list({address.email.lower(): _person(address) for address in email.reply_to}.values())
    if len(people) == 1:
        return {"reply_to": people[0]}
    return {"reply_to_list": people} if people else {}


def _content(email: Email) -> list[dict[str, str]]:
    # 400 "… text/plain must be first", and no value may be empty.
    bodies = (("text/plain", email.text), ("text/html", email.html or ""))
    return [{"type": kind, "value": body} for kind, body in bodies if body.strip()]


def _header(value: str) -> str:
    # "You must ensure these are properly encoded if they contain unicode characters."
    return literal(value) if value.isascii() else " ".join(encoded_words(value))


def _file(attachment: Attachment) -> dict[str, str]:
    inline = {"disposition": "inline", "content_id": attachment.content_id or ""}
    return {
        "content": b64encode(attachment.content).decode(),
        "filename": _filename(attachment.filename),
        "type": attachment.content_type,
        **(inline if attachment.content_id else {"disposition": "attachment"}),
    }


def _filename(name: str) -> str:
    latin = "".join(_letter(letter) for letter in unicodedata.normalize("NFC", name))
    bare = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    return re.sub(r"[^ !#-)+-.0-9=@-\[\]-{}~]", "_", bare)


def _letter(letter: str) -> str:
    latin = _LATIN.get(letter.lower(), letter)
    return latin.capitalize() if letter.isupper() else latin
