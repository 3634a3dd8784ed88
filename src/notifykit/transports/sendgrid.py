"""SendGrid's mail API."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from base64 import b64encode
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from notifykit.diagnosis import Reply, error_for
from notifykit.message import Address, Attachment, Email
from notifykit.submission import Receipt
from notifykit.transports.addressing import literal, recipients
from notifykit.transports.base import Transport
from notifykit.transports.http import ApiKey, HttpApi, Response, cannot_carry, regional

URLS = {"us": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
MAX_SIZE = 30 * 1024 * 1024
MAX_METADATA = 10_000

_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}
_LATIN = dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True)) | {
    **{"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"},
    **{"ъ": "", "ь": "", "ю": "yu", "я": "ya"},
}


class SendGridTransport(Transport):
    """
    Sends through ``POST /v3/mail/send`` (twilio.com/docs/sendgrid/api-reference/mail-send).

    ::

        SendGridTransport("SG.…", sender=Address("shop@example.com", "Магазин"))

    Args:
        api_key: With the scope ``mail.send``.
        sender: A verified sender identity of the account.
        region: ``us`` or ``eu``; keys of an EU subuser belong to ``eu``.
        url: Another address, for tests and proxies.
        cafile: Trust these certificates (PEM) in place of the system's.

    Clicks and openings are not tracked. The Message-ID goes along as a header and reaches the
    reader, but SendGrid's events may name another: ``metadata`` (at most 10,000 bytes, no personal
    data) is what they hand back. SendGrid writes its own Date and bounce address. It garbles or
    loses attachments with other than Latin names: ``Заказ.xlsx`` arrives as ``Zakaz.xlsx``.
    An email has at most 30 MB, attachments counted as base64. To test without sending, use
    `notifykit.simulators.SendGridServer`.

    Raises:
        ConfigurationError: The key, the region or the URL cannot be right.
    """

    name = "sendgrid"

    def __init__(
        self,
        api_key: str | SecretStr,
        *,
        sender: Address | None = None,
        region: str = "us",
        url: str | None = None,
        cafile: str | None = None,
    ) -> None:
        self.sender = sender
        url = url or regional(self.name, URLS, region)
        self._api = HttpApi(self.name, url, ApiKey.bearer(api_key), cafile=cafile)

    async def send(self, email: Email) -> Receipt:
        email = email.via(self.sender)
        body = await asyncio.to_thread(_body, email)
        response = await self._api.call("POST", "/v3/mail/send", json=body)
        sandbox = response.code == HTTPStatus.OK and not response.text.strip()
        if response.code == HTTPStatus.ACCEPTED or sandbox:
            return Receipt(self.name, _message_id(response), email.envelope.rcpt_to)
        raise self._api.unreadable(response)

    async def check(self) -> None:
        """Ask which scopes the key has; ``mail.send`` must be one of them. Sends nothing."""
        response = await self._api.probe("GET", "/v3/scopes")
        found = response.json()
        scopes = found.get("scopes") if isinstance(found, dict) else None
        if not isinstance(scopes, list):
            raise self._api.refusal(Response(404, text="this address is not SendGrid's API"))
        if "mail.send" not in scopes:
            text = "access forbidden: the key has no scope mail.send"
            raise error_for(Reply(provider=self.name, stage="http", code=403, text=text))

    async def aclose(self) -> None:
        await self._api.aclose()


def _message_id(response: Response) -> str | None:
    found = response.headers.get("x-message-id", "")
    return found if re.fullmatch(r"[!-~]{1,255}", found) else None


def _body(email: Email) -> bytes:
    body = json.dumps(_payload(email), ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > MAX_SIZE:
        raise cannot_carry("sendgrid", f"{len(body):,} bytes, SendGrid takes {MAX_SIZE:,}")
    return body


def _payload(email: Email) -> dict[str, Any]:
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
    if not email.text.strip() and not (email.html or "").strip():
        raise cannot_carry("sendgrid", "SendGrid takes no email without a word in it")
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
    """Encode as RFC 2047 wants it: "You must ensure these are properly encoded"."""
    if value.isascii():
        return literal(value)
    words = (value[start : start + 10].encode() for start in range(0, len(value), 10))
    return " ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words)


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
