"""Header fields as lines: RFC 2047 encoded-words and the folding of RFC 5322, 2.2.3."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator

from notifykit.errors import InvalidEmailError

LINE = 76  # RFC 2047, 2: a line with an encoded-word is no longer
LONGEST_LINE = 998  # RFC 5322, 2.1.1, without CRLF

_WORD = 75  # RFC 2047, 2
_AROUND = len("=?utf-8?B?" + "?=")
_LEAST_ROOM = 40  # below this an encoded-word starts on a line of its own

# Whatever could end a line or change how it is read; nothing of it may hide in an encoded-word.
_HOSTILE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")
_QUOTED = {
    byte: chr(byte) if chr(byte).isalnum() or chr(byte) in "!*+-/" else f"={byte:02X}"
    for byte in range(128)
} | {byte: f"={byte:02X}" for byte in range(128, 256)}
_QUOTED[ord(" ")] = "_"


def checked(text: str) -> str:
    """
    Give the text back.

    Raises:
        InvalidEmailError: It has a control character, a line break or a lone surrogate, which no
            header of ours has: something went around the checks of `Email`.
    """
    if found := _HOSTILE.search(text):
        raise InvalidEmailError(f"U+{ord(found[0]):04X} cannot stand in a header")
    return text


def encoded_words(text: str, room: int = _WORD) -> list[str]:
    """
    Write text as encoded-words: B or Q, whichever is shorter.

    No word is longer than 75 characters, none splits a character. Q has only what RFC 2047, 5 (3)
    allows within a name, so that the words fit everywhere.

    Args:
        text: One line.
        room: What is left of the line for the first of them.
    """
    spell, cost = _b, _octets
    if len(_q(text)) <= len(_b(text)):
        spell, cost = _q, _quoted_length
    sizes = (min(room, _WORD) if room >= _LEAST_ROOM else _WORD, _WORD)
    per_word = [size - _AROUND if spell is _q else (size - _AROUND) // 4 * 3 for size in sizes]
    letter = "Q" if spell is _q else "B"
    chunks = cut(checked(text), cost, first=per_word[0], then=per_word[1])
    return [f"=?utf-8?{letter}?{spell(chunk)}?=" for chunk in chunks]


def cut(text: str, cost: Callable[[str], int], *, first: int, then: int) -> Iterator[str]:
    """Cut text between characters, so that no piece costs more than its budget."""
    start = spent = 0
    budget = first
    for position, character in enumerate(text):
        price = cost(character)
        if spent + price > budget:
            yield text[start:position]
            start, spent, budget = position, 0, then
        spent += price
    yield text[start:]


def fold(name: str, words: Iterable[str]) -> str:
    """
    Write a header field, with a line break before each word that would pass column 76.

    A word that is longer than that stays whole. The lines end with CRLF.

    Raises:
        InvalidEmailError: Something is not printable ASCII, or a line would pass 998 characters.
    """
    lines = [f"{name}:"]
    for word in words:
        here = len(lines[-1]) + 1 + len(word) <= LINE
        # A field whose first line is only its name is legal, and misread by some programs.
        alone = lines == [f"{name}:"] and len(word) >= LINE
        if here or alone:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    for line in lines:
        if _NOT_PRINTABLE.search(line) or len(line) > LONGEST_LINE:
            raise InvalidEmailError(f"the header {name!r} cannot be written on lines")
    return "\r\n".join(lines) + "\r\n"


def _q(text: str) -> str:
    return "".join([_QUOTED[byte] for byte in text.encode(errors="replace")])


def _b(text: str) -> str:
    return b64encode(text.encode(errors="replace")).decode("ascii")


def _quoted_length(character: str) -> int:
    return len(_q(character))


def _octets(character: str) -> int:
    return len(character.encode(errors="replace"))
