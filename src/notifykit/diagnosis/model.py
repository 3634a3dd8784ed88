"""The words of a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """Whose matter a refusal is."""

    CREDENTIAL = "credential"
    CONFIG = "config"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    QUOTA = "quota"
    RATE = "rate"
    PROVIDER = "provider"
    ACCOUNT = "account"
    NETWORK = "network"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """Whether trying again helps."""

    NO = "no"
    LATER = "later"
    HOLD = "hold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    What was heard from a provider, or from the network in its place.

    Attributes:
        provider: ``gmail``, ``yandex``, ``sendgrid``, ``mailgun``, ``smtp`` …; the HTTP and the
            SMTP side of a provider differ by their stage.
        stage: ``connect``, ``tls``, ``ehlo``, ``auth``, ``mail``, ``rcpt``, ``data``, ``content``
            (the answer to the finished content) or ``http``.
        code: SMTP or HTTP status code.
        enhanced_code: RFC 3463 code such as ``5.7.8``; taken from the text where it stands there.
        text: The words, lines joined by a newline.
    """

    provider: str
    stage: str
    code: int | None = None
    enhanced_code: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """
    A cause with its advice.

    Attributes:
        id: Stable name, such as ``gmail.app-password-required``; this is what is stored.
        kind: Whose matter it is.
        retry: Whether trying again helps.
        hold: For how long the provider should be left alone; ``None``: not held.
        link: The provider's own page about it.
    """

    id: str
    kind: Kind
    retry: Retry
    causes: Mapping[str, str]
    advices: Mapping[str, str]
    hold: timedelta | None = None
    link: str | None = None

    def cause(self, locale: str) -> str:
        """Say in one sentence what is wrong, in ``ru`` or ``en``."""
        return self.causes[locale]

    def advice(self, locale: str) -> str:
        """Say what to do, in ``ru`` or ``en``."""
        return self.advices[locale]
