"""Finds a person in what was stored, by one way to reach them."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import idna

from notifykit.address import Address
from notifykit.contacts import dialled
from notifykit.errors import InvalidEmailError

# Of a soft hyphen nothing is seen; U+2212 is the minus that Word makes.
_MARKS = r"\s().\-/_*\u00ad\u00b7\u2010-\u2015\u2212"
_BETWEEN = f"[{_MARKS}]*"
_ANY_DIGIT = re.compile(r"[^\D0-9]")
_TELEGRAM_LINK = re.compile(r"(?i)(?:https?://)?(?:t\.me|telegram\.me)/|tg://user\?id=|tg:|@")
_TELEGRAM_FIELD = re.compile(r"(?i)telegram|(?:^|_)tg(?:_|$)")
_TELEGRAM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}|[0-9]{1,15}")
_FEWEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Person:
    """
    Somebody, known by a phone, a mailbox or a Telegram name or id.

    Attributes:
        contact: In its one spelling, such as ``phone:+79000000000``.
        pattern: Finds it in running text, however it is written there.
        name: The bare Telegram name or id, which counts only in a field that is about Telegram.
    """

    contact: str
    pattern: re.Pattern[str]
    name: str | None = None

    @classmethod
    def known_by(cls, contact: str) -> Self:
        """
        Read a contact as people type it: ``8 (900) …``, ``Имя@Пример.рф``, ``@user``, ``tg:42``.

        Raises:
            ValueError: It is none of them.
        """
        text = _plain(contact).strip()
        if link := _TELEGRAM_LINK.match(text):
            return cls._in_telegram(text[link.end() :])
        if "@" in text:
            return cls._with_mailbox(text)
        number = re.sub(f"[{_MARKS}]", "", text)
        digits = number.replace("+", "")
        if len(digits) >= _FEWEST_DIGITS and digits.isdecimal():
            return cls._with_phone(dialled(number) or digits)
        raise ValueError("a phone, an email, @telegram or tg:<id> is wanted")

    def is_in(self, value: Any, field: str = "") -> bool:
        """Tell whether JSON values mention them anywhere."""
        return any(self._is_named(text, name) for name, text in _texts(value, field))

    def digest(self, key: bytes) -> str:
        """Make what proves, to whoever has the key, that it was this contact; in hexadecimal."""
        return hmac.new(key, self.contact.encode(), "sha256").hexdigest()

    def _is_named(self, text: str, field: str) -> bool:
        text = _plain(text)
        bare = self.name is not None and _TELEGRAM_FIELD.search(field) is not None
        return (bare and text.strip().lower() == self.name) or bool(self.pattern.search(text))

    @classmethod
    def _in_telegram(cls, name: str) -> Self:
        if not _TELEGRAM_NAME.fullmatch(name):
            raise ValueError("this is not a Telegram name or id")
        before = r"(?:(?<!\w)@|(?:t|telegram)\.me/(?:s/)?|(?:tg|telegram):|user\?id=|domain=)"
        pattern = re.compile(rf"(?i){before}{name}(?!\w)|(?<![\w.]){name}\.t\.me(?!\w)")
        return cls(f"telegram:{name.lower()}", pattern, name.lower())

    @classmethod
    def _with_mailbox(cls, text: str) -> Self:
        try:
            mailbox = Address(text).email.lower()
        except InvalidEmailError as error:
            raise ValueError(str(error)) from None
        local, _, domain = mailbox.rpartition("@")
        domains = "|".join(re.escape(each) for each in (domain, idna.decode(domain)))
        pattern = rf"(?i)(?<![\w.+-]){re.escape(local)}@(?:{domains})(?!\.?[\w-])"
        return cls(f"email:{mailbox}", re.compile(pattern))

    @classmethod
    def _with_phone(cls, number: str) -> Self:
        digits = number.removeprefix("+")
        prefix = r"\+?"
        if number.startswith("+7"):
            # Where nothing but dashes could begin it, 64 KB of them would take seconds.
            prefix, digits = rf"(?:(?:\+?7|8){_BETWEEN})?", digits[1:]
        return cls(f"phone:{number}", re.compile(rf"(?<!\d){prefix}{_BETWEEN.join(digits)}(?!\d)"))


def _plain(text: str) -> str:
    """Put the digits and marks of a keyboard in the place of wide ones and of other scripts'."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return _ANY_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), plain)


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield "", str(name)
            yield from _texts(item, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, field)
    elif value is not None:
        yield field, str(value)
