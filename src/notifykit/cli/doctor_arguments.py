"""What may be typed behind ``notifykit doctor``; apart, so that other commands load no more."""

from __future__ import annotations

from argparse import ArgumentParser


def add_doctor(parser: ArgumentParser, words: dict[str, str]) -> None:
    """Say what may be typed."""
    parser.add_argument("--send", action="store_true", help=words["doctor.send"])
    parser.add_argument("--nameserver", metavar="IP[:PORT]", help=words["doctor.nameserver"])
    parser.add_argument("--json", action="store_true", help=words["json"])
