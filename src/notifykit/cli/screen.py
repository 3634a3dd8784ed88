"""What people see: marks, aligned columns and wrapped lines; in colour where rich is installed."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 120

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# What a style is called here, and at rich.
_STYLES = {
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "dim": "dim",
    "strong": "bold",
    "head": "bold green",
    "link": "cyan",
}


@dataclass(frozen=True, slots=True)
class Styled:
    """A piece of a line, in one of the styles ``good bad warn dim strong head link``."""

    text: str
    style: str


Piece = str | Styled


class Screen:
    """
    Writes for people, or JSON for programs.

    Args:
        stream: Standard output where left out.
        color: Whether colours may be used at all; they are where ``stream`` is a terminal too.
    """

    def __init__(self, stream: TextIO | None = None, *, color: bool = True) -> None:
        self.stream = stream or sys.stdout
        self.width = min(shutil.get_terminal_size().columns, WIDEST)
        self._rich = _console(self.stream, self.width) if color else None

    def line(self, *pieces: Piece) -> None:
        """Write one line as it is."""
        if self._rich is None:
            print("".join(map(_text, pieces)), file=self.stream, flush=True)
            return
        from rich.text import Text  # noqa: PLC0415 - an extra

        parts = [
            (_text(piece), _STYLES[piece.style]) if isinstance(piece, Styled) else _text(piece)
            for piece in pieces
        ]
        self._rich.print(Text.assemble(*parts), soft_wrap=True)

    def heading(self, text: str) -> None:
        """Begin a new part."""
        self.line()
        self.line(Styled(text, "head"))

    def paragraph(self, text: str, *, indent: int = 0, style: str | None = None) -> None:
        """Write running text, wrapped; its own line breaks are kept."""
        for part in text.splitlines():
            for line in _wrapped(part, self.width - indent):
                self.line(" " * indent, Styled(line, style) if style else line)

    def wrapped(self, text: str, indent: int) -> list[str]:
        """Break a text into lines that fit behind an indent."""
        return _wrapped(text, self.width - indent)

    def facts(self, facts: Iterable[tuple[str, Piece]], *, indent: int = 2, label: int = 0) -> None:
        """Write labels with what belongs to each, one below the other; empty ones are left out."""
        told = [(name, piece) for name, piece in facts if _text(piece)]
        column = max(label, *(cells(name) for name, _ in told), 0) + 2 if told else 0
        for name, piece in told:
            room = max(self.width - indent - column, 20)
            styled = partial(Styled, style=piece.style) if isinstance(piece, Styled) else str
            lines = [
                line for part in _text(piece).splitlines() for line in _wrapped(part, room)
            ] or [""]
            self.line(" " * indent, Styled(padded(name, column), "dim"), styled(lines[0]))
            for line in lines[1:]:
                self.line(" " * (indent + column), styled(line))

    def columns(
        self, rows: Sequence[Sequence[Piece]], *, cut: int | None = None
    ) -> list[list[Piece]]:
        """
        Pad the cells so that they stand below one another.

        Args:
            rows: Of equal length.
            cut: The column that is shortened where a row is wider than the screen; not the last.
        """
        widths = [max(cells(_text(cell)) for cell in column) for column in zip(*rows, strict=True)]
        spare = self.width - sum(widths) - 2 * (len(widths) - 1)
        if cut is not None and spare < 0:
            widths[cut] = max(widths[cut] + spare, 8)
        return [
            [
                *(_cell(cell, width) for cell, width in zip(row[:-1], widths[:-1], strict=True)),
                row[-1],
            ]
            for row in rows
        ]

    def json(self, value: Any) -> None:
        """Write JSON, for programs."""
        print(json.dumps(value, ensure_ascii=False, indent=2), file=self.stream, flush=True)


def cells(text: str) -> int:
    """Count the columns that a text takes on a terminal: marks such as ✅ take two."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def padded(text: str, width: int) -> str:
    """Fill up with spaces."""
    return text + " " * max(width - cells(text), 0)


def shortened(text: str, width: int) -> str:
    """Cut a text that is too long, and show that it was."""
    if cells(text) <= width:
        return text
    while text and cells(text) > width - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def told(template: str, values: Mapping[str, Any]) -> str:
    """Fill a text in; what is ``None`` is shown as a dash."""
    return template.format_map({name: "–" if v is None else v for name, v in values.items()})


def _cell(piece: Piece, width: int) -> Piece:
    text = padded(shortened(_text(piece), width), width)
    return Styled(text, piece.style) if isinstance(piece, Styled) else text


def _text(piece: Piece) -> str:
    # What a provider or a client said must not steer the terminal.
    return _CONTROL.sub("", piece.text if isinstance(piece, Styled) else piece)


def _wrapped(text: str, width: int) -> list[str]:
    # Addresses stay whole: a link that is cut cannot be opened.
    return textwrap.wrap(
        text,
        max(width, 20),
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    ) or [""]


def _console(stream: TextIO, width: int) -> Console | None:
    if not stream.isatty():
        return None
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra, and only for terminals
    except ImportError:
        return None
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
