"""
The marks in a page that say where a style goes, until the page is finished.

They hold a number that is drawn anew in every process, so that no value can forge one.
"""

from __future__ import annotations

import re
import secrets
from itertools import count

_SECRET = f"{secrets.randbelow(10**18):018}"

TAG_ENDS = f"\x05{_SECRET}\x08"
VALUE, VALUE_ENDS = f"\x06{_SECRET}\x08", f"\x07{_SECRET}\x08"
STYLE, STYLE_ENDS = f"\x0e{_SECRET}\x08", f"\x0f{_SECRET}\x08"

TAGS = re.compile(f"\x04{_SECRET}(\\d+)(?:\x08|\x10(.*?){TAG_ENDS})", re.DOTALL)
VALUES = re.compile(f"{VALUE}(.*?){VALUE_ENDS}", re.DOTALL)
STYLES = re.compile(f"{STYLE}(.*?){STYLE_ENDS}(\\n?)", re.DOTALL)

_BEGINS = _SECRET[:6]
_CUT = re.compile(f"[\x04-\x08\x0e-\x10]{_BEGINS}|{_SECRET}")

# What stands for a value while its style is worked out: a word, for the parser of CSS.
_WORD = "zq" + "".join(secrets.choice("ghjkmnpqrstuvw") for _ in range(10))
WORDS = re.compile(f"{_WORD}(\\d+)z")


def tag(number: int) -> str:
    """Mark a tag of which everything is known that decides about its style."""
    return f"\x04{_SECRET}{number}\x08"


def open_tag(number: int) -> str:
    """Begin the attributes of a tag that show only in the mail; `TAG_ENDS` ends them."""
    return f"\x04{_SECRET}{number}\x10"


def word(number: int) -> str:
    """Stand in for a value."""
    return f"{_WORD}{number}z"


def worded(text: str, values: list[str]) -> str:
    """Put words in place of the values, which are added to the list."""

    def put(value: re.Match[str]) -> str:
        values.append(value[1])
        return word(len(values) - 1)

    return VALUES.sub(put, text)


def numbered(text: str, sign: str, first: int) -> str:
    """Put words in place of signs, as `worded` would after so many values."""
    numbers = count(first)
    return re.sub(sign, lambda _: word(next(numbers)), text)


def left_in(page: str) -> bool:
    """Tell whether a mark has been cut, so that nothing could take it for one."""
    return _BEGINS in page and _CUT.search(page) is not None
