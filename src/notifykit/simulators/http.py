"""SendGrid's and Mailgun's HTTP API on this machine."""

from __future__ import annotations

import math
import re
import secrets
import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from notifykit.simulators.events import MailgunEvents, SendGridEvents
from notifykit.simulators.http_faults import mailgun_fault, sendgrid_faults
from notifykit.simulators.http_scenes import errors, fault
from notifykit.simulators.http_server import HttpServer
from notifykit.simulators.http_talk import Answer, Part, Request
from notifykit.simulators.rates import RateLimit
from notifykit.simulators.serving import MANAGER, SALES, SENDER

__all__ = ["Answer", "HttpServer", "MailgunServer", "Part", "Request", "SendGridServer"]


class SendGridServer(SendGridEvents, HttpServer):
    """
    Speaks like SendGrid: the key, the faults it finds in an email, its words.

    ::

        async with SendGridServer("SG.test") as server:
            await SendGridTransport("SG.test", url=server.url).send(email)
            server.taken[0].json()["subject"]

    It takes what the published description of the API allows, and nothing else.

    Args:
        key: The API key it knows.
        scopes: What the key may do.
        tls: Speak TLS with this context; left out, plain HTTP.
        limit: How many emails it takes in a while; left out, any number.
    """

    def __init__(
        self,
        key: str = "SG.test",
        *,
        scopes: Iterable[str] = ("mail.send",),
        tls: ssl.SSLContext | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        super().__init__(tls=tls, limit=limit)
        self.key = key
        self.scopes = list(scopes)

    @property
    def environ(self) -> Mapping[str, str]:
        return _environ("sendgrid", SENDGRID_API_KEY=self.key, SENDGRID_API_URL=self.url)

    def too_many(self, limit: RateLimit) -> Answer:
        """Say 429; the headers tell how many it takes, and when it takes more (Unix seconds)."""
        headers = {
            "X-RateLimit-Limit": str(limit.emails),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(math.ceil(limit.resets_at)),
        }
        return errors(429, "too many requests", headers)

    def answer(self, request: Request) -> Answer:
        """Say what SendGrid says."""
        if request.path not in ("/v3/mail/send", "/v3/scopes"):
            return errors(404, "not found")
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return errors(401, "The provided authorization grant is invalid, expired, or revoked")
        if request.path == "/v3/scopes":
            return Answer(200, {"scopes": self.scopes})
        if request.method != "POST":
            return errors(405, "POST method allowed only")
        if "mail.send" not in self.scopes:
            return errors(403, "access forbidden")
        return self._mail(request)

    def _mail(self, request: Request) -> Answer:
        if len(request.body) > 30 * 1024 * 1024:
            return errors(413, "content too large")
        if request.headers.get("content-type") != "application/json":
            return errors(415, "Content-Type should be application/json.")
        mail = request.json()
        if not isinstance(mail, dict):
            return errors(400, "Bad Request")
        faults = sendgrid_faults(mail)
        if faults:
            return Answer(400, {"errors": [fault(*found) for found in faults]})
        sandbox = mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable") is True
        headers = {"X-Message-Id": secrets.token_urlsafe(16)}
        return Answer(200) if sandbox else Answer(202, headers=headers)

    def _hands_over(self, request: Request) -> bool:
        return request.path == "/v3/mail/send"


class MailgunServer(MailgunEvents, HttpServer):
    """
    Speaks like Mailgun: the key, the domain, the faults it finds in an email, its words.

    ::

        async with MailgunServer("key-test", "example.com") as server:
            await MailgunTransport("key-test", "example.com", url=server.url).send(email)
            server.taken[0].fields()

    It takes what the published description of the API allows, and nothing else.

    Args:
        key: The API key it knows.
        domain: The domain it sends from.
        state: The domain's state.
        sending_only: The key is a sending key of the domain: it may do nothing else.
        tls: Speak TLS with this context; left out, plain HTTP.
        limit: How many emails it takes in a while; left out, any number.
    """

    def __init__(
        self,
        key: str = "key-test",
        domain: str = "example.com",
        *,
        state: str = "active",
        sending_only: bool = False,
        tls: ssl.SSLContext | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        super().__init__(tls=tls, limit=limit)
        self.key = key
        self.domain = domain
        self.state = state
        self.sending_only = sending_only

    @property
    def environ(self) -> Mapping[str, str]:
        return _environ(
            "mailgun",
            MAILGUN_API_KEY=self.key,
            MAILGUN_DOMAIN=self.domain,
            MAILGUN_API_URL=self.url,
        )

    def too_many(self, limit: RateLimit) -> Answer:
        """Say 429, and in the words when it takes more: Mailgun documents no header for that."""
        moment = datetime.fromtimestamp(math.ceil(limit.resets_at), UTC)
        words = f"Domain {self.domain} is not allowed to send: request limit exceeded"
        again = format_datetime(moment, usegmt=True)
        return Answer(429, {"message": f"{words}, try again after {again}"})

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
        form = [*request.fields(), *((file.name, "file") for file in request.files())]
        found = mailgun_fault(form)
        if found:
            return Answer(400, {"message": found})
        if self.state != "active":
            words = f"Domain {self.domain} is not allowed to send: The domain is {self.state}"
            return Answer(403, {"message": words})
        given = dict(form).get("h:Message-Id") or f"<{secrets.token_hex(12)}@{self.domain}>"
        return Answer(200, {"id": given, "message": "Queued. Thank you."})

    def _hands_over(self, request: Request) -> bool:
        return request.path.endswith("/messages")


def _environ(provider: str, **variables: str) -> Mapping[str, str]:
    return {
        "MAIL_PROVIDER": provider,
        **variables,
        "MAIL_FROM": SENDER,
        "SALES_EMAIL": SALES,
        "MANAGER_EMAIL": MANAGER,
    }
