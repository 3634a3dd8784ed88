"""One line of a check: what was looked at, what was seen, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifykit.diagnosis import Diagnosis
from notifykit.doctor.table import Entry, Severity, entries, step_name
from notifykit.errors import DeliveryError

# Servers repeat the enhanced code in every line.
_REPEATED = re.compile(r"(?m)^\s*[245]\.\d{1,3}\.\d{1,3}\s+")

# A value that is filled in, or the same in both languages.
Value = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    What one look came to.

    Nothing in it is a secret: passwords and keys are told by their length.

    Attributes:
        id: Of the table: a number such as ``NK205``, or ``fine.login`` where nothing is wrong.
        subject: What was looked at: a provider's name, ``settings``, ``database``, ``templates`` …
        seen: What is filled in, for each thing that was found; a mapping by language is looked up.
        error: What a provider said.
        seconds: How long the look took; ``None``: it was not measured.
    """

    id: str
    subject: str
    seen: tuple[Mapping[str, Value], ...] = ()
    error: DeliveryError | None = None
    seconds: float | None = None

    @property
    def entry(self) -> Entry:
        """What the table says of it."""
        return entries()[self.id]

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.entry.severity

    @property
    def number(self) -> str | None:
        """``NK…``; ``None`` where nothing is wrong."""
        return self.entry.number

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What a provider's words mean."""
        return self.error.diagnosis if self.error else None

    @property
    def link(self) -> str | None:
        """A page about it."""
        return (self.diagnosis.link if self.diagnosis else None) or self.entry.link

    def step(self, locale: str) -> str:
        """Name the line in ``ru`` or ``en``."""
        return step_name(self.entry.step, locale)

    def cause(self, locale: str) -> str:
        """Say what is wrong; empty where nothing is."""
        if self.diagnosis:
            return self.diagnosis.cause(locale)
        return self.entry.causes.get(locale, "")

    def evidence(self, locale: str) -> str:
        """Say what was seen: a provider's words, variables by name, figures."""
        words = self._words()
        told = self.entry.evidences.get(locale, "{words}" if words else "")
        seen = self.seen or ({},)
        return "\n".join(told.format_map({"words": words, **_spoken(s, locale)}) for s in seen)

    def _words(self) -> str:
        if self.error is None:
            return ""
        words = " ".join(_REPEATED.sub("", self.error.message).split())
        said = (self.error.code, self.error.enhanced_code, words)
        return " ".join(str(part) for part in said if part)

    def steps(self, locale: str) -> tuple[str, ...]:
        """Say what to do, one step after the other."""
        if self.diagnosis:
            return (self.diagnosis.advice(locale),)
        seen = _spoken(self.seen[0], locale) if self.seen else {}
        return tuple(step.format_map(seen) for step in self.entry.steps.get(locale, ()))


def _spoken(seen: Mapping[str, Value], locale: str) -> dict[str, Value]:
    return {
        name: value[locale] if isinstance(value, Mapping) else value for name, value in seen.items()
    }
