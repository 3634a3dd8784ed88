"""
What the two HTTP APIs take: the names of their fields, and what goes into each.

Said in our own words after twilio.com/docs/sendgrid/api-reference/mail-send and
documentation.mailgun.com, "Messages"; the tests hold it against the published descriptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_PERSON = {"email": str, "name": str}
_ENABLE = {"enable": bool}
_TEXTS: dict[str, Any] = {"*": str}
_ANY = object

# A shape is a type, a list of one shape, or names with a shape each; "*" stands for any name.
SENDGRID: Mapping[str, Any] = {
    "personalizations": [
        {
            "from": _PERSON,
            "to": [_PERSON],
            "cc": [_PERSON],
            "bcc": [_PERSON],
            "subject": str,
            "headers": _TEXTS,
            "substitutions": _TEXTS,
            "dynamic_template_data": {"*": _ANY},
            "custom_args": _TEXTS,
            "send_at": int,
        }
    ],
    "from": _PERSON,
    "reply_to": _PERSON,
    "reply_to_list": [_PERSON],
    "subject": str,
    "content": [{"type": str, "value": str}],
    "attachments": [
        {"content": str, "type": str, "filename": str, "disposition": str, "content_id": str}
    ],
    "template_id": str,
    "headers": _TEXTS,
    "categories": [str],
    "custom_args": _TEXTS,
    "send_at": int,
    "batch_id": str,
    "asm": {"group_id": int, "groups_to_display": [int]},
    "ip_pool_name": str,
    "mail_settings": {
        "bypass_list_management": _ENABLE,
        "bypass_spam_management": _ENABLE,
        "bypass_bounce_management": _ENABLE,
        "bypass_unsubscribe_management": _ENABLE,
        "footer": {**_ENABLE, "text": str, "html": str},
        "sandbox_mode": _ENABLE,
    },
    "tracking_settings": {
        "click_tracking": {**_ENABLE, "enable_text": bool},
        "open_tracking": {**_ENABLE, "substitution_tag": str},
        "subscription_tracking": {**_ENABLE, "text": str, "html": str, "substitution_tag": str},
        "ganalytics": {
            **_ENABLE,
            "utm_source": str,
            "utm_medium": str,
            "utm_term": str,
            "utm_content": str,
            "utm_campaign": str,
        },
    },
}
SENDGRID_RESERVED_HEADERS = frozenset(
    [
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    ]
)

_SWITCH = frozenset({"yes", "no", "true", "false"})

# Each field of the form; where it takes certain words only, these.
MAILGUN: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        [
            "from",
            "to",
            "cc",
            "bcc",
            "subject",
            "text",
            "html",
            "amp-html",
            "attachment",
            "inline",
            "template",
            "t:version",
            "t:variables",
            "o:tag",
            "o:secondary-dkim",
            "o:secondary-dkim-public",
            "o:deliverytime",
            "o:deliver-within",
            "o:deliverytime-optimize-period",
            "o:time-zone-localize",
            "o:sending-ip",
            "o:sending-ip-pool",
            "o:archive-to",
            "o:suppress-headers",
            "recipient-variables",
        ],
        frozenset[str](),
    ),
    **dict.fromkeys(["t:text", "o:testmode"], frozenset({"yes"})),
    **dict.fromkeys(
        ["o:dkim", "o:tracking-opens", "o:require-tls", "o:skip-verification"], _SWITCH
    ),
    **dict.fromkeys(
        ["o:tracking", "o:tracking-clicks", "o:tracking-pixel-location-top"],
        _SWITCH | {"htmlonly"},
    ),
}
_MAILGUN_OWN_NAMES = re.compile(r"h:[!-9;-~]+|v:.+")  # RFC 5322, 2.2; and any variable

_NAMES = {dict: "object", list: "array", str: "string", int: "integer", bool: "boolean"}


def misfits(found: Any, shape: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """
    Find what does not fit a shape.

    Returns:
        For each misfit the words that SendGrid has for it, and the field.
    """
    kind = type(shape) if isinstance(shape, dict | list) else shape
    if not _is(found, kind):
        given = "null" if found is None else _NAMES.get(type(found), type(found).__name__)
        yield f"Invalid type. Expected: {_NAMES[kind]}, given: {given}.", where
    elif isinstance(shape, list):
        for number, one in enumerate(found):
            yield from misfits(one, shape[0], _below(where, str(number)))
    elif isinstance(shape, dict):
        for name, value in found.items():
            if expected := shape.get(name, shape.get("*")):
                yield from misfits(value, expected, _below(where, name))
            else:
                yield f"Additional property {name} is not allowed", _below(where, name)


def _is(found: Any, kind: type) -> bool:
    return isinstance(found, kind) and (kind is not int or not isinstance(found, bool))


def _below(where: str, name: str) -> str:
    return f"{where}.{name}".removeprefix(".")


def unknown_fields(form: Iterable[tuple[str, str]]) -> list[str]:
    """Say of each field of a form for Mailgun that it has no such name, or takes no such word."""
    return [fault for name, value in form if (fault := _field_fault(name, value))]


def _field_fault(name: str, value: str) -> str | None:
    if _MAILGUN_OWN_NAMES.fullmatch(name):
        return None
    if name not in MAILGUN:
        return f"'{name}' is not a parameter of this endpoint"
    words = MAILGUN[name]
    wrong = words and value not in words
    return f"{name} must be one of {', '.join(sorted(words))}" if wrong else None
