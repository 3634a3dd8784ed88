"""Letters that look like others, and characters that are not seen at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LOOKS = dict(zip("АВЕКМНОРСТУХІЈЅаеорсухіјѕԁһ", "ABEKMHOPCTYXIJSaeopcyxijsdh", strict=True))
_TABLE = str.maketrans(_LOOKS)
_WORD = re.compile(r"[^\W\d_]+")
_ENDLESS = "\ufeff\u200b\u200c\u200d\u2060\u00ad"


def in_latin(text: str) -> str:
    """Put Latin letters in the place of those that look like them, and drop what is not seen."""
    return "".join(letter for letter in text if letter not in _ENDLESS).translate(_TABLE)


def invisible(text: str) -> Iterator[tuple[int, str]]:
    """Find characters that nobody sees: their places, from 1, and what they are called."""
    for place, letter in enumerate(text, 1):
        kind = unicodedata.category(letter)
        if kind in ("Cf", "Cc", "Zl", "Zp") or (kind == "Zs" and letter != " "):
            yield place, unicodedata.name(letter, f"U+{ord(letter):04X}")


def disguised(text: str, *, all_latin: bool = False) -> int | None:
    """
    Find the first Cyrillic letter that passes for a Latin one; the place counts from 1.

    Args:
        all_latin: No Cyrillic belongs here at all, so any of its letters counts.
    """
    for word in _WORD.finditer(text):
        cyrillic = [place for place, letter in enumerate(word[0]) if _is_cyrillic(letter)]
        latin = len(cyrillic) < len(word[0])
        looks = all(word[0][place] in _LOOKS for place in cyrillic)
        if cyrillic and (all_latin or (latin and looks)):
            return word.start() + cyrillic[0] + 1
    return None


def _is_cyrillic(letter: str) -> bool:
    return "\u0400" <= letter <= "\u052f"
