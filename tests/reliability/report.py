"""What a run came to: as a table for people and as JSON for the docs' figures."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import notifykit
from reliability.checker import MAYBE, OPEN, Evidence, Finding, cases
from reliability.failpoints import KILL, PAUSE
from reliability.storm import Storm

_PACKAGES = ("sqlalchemy", "asyncpg", "aiosmtplib", "httpx", "pydantic")
_ERRORS_SHOWN = 4_000

# In the order of the table; the documentation has words for each.
COLUMNS = (
    "accepted",
    "kills",
    "killed while delivering",
    "killed while sending",
    "killed at a named place",
    "power cuts",
    "pauses",
    "cuts",
    "crashes",
    "sent",
    "open",
    "left unsettled",
    "failed",
    "unknown attempts",
    "extra explained",
    "extra unexplained",
    "lost",
    "false SENT",
    "false FAILED",
    "other findings",
    "rate/s",
    "kills/s",
    "seconds",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    One run.

    Attributes:
        database, version: What it ran on.
        counts: By name, in the order of the table.
        places: How often which deed was done at which failpoint.
        errors: The end of what the processes had to say.
        calm: Whether everything was finished in the end.
        crashes: Processes that ended by themselves.
        interrupted: It was ended before it was through.
    """

    database: str
    version: str
    seed: int
    control: str | None
    counts: Mapping[str, float]
    places: Mapping[str, int]
    outcomes: Mapping[str, int]
    findings: Sequence[Finding]
    errors: str
    calm: bool
    crashes: int
    interrupted: bool = False

    @property
    def title(self) -> str:
        """Name it in the table."""
        return f"{self.database} {self.control or ''}".strip()

    @property
    def good(self) -> bool:
        """Whether it came out as it must: nothing found, or, for a control, something."""
        if self.control:
            return bool(self.findings)
        over = self.calm or self.interrupted
        return not self.findings and over and not self.crashes

    @classmethod
    def of(
        cls,
        database: str,
        version: str,
        run: Storm,
        evidence: Evidence,
        findings: Sequence[Finding],
    ) -> Result:
        """Count what is to be counted."""
        return cls(
            database=database,
            version=version,
            seed=run.plan.seed,
            control=run.plan.control,
            counts=_counts(run, evidence, findings),
            places=_places(run),
            outcomes=dict(Counter(row["outcome"] for row in evidence.attempts)),
            findings=findings,
            errors=run.errors.read_text(errors="replace")[-_ERRORS_SHOWN:],
            calm=run.losses.calm,
            crashes=run.losses.crashes,
            interrupted=run.losses.interrupted,
        )


def _places(run: Storm) -> dict[str, int]:
    named = run.deeds()
    at_random = {
        f"{deed} at any moment": max(
            0, total - sum(named[one] for one in named if one.startswith(deed))
        )
        for deed, total in ((KILL, run.losses.kills), (PAUSE, run.losses.pauses))
    }
    return {**dict(sorted(named.items())), **at_random}


def _counts(run: Storm, evidence: Evidence, findings: Sequence[Finding]) -> dict[str, float]:
    counts = {**_struck(run), **_left(run, evidence), **_found(findings)}
    return {name: counts[name] for name in COLUMNS}


def _struck(run: Storm) -> dict[str, float]:
    losses = run.losses
    return {
        "kills": losses.kills,
        "killed while delivering": losses.killed_delivering,
        "killed while sending": losses.killed_sending,
        "killed at a named place": sum(
            count for deed, count in run.deeds().items() if deed.startswith(KILL)
        ),
        "power cuts": losses.power_cuts,
        "pauses": losses.pauses,
        "cuts": losses.cuts,
        "crashes": losses.crashes,
        "kills/s": round(losses.kills / losses.seconds, 1),
        "seconds": round(losses.seconds, 1),
    }


def _left(run: Storm, evidence: Evidence) -> dict[str, float]:
    statuses = Counter(row["status"] for row in evidence.submissions)
    known = cases(evidence)
    extras = [case.extra for case in known]
    return {
        "accepted": len(known),
        "sent": statuses["SENT"],
        "open": sum(statuses[status] for status in OPEN),
        "left unsettled": sum(case.left_unsettled for case in known),
        "failed": statuses["FAILED"],
        "unknown attempts": sum(row["outcome"] in MAYBE for row in evidence.attempts),
        "extra explained": sum(explained for explained, _ in extras),
        "extra unexplained": sum(unexplained for _, unexplained in extras),
        "rate/s": round(len(known) / run.losses.seconds, 1),
    }


def _found(findings: Sequence[Finding]) -> dict[str, int]:
    rules = Counter(finding.rule for finding in findings)
    named = {name: rules[name] for name in ("lost", "false SENT", "false FAILED")}
    return {**named, "other findings": len(findings) - sum(named.values())}


def table(results: Sequence[Result]) -> str:
    """Draw the table: one column for each run."""
    names = list(results[0].counts)
    rows = [["", *(result.title for result in results)]]
    rows += [[name, *(f"{result.counts[name]:,}" for result in results)] for name in names]
    rows.append(["verdict", *(_verdict(result) for result in results)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    )


def places(results: Sequence[Result]) -> str:
    """Draw the table of where processes were killed and paused."""
    struck = [result for result in results if not result.control]
    names = sorted({name for result in struck for name in result.places})
    return "\n".join(
        f"{name:<34}" + "".join(f"{result.places.get(name, 0):>10,}" for result in struck)
        for name in names
    )


def _verdict(result: Result) -> str:
    if result.interrupted and not result.findings:
        return "INTERRUPTED"
    if result.control:
        return "caught" if result.good else "NOT CAUGHT"
    return "kept" if result.good else "BROKEN"


def as_json(results: Sequence[Result]) -> str:
    """Give seeds, counts and versions."""
    document: dict[str, Any] = {
        "versions": {
            "notifykit": notifykit.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        "machine": {"system": platform.system(), "processors": os.cpu_count()},
        "runs": [_run(result) for result in results],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _run(result: Result) -> dict[str, Any]:
    run = asdict(result) | {"good": result.good}
    run["found"] = dict(Counter(finding.rule for finding in result.findings))
    for name in ("findings", "errors"):
        del run[name]
    return run
