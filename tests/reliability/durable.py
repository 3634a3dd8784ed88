"""Lines that are on the disk before anybody acts on them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_TAIL = 4_096


class DurableLines:
    """
    A file of JSON lines; several processes may write to it, and any may be killed meanwhile.

    Args:
        path: Of the file; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, line: dict[str, Any]) -> None:
        """Write a line; when this returns, it has reached the disk."""
        os.write(self._file, json.dumps(line, ensure_ascii=False).encode() + b"\n")
        os.fsync(self._file)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read every whole line."""
    if path.exists():
        with path.open("rb") as file:
            yield from (json.loads(line) for line in file if line.endswith(b"\n"))


def last_lines(path: Path) -> list[dict[str, Any]]:
    """Read the last few whole lines, however long the file is."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        start = max(file.seek(0, os.SEEK_END) - _TAIL, 0)
        file.seek(start)
        whole = file.read().split(b"\n")[1 if start else 0 : -1]
    return [json.loads(line) for line in whole]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """
    An email that a provider took. It is logged before the provider says so.

    Attributes:
        provider: The name that its transport has.
        message_id: As the header has it.
        sha256: Of the content, for HTTP of its fields, in hexadecimal.
        recipients: Whom it was taken for.
        at: Unix time.
    """

    provider: str
    message_id: str
    sha256: str
    recipients: tuple[str, ...]
    at: float

    def line(self) -> dict[str, Any]:
        """Give it as it is logged."""
        return asdict(self)


def accepts(path: Path) -> list[Accept]:
    """Read the accept log."""
    return [Accept(**line | {"recipients": tuple(line["recipients"])}) for line in lines(path)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a caller was told: this order was kept as this submission."""

    number: int
    submission: str


def promises(path: Path) -> list[Promise]:
    """Read what callers were told."""
    return [Promise(**line) for line in lines(path)]
