"""The table of diagnoses: read from ``table.toml`` once, where it is first asked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from notifykit.diagnosis.model import Diagnosis, Kind, Retry

ANY = "*"
NOBODY = "none"

_UNITS = {"m": "minutes", "h": "hours"}
_OF_AN_EMAIL = ("mail", "rcpt", "data", "content")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply in the form that conditions are compared with: folded text, codes as words."""

    provider: str
    stage: str
    code: str
    enhanced: str
    text: str

    @property
    def transient(self) -> bool:
        """Whether the server itself asks for another try, by 4yz (RFC 5321, section 4.2.1)."""
        return self.stage in _OF_AN_EMAIL and self.code.startswith("4")


@dataclass(frozen=True, slots=True)
class Condition:
    """What an answer has to look like; whatever is empty does not matter."""

    stages: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    enhanced: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def fits(self, answer: Answer) -> bool:
        """Whether everything that is named here holds."""
        return (
            (not self.stages or answer.stage in self.stages)
            and (not self.codes or _any_fits(self.codes, answer.code))
            and (not self.enhanced or _any_fits(self.enhanced, answer.enhanced))
            and (not self.texts or any(text in answer.text for text in self.texts))
        )

    @property
    def evidence(self) -> int:
        """How much it says: a text more than an enhanced code, that more than a code."""
        if self.texts:
            return 3
        if self.enhanced:
            return 2
        return int(bool(self.codes) and not any("x" in code for code in self.codes))

    @property
    def named(self) -> int:
        """How many things it names."""
        return sum(map(bool, (self.stages, self.codes, self.enhanced, self.texts)))


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row: the answers it stands for, and their diagnosis.

    Attributes:
        provider: Whose answers; ``*``: anybody's.
        when: Any one of these conditions is enough.
    """

    provider: str
    when: tuple[Condition, ...]
    diagnosis: Diagnosis

    def strength(self, answer: Answer) -> tuple[int, bool, int] | None:
        """How well it fits an answer, for comparison with other rows; ``None``: not at all."""
        if self.provider not in (ANY, answer.provider) or (answer.transient and self._final):
            return None
        fitting = (condition for condition in self.when if condition.fits(answer))
        own = self.provider != ANY
        return max(((one.evidence, own, one.named) for one in fitting), default=None)

    @property
    def _final(self) -> bool:
        return self.diagnosis.retry is Retry.NO and self.diagnosis.hold is None


@cache
def rows() -> tuple[Row, ...]:
    """Give the whole table in its order, for lookups and for pages that show it."""
    table = tomllib.loads(files(__package__).joinpath("table.toml").read_text("utf-8"))
    return tuple(
        _row(provider, name, row)
        for provider, named in table.items()
        for name, row in named.items()
    )


def _row(provider: str, name: str, row: Mapping[str, Any]) -> Row:
    diagnosis = Diagnosis(
        id=f"{provider}.{name}",
        kind=Kind(row["kind"]),
        retry=Retry(row["retry"]),
        causes=row["cause"],
        advices=row["advice"],
        hold=_duration(row["hold"]) if "hold" in row else None,
        link=row.get("link"),
    )
    when = tuple(_condition(condition) for condition in row["when"])
    return Row(row.get("provider", provider), when, diagnosis)


def _condition(condition: Mapping[str, Any]) -> Condition:
    return Condition(
        stages=tuple(condition.get("stage", "").split()),
        codes=tuple(condition.get("code", "").split()),
        enhanced=tuple(condition.get("enhanced", "").split()),
        texts=tuple(condition.get("text", ())),
    )


def _duration(text: str) -> timedelta:
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _any_fits(patterns: Iterable[str], value: str) -> bool:
    return any(_fits(pattern, value) for pattern in patterns)


def _fits(pattern: str, value: str) -> bool:
    return pattern == value or ("x" in pattern and bool(_compiled(pattern).fullmatch(value)))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # In a code an x stands for one digit, and in an enhanced code for a number of up to three.
    digits = "[0-9]{1,3}" if "." in pattern else "[0-9]"
    return re.compile(re.escape(pattern).replace("x", digits))
