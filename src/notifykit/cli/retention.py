"""What ``notifykit purge`` and ``notifykit erase`` are told."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from datetime import timedelta

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_LONGEST = 6  # digits


def add_purge(parser: ArgumentParser, words: dict[str, str]) -> None:
    """Add the options of ``purge``."""
    parser.add_argument(
        "--older-than", type=age, required=True, metavar="AGE", help=words["purge.older-than"]
    )
    parser.add_argument("--rows", action="store_true", help=words["purge.rows"])
    _add_common(parser, words)


def add_erase(parser: ArgumentParser, words: dict[str, str]) -> None:
    """Add the options of ``erase``."""
    parser.add_argument("--contact", required=True, metavar="CONTACT", help=words["erase.contact"])
    parser.add_argument("--also-open", action="store_true", help=words["erase.also-open"])
    parser.add_argument("--by", metavar="NAME", default="", help=words["erase.by"])
    _add_common(parser, words)


def _add_common(parser: ArgumentParser, words: dict[str, str]) -> None:
    parser.add_argument("--source", metavar="SOURCE", help=words["submissions.source"])
    parser.add_argument("--dry-run", action="store_true", help=words["retention.dry-run"])
    parser.add_argument("--json", action="store_true", help=words["json"])


def age(text: str) -> timedelta:
    """Read an age such as ``90d``. Raises `ValueError`."""
    found = re.fullmatch(rf"([0-9]{{1,{_LONGEST}}})([hdw])", text.strip().lower())
    if found is None:
        raise ValueError
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
