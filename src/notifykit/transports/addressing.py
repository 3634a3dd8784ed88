"""Who gets an email through an API that wants lists of people, not an envelope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from notifykit.message import Address, Email


@dataclass(frozen=True, slots=True)
class Recipients:
    """
    Everybody in ``email.envelope.rcpt_to``, each exactly once.

    Attributes:
        to, cc: See one another.
        bcc: Seen by nobody. Where they alone remain, ``to`` is empty, and the adapter must hide
            them from one another.
    """

    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]


def recipients(email: Email) -> Recipients:
    """
    Sort the envelope's recipients into the lists they were named in.

    An address counts once, in whatever case it is written, and in the first list that has it:
    SendGrid refuses the whole email otherwise. Whoever is in no list is a blind recipient.
    """
    waiting = {address.lower(): address for address in email.envelope.rcpt_to}
    to, cc, bcc = (_take(waiting, listed) for listed in (email.to, email.cc, email.bcc))
    bcc += tuple(Address(address) for address in waiting.values())
    return Recipients(to, cc, bcc) if to else Recipients(cc, (), bcc)


def _take(waiting: dict[str, str], listed: Iterable[Address]) -> tuple[Address, ...]:
    return tuple(address for address in listed if waiting.pop(address.email.lower(), None))


def literal(text: str) -> str:
    """Keep text for a header from being read as an encoded word (RFC 2047) of somebody's making."""
    return text.replace("=?", "= ?")
