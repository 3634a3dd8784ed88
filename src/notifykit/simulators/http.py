"""SendGrid's and Mailgun's HTTP API on this machine."""

from __future__ import annotations

import re
import secrets
import ssl
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from notifykit.simulators.http_server import Answer, HttpServer, Part, Request

__all__ = ["Answer", "HttpServer", "MailgunServer", "Part", "Request", "SendGridServer"]


class SendGridServer(HttpServer):
    """
    Speaks like SendGrid: the key, the faults it finds in an email, its words.

    ::

        async with SendGridServer("SG.test") as server:
            await SendGridTransport("SG.test", url=server.url).send(email)
            server.taken[0].json()["subject"]

    Args:
        key: The API key it knows.
        scopes: What the key may do.
        tls: Speak TLS with this context; left out, plain HTTP.
    """

    def __init__(
        self,
        key: str = "SG.test",
        *,
        scopes: Iterable[str] = ("mail.send",),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(tls=tls)
        self.key = key
        self.scopes = list(scopes)

    def answer(self, request: Request) -> Answer:
        """Say what SendGrid says."""
        if request.path not in ("/v3/mail/send", "/v3/scopes"):
            return _errors(404, "not found")
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _errors(401, "The provided authorization grant is invalid, expired, or revoked")
        if request.path == "/v3/scopes":
            return Answer(200, {"scopes": self.scopes})
        if request.method != "POST":
            return _errors(405, "POST method allowed only")
        if "mail.send" not in self.scopes:
            return _errors(403, "access forbidden")
        return self._mail(request)

    def _mail(self, request: Request) -> Answer:
        if len(request.body) > 30 * 1024 * 1024:
            return _errors(413, "content too large")
        if request.headers.get("content-type") != "application/json":
            return _errors(415, "Content-Type should be application/json.")
        mail = request.json()
        if not isinstance(mail, dict):
            return _errors(400, "Bad Request")
        faults = [fault for fault in _sendgrid_faults(mail) if fault]
        if faults:
            return Answer(400, {"errors": faults})
        sandbox = mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable") is True
        headers = {"X-Message-Id": secrets.token_urlsafe(16)}
        return Answer(200) if sandbox else Answer(202, headers=headers)

    def _hands_over(self, request: Request) -> bool:
        return request.path == "/v3/mail/send"


def _errors(code: int, message: str) -> Answer:
    return Answer(code, {"errors": [_fault(message, None)]})


def _fault(message: str, where: str | None) -> dict[str, str | None]:
    return {"message": message, "field": where, "help": None}


def _sendgrid_faults(mail: dict[str, Any]) -> Iterable[dict[str, str | None] | None]:
    blocks = mail.get("personalizations") or []
    kinds = [content.get("type") for content in mail.get("content") or []]
    people = [
        person["email"].lower()
        for block in blocks
        for name in ("to", "cc", "bcc")
        for person in block.get(name, [])
    ]
    if not blocks or not all(block.get("to") for block in blocks):
        yield _fault(
            "The personalizations field is required and must have at least one personalization.",
            "personalizations",
        )
    if len(people) != len(set(people)):
        yield _fault(
            "Each unique email address in the personalizations array should only be included once",
            "personalizations",
        )
    if not mail.get("from"):
        yield _fault("The from object must be provided for every email send.", "from.email")
    if not mail.get("subject"):
        yield _fault("The subject is required.", "subject")
    if not kinds:
        yield _fault("Unless a valid template_id is provided, content is required.", "content")
    if kinds[1:].count("text/plain"):
        yield _fault("text/plain must be first, followed by text/html", "content")


class MailgunServer(HttpServer):
    """
    Speaks like Mailgun: the key, the domain, the faults it finds in an email, its words.

    ::

        async with MailgunServer("key-test", "example.com") as server:
            await MailgunTransport("key-test", "example.com", url=server.url).send(email)
            server.taken[0].fields()

    Args:
        key: The API key it knows.
        domain: The domain it sends from.
        state: The domain's state.
        sending_only: The key is a sending key of the domain: it may do nothing else.
        tls: Speak TLS with this context; left out, plain HTTP.
    """

    def __init__(
        self,
        key: str = "key-test",
        domain: str = "example.com",
        *,
        state: str = "active",
        sending_only: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(tls=tls)
        self.key = key
        self.domain = domain
        self.state = state
        self.sending_only = sending_only

    def answer(self, request: Request) -> Answer:
        """Say what Mailgun says."""
        found = re.fullmatch(r"/(v3/([^/]+)/messages|v4/domains/([^/]+))", request.path)
        if not found:
            return Answer(200, "Mailgun Magnificent API")
        login = b64encode(f"api:{self.key}".encode()).decode()
        asks_state = found[3] is not None
        if request.headers.get("authorization") != f"Basic {login}" or (
            asks_state and self.sending_only
        ):
            return Answer(401, "Forbidden")
        if (found[2] or found[3]) != self.domain:
            return Answer(404, {"message": f"Domain not found: {found[2] or found[3]}"})
        if asks_state:
            return Answer(200, {"domain": {"name": self.domain, "state": self.state}})
        return self._mail(request)

    def _mail(self, request: Request) -> Answer:
        fields = dict(request.fields())
        for name in ("from", "to", "subject"):
            if not fields.get(name):
                return Answer(400, {"message": f"{name} parameter is missing"})
        if not fields.get("text") and not fields.get("html"):
            words = "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters"
            return Answer(400, {"message": f"{words} specified."})
        if self.state != "active":
            words = f"Domain {self.domain} is not allowed to send: The domain is {self.state}"
            return Answer(403, {"message": words})
        given = fields.get("h:Message-Id") or f"<{secrets.token_hex(12)}@{self.domain}>"
        return Answer(200, {"id": given, "message": "Queued. Thank you."})

    def _hands_over(self, request: Request) -> bool:
        return request.path.endswith("/messages")
