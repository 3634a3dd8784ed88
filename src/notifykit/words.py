"""What a submission is found by: words made so that every spelling of one thing is the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from notifykit.contacts import dialled

_LONGEST = 64
_MOST = 8  # words of one search
_MOST_TEXT = 200
_MOST_KEPT = 4_000  # an order has up to 2,000 lines
_SHORTEST_PREFIX = 2

# Codes and references are typed on either keyboard; names are not, so only words with digits.
_LOOKALIKES = str.maketrans("авекмнорстух", "abekmhopctyx")
_BETWEEN = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")
_NO_DIGIT = re.compile(r"[^0-9]")
_TELEGRAM_LINK = re.compile(r"(?i)^(?:https?://)?(?:t\.me|telegram\.me)/|^@")
_MESSAGE_ID = re.compile(r"<?([^<>\s@]+@[^<>\s@]+)>?")
# With a space in it or without, see `notifykit.ids.normal_reference`.
_REFERENCE = re.compile(
    r"(?i)^\s*([ABCEHKMOPTXYАВСЕНКМОРТХУ]{3})[\s\u2010-\u2015-]+([0-9]{4})(?=\s*$)"
)
# How a phone begins where its digits are written in groups.
_PHONE = re.compile(r"(?<!\S)(?:\+?[78]|9\d\d|\(\d{3,5}\))[\d\s().\-\u2010-\u2015]*(?!\S)")


# Most of a notification is looked at in vain, so that has to be quick.
_LEAVES = frozenset({str, type(None)})
_MAPPINGS = (dict, Mapping)
_SEQUENCES = (list, tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """
    One word of a search.

    Attributes:
        words: Its spellings; any of them will do.
        prefix: Words that begin so will do too.
        message_id: An email with this Message-ID will do too; only of a term that stands alone.
    """

    words: tuple[str, ...]
    prefix: bool = False
    message_id: str | None = None

    def found_in(self, words: frozenset[str], message_id: str) -> bool:
        """Tell whether something with these words is meant."""
        if message_id == self.message_id or not words.isdisjoint(self.words):
            return True
        return self.prefix and any(word.startswith(self.words) for word in words)


def terms(search: str) -> tuple[Term, ...]:
    """
    Read what was typed: every word must be found, the last one may be unfinished.

    A phone counts as one word, in whatever groups its digits are typed.
    """
    text = _REFERENCE.sub(r"\1\2", search[:_MOST_TEXT])
    phones = [_Typed(found.start(), found[0], phone=True) for found in _PHONE.finditer(text)]
    rest = _PHONE.sub(lambda found: " " * len(found[0]), text)
    others = [_Typed(found.start(), found[0]) for found in re.finditer(r"\S+", rest)]
    typed = sorted((*phones, *others), key=lambda each: each.start)[:_MOST]
    finished = text != text.rstrip()
    made = [_term(each, prefix=each is typed[-1] and not finished) for each in typed]
    if len(made) == 1 and (message_id := _MESSAGE_ID.fullmatch(typed[0].text)):
        made = [replace(made[0], message_id=f"<{message_id[1]}>")]
    return tuple(term for term in made if term.words)


def words_of(reference: str, notification: Mapping[str, Any]) -> str:
    """
    Give the words by which a submission is found beside its reference, with a space between them.

    That is the reference's number alone, and what the notification has in fields that are named
    ``name``, ``phone``, ``email``, ``telegram``, ``code``, ``number`` or ``conversation``, at any
    depth.
    """
    found = [folded(reference.rpartition("-")[2])]
    _gather(notification, found)
    return " ".join(list(filter(None, dict.fromkeys(found)))[:_MOST_KEPT])


def folded(text: str) -> str:
    """Leave only letters and digits, small ones, that look the same on either keyboard."""
    if text.isascii():
        plain = text.replace("-", "")  # most codes have nothing else
        return (plain if plain.isalnum() else _BETWEEN.sub("", plain)).lower()[:_LONGEST]
    text = unicodedata.normalize("NFKC", text).casefold()
    word = (text if text.isalpha() else _BETWEEN.sub("", text)).replace("ё", "е")[:_LONGEST]
    return word.translate(_LOOKALIKES) if not word.isalpha() and _DIGIT.search(word) else word


@dataclass(frozen=True, slots=True)
class _Typed:
    start: int
    text: str
    phone: bool = False


def _term(typed: _Typed, *, prefix: bool) -> Term:
    word = folded(_TELEGRAM_LINK.sub("", typed.text))
    spellings = [word]
    if typed.phone:
        spellings = [_digits(dialled(typed.text.strip()) or typed.text)]
        spellings += [f"7{each[1:]}" for each in spellings if each.startswith("8")]
    elif (latin := word.translate(_LOOKALIKES)).isascii():
        spellings.append(latin)  # the letters of a reference, before its digits are typed
    return Term(
        words=tuple(dict.fromkeys(each for each in spellings if each)),
        prefix=prefix and len(word) >= _SHORTEST_PREFIX,
    )


def _gather(told: Any, found: list[str], read: Callable[[str], list[str]] | None = None) -> None:
    if isinstance(told, str):
        found += read(told) if read else ()
    elif isinstance(told, _MAPPINGS):
        for name, value in told.items():
            if name in _FIELDS and type(value) is str:
                found += _FIELDS[name](value)
            elif type(value) not in _LEAVES:
                _gather(value, found, _FIELDS.get(name))
    elif isinstance(told, _SEQUENCES):
        for each in told:
            _gather(each, found, read)


def _each(text: str) -> list[str]:
    return [folded(word) for word in text.split()]


def _whole(text: str) -> list[str]:
    return [folded(text)]


def _telegram(text: str) -> list[str]:
    return [folded(_TELEGRAM_LINK.sub("", text.strip()))]


def _phone(text: str) -> list[str]:
    number = dialled(text)
    if number is None:
        return [_digits(text)]
    return [number[1:], number[2:]] if number.startswith("+7") else [number[1:]]


def _digits(text: str) -> str:
    return _NO_DIGIT.sub("", text)[:_LONGEST]


_FIELDS = {
    "name": _each,
    "phone": _phone,
    "email": _whole,
    "telegram": _telegram,
    "code": _whole,
    "number": _whole,
    "conversation": _whole,
}
