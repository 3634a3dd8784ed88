"""
Breaks a bot in every way there is, and says whether it kept its promise.

::

    PYTHONPATH=tests python -m reliability.chaos --kills 10000 --sqlite-kills 2000 --json out.json

With ``--controls`` the deliveries that are broken on purpose run too, and each must be caught.
Ctrl-C ends it early and shows what was done so far.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reliability import processes
from reliability.checker import check, unfinished
from reliability.controls import CONTROLS
from reliability.databases import opened
from reliability.plan import Plan
from reliability.report import Result, as_json, places, table
from reliability.storm import Storm

_ROUNDS = 8
_WORKERS_OF_A_CONTROL = 3
_SHOWN = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0: the promise was kept, and every control was caught."""
    asked = _parser().parse_args(arguments)
    processes.mind_interruptions()
    results = list(_results(asked))
    _say(table(results))
    _say(places(results))
    for result in results:
        for finding in result.findings[:_SHOWN] if not result.control else ():
            _say(f"{finding.rule}: {finding.submission} {finding.text}")
        if not result.good and not result.interrupted:
            _say(f"NOT GOOD: {result.title}, --seed {result.seed}\n{result.errors}")
    if signals := processes.interruptions():
        return 128 + signals[0]
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(as_json(results))
    return int(not all(result.good for result in results))


def _results(asked: argparse.Namespace) -> Iterator[Result]:
    for database in ("postgres", "sqlite") if asked.database == "both" else (asked.database,):
        fewer = asked.sqlite_kills if database == "sqlite" else None
        kills = asked.kills if fewer is None else fewer
        if kills:
            yield storm(database, Plan(seed=asked.seed, kills=kills, workers=asked.workers))
        for name in CONTROLS if asked.controls == [] else asked.controls or ():
            if not processes.interruptions():
                yield caught(database, asked.seed, name)
        if processes.interruptions():
            return


def storm(database: str, plan: Plan) -> Result:
    """Run one storm and check what is left of it."""
    with _folder() as folder, opened(database, folder) as place:
        run = Storm(plan, place, folder)
        run.run()
        evidence = run.evidence()
        findings = check(evidence)
        if not run.losses.calm and not run.losses.interrupted:
            findings += unfinished(evidence)
        return Result.of(database, place.version, run, evidence, findings)


def caught(database: str, seed: int, control: str) -> Result:
    """Run a broken delivery until it is caught; the last result says whether it was."""
    for number in range(_ROUNDS):
        strikes = CONTROLS[control].strikes
        plan = Plan(
            seed=seed + number, kills=strikes, workers=_WORKERS_OF_A_CONTROL, control=control
        )
        result = storm(database, plan)
        if result.findings or result.interrupted:
            break
    return result


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="notifykit-chaos-") as folder:
        yield Path(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reliability.chaos", description=__doc__)
    parser.add_argument("--database", choices=("postgres", "sqlite", "both"), default="both")
    parser.add_argument("--kills", type=int, default=100, help="0: only the controls")
    parser.add_argument("--sqlite-kills", type=int, help="on SQLite, in place of --kills")
    parser.add_argument("--workers", type=int, default=8, help="processes that deliver")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--json", type=Path, help="write seed, counts and versions there")
    parser.add_argument(
        "--controls", nargs="*", choices=tuple(CONTROLS), help="run these too; no name: all"
    )
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
