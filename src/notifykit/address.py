"""Mailboxes: read, checked, and in the one spelling that every provider takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import idna

from notifykit.cleaning import at_most, limited_line, shown
from notifykit.errors import InvalidEmailError

MAX_NAME = 128
MAX_RECIPIENTS = 50

_MAX_ADDRESS = 254  # RFC 3696, erratum 1690
_MAX_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
_MAX_WRITTEN = 1_024  # an address with its name, as somebody typed it

# RFC 5322 dot-atom; quoted local parts exist on paper only, and are a known way to smuggle text.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LIKE_ENCODED_WORD = re.compile(r"=\?[^?]*\?")  # some decode it, and have another address then
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP_LEVEL = re.compile(r"[a-z].*")  # a number there is an IP address: RFC 3696, 2
_SEPARATOR = re.compile(r"[,;@<>]")  # what could be a second address
_TELLING = re.compile(rf'{_SEPARATOR.pattern}|^"')  # what has to stand in quotes to be read again
_QUOTED_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Address:
    """
    A mailbox, with the name of whoever reads it.

    The domain is kept in its ASCII form (IDNA 2008 with UTS 46), because Yandex and SendGrid take
    no other; the part before the @ must be ASCII for the same reason.

    Raises:
        InvalidEmailError: This is not an address that every provider can take.
    """

    email: str
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "email", _mailbox(self.email))
        if len(self.name) > 0:
            name = limited_line(self.name, MAX_NAME, "characters in the name of", self.email)
            object.__setattr__(self, "name", name)

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read ``a@example.com`` or ``Имя <a@example.com>``.

        Raises:
            InvalidEmailError: It is not exactly one address. A name with a comma, semicolon or @ in
                it, which could be a second address, has to stand in quotes.
        """
        at_most(_MAX_WRITTEN, len(text), "characters in", "an address")
        text = text.strip()
        if not text.endswith(">"):
            return cls(text)
        name, opened, email = text[:-1].rpartition("<")
        name = name.strip()
        if quoted := _QUOTED_NAME.fullmatch(name):
            name = re.sub(r"\\(.)", r"\1", quoted[1])
        elif not opened or _SEPARATOR.search(name):
            raise InvalidEmailError(f"{shown(text)} is not one address: put the name in quotes")
        return cls(email.strip(" "), name)

    def __str__(self) -> str:
        """Write it so that `parse` reads the same address."""
        if not self.name:
            return self.email
        if not _TELLING.search(self.name):
            return f"{self.name} <{self.email}>"
        quoted = re.sub(r'(["\\])', r"\\\1", self.name)
        return f'"{quoted}" <{self.email}>'


# The same few people get most of the mail. What is refused is not remembered.
@lru_cache(maxsize=1_000)
def _mailbox(text: str) -> str:
    at_most(_MAX_ADDRESS, len(text), "characters in", "an address")
    local, at, domain = text.rpartition("@")
    if not at:
        raise InvalidEmailError(f"{shown(text)} is not an email address: write name@example.com")
    if not local.isascii():
        raise InvalidEmailError(
            f"{shown(text)}: letters before the @ must be Latin, most providers take no others"
        )
    if len(local) > _MAX_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        raise InvalidEmailError(f"{shown(text)} is not an email address: wrong before the @")
    if _LIKE_ENCODED_WORD.search(local):
        raise InvalidEmailError(f"{shown(text)} is not an email address: it hides another text")
    mailbox = f"{local}@{_domain(domain, text)}"
    at_most(_MAX_ADDRESS, len(mailbox), "characters in", "an address")
    return mailbox


def _domain(domain: str, text: str) -> str:
    try:
        labels = _ascii(domain).split(".")
    except (idna.IDNAError, UnicodeError):
        raise InvalidEmailError(f"{shown(text)} is not an email address: wrong domain") from None
    if labels == ["localhost"]:
        return "localhost"
    if len(labels) == 1:
        raise InvalidEmailError(f"{shown(text)} is not an email address: the domain has no dot")
    if not _TOP_LEVEL.fullmatch(labels[-1]):
        raise InvalidEmailError(
            f"{shown(text)} is not an email address: the domain must end in letters"
        )
    return ".".join(labels)


def _ascii(domain: str) -> str:
    lower = domain.lower()
    if all(_HOST.fullmatch(label) and label[:4] != "xn--" for label in lower.split(".")):
        return lower
    return idna.encode(domain, uts46=True).decode("ascii").lower()


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    Who SMTP is told about: the sender for bounces, and whoever is to receive. Never nobody.

    Raises:
        InvalidEmailError: One of them is not an address, or there are more than 50 recipients.
    """

    mail_from: str
    rcpt_to: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.rcpt_to:
            raise InvalidEmailError("an email needs at least one recipient")
        at_most(MAX_RECIPIENTS, len(self.rcpt_to), "recipients in", "one email")
        object.__setattr__(self, "mail_from", _mailbox(self.mail_from))
        object.__setattr__(self, "rcpt_to", tuple(map(_mailbox, self.rcpt_to)))
