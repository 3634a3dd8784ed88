"""What is the same however it is spelled, for telling a repeat from something new."""

from __future__ import annotations

import re
import unicodedata

_MEASURE = re.compile(
    r"(?:(?P<t>т|тн|тонн\w*|t|tons?|tonnes?)|(?P<kg>кг|килограмм\w*|кило|kgs?|kilograms?)"
    r"|(?P<g>г|гр|грамм\w*|g|grams?)|(?P<l>л|литр\w*|l|lit(?:re|er)s?)"
    r"|(?P<m>м|пог ?м|п ?м|м ?п|м ?пог|метр\w*|m|met(?:re|er)s?)"
    r"|(?P<m2>м2|кв ?м\w*|м ?кв|m2|sq ?m)|(?P<m3>м3|куб\w*|куб ?м\w*|м ?куб|m3|cu ?m))"
)


def folded(text: str | None) -> str:
    """Leave out what is no difference: capitals, space, ``ё`` for ``е``, forms of a letter."""
    if not text:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().replace("ё", "е").split())


def measure(unit: str) -> str:
    """
    Tell what is weighed, measured or poured from what is counted, which is ``""``.

    ``т``, ``тонн`` and ``t`` are the same; so are ``шт``, ``меш`` and ``bags``.
    """
    found = _MEASURE.fullmatch(folded(unit.replace(".", " ")))
    return str(found.lastgroup) if found else ""
