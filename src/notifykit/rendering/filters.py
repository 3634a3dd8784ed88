"""What templates can do with a value: ``{{ order.total|money(order.currency) }}``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from notifykit.rendering.locales import Locale

_GAP = "  "


def filters(locale: Locale) -> Mapping[str, Callable[..., Any]]:
    """Name the filters of a language."""
    return {
        "money": locale.money,
        "money_in_words": locale.money_in_words,
        "amount": locale.amount,
        "quantity": locale.quantity,
        "plain": locale.plain,
        "date": locale.date,
        "time": locale.time,
        "moment": locale.moment,
        "plural": locale.plural,
        "shorten": shorten,
        "columns": columns,
        "breaks": breaks,
        "mailto": mailto,
    }


def shorten(text: str, length: int) -> str:
    """Keep at most ``length`` characters; an ellipsis says that there was more."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def breaks(text: str) -> Markup:
    """Keep the lines of a text in HTML; the text itself is escaped."""
    return Markup("<br>\n").join(text.split("\n"))


def mailto(email: str) -> str:
    """Make a link of an address (RFC 6068, 2): what has a meaning in links is encoded."""
    return f"mailto:{quote(email, safe='@')}"


def columns(text: str) -> str:
    """Line up what stands between tabs; the last column is left as it is."""
    rows = [line.split("\t") for line in text.splitlines()]
    cells = zip_longest(*(row[:-1] for row in rows), fillvalue="")
    widths = [max(map(len, column)) for column in cells]
    return "\n".join(_GAP.join([*map(str.ljust, row, widths), row[-1]]) for row in rows)
