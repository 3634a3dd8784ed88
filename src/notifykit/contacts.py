"""Phones and Telegram names as people type them: what reaches somebody, and the links to it."""

from __future__ import annotations

import re

from notifykit.cleaning import clean_line

_TELEGRAM_USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_TELEGRAM_LINK = re.compile(r"(?i)(?:@|t(?:elegram)?\.me/|tg:(?://)?)\w{2}")
_TELEGRAM_PREFIX = re.compile(r"(?i)^(https?://)?(t\.me|telegram\.me)/|^@")
_EXTENSION = re.compile(r"(?i)(?:[,;\s]*(?:доб|ext|вн)[а-яёa-z]*[\s.:=№]*|\s*[#,])([0-9]{1,7})\W*")
_NUMBER_END = re.compile(r"(?i)доб|ext|вн|[#,;]")
_GROUPING = re.compile(r"[\s().\-\u2010-\u2015\u2212]+")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{7,14}")
# Codes of Russia and Kazakhstan begin with 3 to 9; 8 029 … is Belarus dialled from inside.
_RUSSIAN = re.compile(r"[78]([3-9][0-9]{9})|(9[0-9]{9})")
_FEWEST_DIGITS = 5
_LONGEST_NOTHING = 64
_MARKS = " .?!-\u2010\u2011\u2012\u2013\u2014\u2015<>()[]\"'«»"

# What people and models write into a field that they know nothing for.
_NOTHING = frozenset(
    [
        *("", "none", "null", "undefined", "unknown", "n/a", "not given", "not specified"),
        *("not provided", "нет", "н/д", "неизвестно", "не указан", "не указана", "не указано"),
    ]
)


def says_nothing(text: str) -> bool:
    """Whether a text only says that there is none, such as ``-``, ``нет`` or ``n/a``."""
    text = text.strip()
    return len(text) <= _LONGEST_NOTHING and clean_line(text).strip(_MARKS).casefold() in _NOTHING


def _has_digits(text: str) -> bool:
    return sum(char.isdecimal() for char in text) >= _FEWEST_DIGITS


def phone_number(value: str) -> str:
    """
    Give the number back as it was typed.

    Raises:
        ValueError: It has not digits enough to call anybody.
    """
    if not _has_digits(value):
        raise ValueError(
            f"a phone number has at least {_FEWEST_DIGITS} digits; ask for it, or leave it out"
        )
    return value


def telegram_name(value: str) -> str:
    """
    Give the name, link, id or phone number back as it was typed.

    Raises:
        ValueError: It is none of them.
    """
    # Digits may be an id, or the phone number of the account.
    if not (_TELEGRAM_LINK.search(value) or _TELEGRAM_USER.fullmatch(value) or _has_digits(value)):
        raise ValueError(
            "@name, a t.me link or a numeric id is needed; ask for it, or leave it out"
        )
    return value


def dialled(phone: str) -> str | None:
    """
    Make a number in E.164 of what a person typed; ``None`` where that would be a guess.

    Russian habits are known: ``8 (900) …``, ``7900…`` and ten digits that begin with 9. An
    extension is left out.
    """
    digits = _GROUPING.sub("", phone)
    if not digits.lstrip("+").isdecimal():
        digits = _GROUPING.sub("", _NUMBER_END.split(phone, maxsplit=1)[0])
    if _INTERNATIONAL.fullmatch(digits):
        return digits
    russian = _RUSSIAN.fullmatch(digits)
    return f"+7{russian[1] or russian[2]}" if russian else None


def dialling_url(phone: str) -> str | None:
    """Make a link that dials the number and its extension (RFC 3966, 3 and 5.3)."""
    number = dialled(phone)
    if number is None:
        return None
    end = _NUMBER_END.search(phone)
    inner = _EXTENSION.fullmatch(phone[end.start() :]) if end else None
    return f"tel:{number};ext={inner[1]}" if inner else f"tel:{number}"


def telegram_url(telegram: str) -> str | None:
    """Make a link that opens the dialogue; ``None`` where the text is no user name or id."""
    name = _TELEGRAM_PREFIX.sub("", telegram).removesuffix("/")
    if _TELEGRAM_USER.fullmatch(name):
        return f"https://t.me/{name}"
    return f"tg://user?id={name}" if re.fullmatch(r"[0-9]{5,15}", name) else None
