"""The table of findings: read from ``findings.toml`` once, where it is first asked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

_NUMBER = re.compile("NK[0-9]{3}")


class Severity(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    SKIPPED = "skipped"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What can be found.

    Attributes:
        id: A number such as ``NK205``, or ``fine.login``, ``skipped.mail``.
        step: Which line of a check it stands in.
        causes, evidences, steps: By language; with names to be filled in.
        link: A page about it.
    """

    id: str
    severity: Severity
    step: str
    causes: Mapping[str, str]
    evidences: Mapping[str, str]
    steps: Mapping[str, tuple[str, ...]]
    link: str | None = None

    @property
    def number(self) -> str | None:
        """``NK…``; ``None`` where nothing is wrong."""
        return self.id if _NUMBER.fullmatch(self.id) else None


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("findings.toml").read_text("utf-8"))


@cache
def entries() -> Mapping[str, Entry]:
    """Give everything that can be found, by id and in the order of the table."""
    found: dict[str, Entry] = {}
    for name, row in _read().items():
        if name in ("fine", "skipped"):
            ids = {f"{name}.{inner}": (Severity(name), told) for inner, told in row.items()}
        else:
            ids = {name: (Severity(row["severity"]), row)} if name != "steps" else {}
        found |= {id_: _entry(id_, severity, told) for id_, (severity, told) in ids.items()}
    return found


def step_name(step: str, locale: str) -> str:
    """Give the word that a line begins with."""
    named: str = _read()["steps"][step][locale]
    return named


def _entry(id_: str, severity: Severity, row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=id_,
        severity=severity,
        step=row["step"],
        causes=row.get("cause", {}),
        evidences=row.get("evidence", {}),
        steps={locale: tuple(steps) for locale, steps in row.get("do", {}).items()},
        link=row.get("link"),
    )
