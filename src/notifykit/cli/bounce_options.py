"""What ``notifykit bounces`` is told."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta

from notifykit.cli.retention import age

_SHORTEST, _LONGEST, _USUAL = 30, 86_400, 300


def add_bounces(parser: ArgumentParser, words: dict[str, str]) -> None:
    """Add the options of ``bounces``."""
    parser.add_argument(
        "--since", type=age, default=timedelta(days=3), metavar="AGE", help=words["bounces.since"]
    )
    parser.add_argument(
        "--watch",
        type=_seconds,
        nargs="?",
        const=_USUAL,
        metavar="SECONDS",
        help=words["bounces.watch"],
    )
    parser.add_argument("--json", action="store_true", help=words["json"])


def _seconds(text: str) -> int:
    number = int(text)
    if not _SHORTEST <= number <= _LONGEST:
        raise ValueError
    return number


# argparse shows it as "invalid seconds value: …"
_seconds.__name__ = "seconds"
