"""SMTP hosts and how to talk to them: a provider that speaks SMTP is a row of this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Security(StrEnum):
    """
    How the connection is protected. It is always said, never found out by trying.

    ``IMPLICIT``: TLS from the first byte (RFC 8314). ``STARTTLS``: asked for, and required, before
    the login. ``NONE``: in clear, for servers on this machine.
    """

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Relay:
    """
    An SMTP host.

    Attributes:
        provider: Names the rows of the table of diagnoses.
        host, port, security: Where and how.
    """

    provider: str
    host: str
    port: int
    security: Security


RELAYS = {
    relay.provider: relay
    for relay in (
        Relay("gmail", "smtp.gmail.com", 587, Security.STARTTLS),
        # 465 is the port that Yandex documents.
        Relay("yandex", "smtp.yandex.ru", 465, Security.IMPLICIT),
        Relay("sendgrid", "smtp.sendgrid.net", 587, Security.STARTTLS),
        Relay("mailgun", "smtp.mailgun.org", 587, Security.STARTTLS),
    )
}
