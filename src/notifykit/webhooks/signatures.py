"""Proves that a request comes from the provider. Nothing is believed before."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from notifykit.errors import ConfigurationError
from notifykit.webhooks.refusals import Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

SIGNATURE = b"x-twilio-email-event-webhook-signature"
TIMESTAMP = b"x-twilio-email-event-webhook-timestamp"

# Two clocks never agree; beyond that, nobody signs ahead of time.
_AHEAD = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,11}")
_TOKEN = re.compile(r"[!-~]{1,200}")
_PEM = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----|\s")
_MOST_TOKENS = 10_000


class SendGridSignature:
    """
    Checks SendGrid's signature: ECDSA over P-256 with SHA-256, of the timestamp and the raw body.

    Source: twilio.com/docs/sendgrid, "Getting Started with the Event Webhook Security Features".

    Args:
        key: The verification key of the settings page: base64, or PEM.
        max_age: Of the timestamp. Nothing says whether a repeated request is signed anew, so it
            should be no shorter than SendGrid goes on trying.

    Raises:
        ConfigurationError: The key is none, or the package for it is not installed.
    """

    def __init__(self, key: str | SecretStr, *, max_age: timedelta) -> None:
        self._key = _public_key(_bare(key))
        self._max_age = max_age

    def verify(self, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> None:
        """
        Accept what SendGrid signed lately; a signed body that comes again is let through.

        Raises:
            Refused: It is not signed, wrongly signed, or too old.
        """
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - of an extra
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 - of an extra
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - of an extra

        signed, stamp = headers.get(SIGNATURE, b""), headers.get(TIMESTAMP, b"")
        signature = _decoded(signed)
        if signature is None:
            raise Refused(HTTPStatus.FORBIDDEN, "the signature is missing or no base64")
        try:
            self._key.verify(signature, stamp + body, ECDSA(SHA256()))
        except InvalidSignature:
            raise Refused(HTTPStatus.FORBIDDEN, "the signature is wrong") from None
        check_age(stamp.decode("latin-1"), now, self._max_age)


@dataclass(frozen=True, slots=True)
class MailgunSigned:
    """
    What Mailgun signed: the moment and a token that it uses once.

    Its signature does not cover the event itself.
    """

    timestamp: str
    token: str


class MailgunSignature:
    """
    Checks Mailgun's signature: HMAC-SHA256 of timestamp and token.

    Source: documentation.mailgun.com, "Securing Webhooks".

    A token that was used is not taken again: this process remembers the newest 10,000 of the time
    in which they would still be taken. Other processes know it as the id of the event that was
    kept with it.

    Args:
        key: The HTTP webhook signing key; not the API key.
        max_age: Of the timestamp; as with `SendGridSignature`.

    Raises:
        ConfigurationError: The key is empty.
    """

    def __init__(self, key: str | SecretStr, *, max_age: timedelta) -> None:
        self._key = _bare(key).encode()
        if not self._key:
            raise ConfigurationError("MAILGUN_WEBHOOK_KEY is empty")
        self._max_age = max_age
        self._used: OrderedDict[str, datetime] = OrderedDict()

    def verify(self, payload: Mapping[str, Any], now: datetime) -> MailgunSigned:
        """
        Accept what Mailgun signed lately and what was not used before.

        Args:
            payload: The JSON body; only ``signature`` and ``parent-signature`` are looked at. The
                latter is a parent account's, of an event of its subaccount.
            now: Aware.

        Raises:
            Refused: It is not signed, wrongly signed, too old, or came before.
        """
        given = (payload.get(name) for name in ("signature", "parent-signature"))
        signed = next((one for one in map(self._signed, given) if one), None)
        if signed is None:
            raise Refused(HTTPStatus.FORBIDDEN, "the signature is missing or wrong")
        check_age(signed.timestamp, now, self._max_age)
        if signed.token in self._used:
            # 406 is Mailgun's word for: do not try again.
            raise Refused(HTTPStatus.NOT_ACCEPTABLE, "this token was used before")
        return signed

    def remember(self, signed: MailgunSigned, now: datetime) -> None:
        """Take a token no more. Only what was kept is used up: a failure is to be tried again."""
        self._used[signed.token] = now
        while len(self._used) > _MOST_TOKENS or now - next(iter(self._used.values())) > (
            self._max_age + _AHEAD
        ):
            self._used.popitem(last=False)

    def _signed(self, given: Any) -> MailgunSigned | None:
        if not isinstance(given, Mapping):
            return None
        stamp, token = _text(given, "timestamp", _SECONDS), _text(given, "token", _TOKEN)
        said = given.get("signature")
        if not stamp or not token or not isinstance(said, str):
            return None
        right = hmac.new(self._key, (stamp + token).encode(), "sha256").hexdigest()
        is_right = hmac.compare_digest(right.encode(), said.encode("utf-8", "replace"))
        return MailgunSigned(stamp, token) if is_right else None


def check_age(stamp: str, now: datetime, max_age: timedelta) -> None:
    """
    Accept a timestamp in Unix seconds that is neither old nor ahead.

    Raises:
        Refused: It is one of both, or no timestamp.
    """
    if not _SECONDS.fullmatch(stamp):
        raise Refused(HTTPStatus.FORBIDDEN, "the timestamp is malformed")
    age = timedelta(seconds=now.timestamp() - int(stamp))
    if not -_AHEAD <= age <= max_age:
        raise Refused(HTTPStatus.FORBIDDEN, "the timestamp is too old, or ahead of this clock")


def _bare(key: str | SecretStr) -> str:
    return (key.get_secret_value() if isinstance(key, SecretStr) else key).strip()


def _decoded(text: bytes) -> bytes | None:
    try:
        decoded = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # One signature has one spelling.
    return decoded if decoded and b64encode(decoded) == text else None


def _public_key(key: str) -> EllipticCurvePublicKey:
    load, elliptic = _cryptography()
    wrong = (
        "SENDGRID_WEBHOOK_KEY is not the verification key: copy it from Settings, Mail Settings, "
        "Event Webhook; it begins with MFkw"
    )
    try:
        public = load(b64decode(_PEM.sub("", key), validate=True))
    except Exception as error:  # several libraries read it, each with errors of its own
        raise ConfigurationError(wrong) from error
    if not isinstance(public, elliptic.EllipticCurvePublicKey) or public.key_size != 256:  # noqa: PLR2004 - P-256
        raise ConfigurationError(wrong)
    return cast("EllipticCurvePublicKey", public)


def _cryptography() -> tuple[Callable[[bytes], Any], Any]:
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - of an extra
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise ConfigurationError(
            "SendGrid's events need the package cryptography: "
            "pip install 'notifykit-mail[webhooks]'"
        ) from error
    return serialization.load_der_public_key, ec


def _text(given: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    value = given.get(name)
    # Hashed as it was written; a bare number is what JSON writers of other versions send.
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and shape.fullmatch(text) else ""
