"""What can be typed."""

from __future__ import annotations

import sys
import textwrap
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from notifykit import __version__
from notifykit.cli.bounce_options import add_bounces
from notifykit.cli.dashboard_arguments import add_dashboard, add_preview
from notifykit.cli.doctor_arguments import add_doctor
from notifykit.cli.help_texts import COMMANDS, HELP, TOUR
from notifykit.cli.retention import add_erase, add_purge
from notifykit.cli.speaking import EnglishParser, RussianParser, width
from notifykit.submission import Status

_MOST = 1_000


class _NotUnderstoodError(Exception):
    pass


class _QuietParser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _NotUnderstoodError(message)


@dataclass(frozen=True, slots=True)
class Early:
    """What has to be known before anything can be said: the language, and how much of it."""

    locale: str | None = None
    env_file: Path | None = None
    debug: bool = False


def early(argv: Sequence[str]) -> Early:
    """Look for the options that hold for every command, wherever they stand."""
    parser = _QuietParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--locale")
    parser.add_argument("--env-file", type=Path)
    parser.add_argument("--debug", action="store_true")
    try:
        found, _ = parser.parse_known_args(argv)
    except _NotUnderstoodError:
        return Early()  # the real parser will say what is wrong
    return Early(found.locale, found.env_file, found.debug)


def parse(argv: Sequence[str], locale: str) -> Namespace:
    """
    Understand what was typed.

    Raises:
        SystemExit: With 0 where help was asked for, with 2 where it is not understood.
    """
    parser_class = EnglishParser if locale == "en" else RussianParser
    words = HELP[locale]
    parser = parser_class(
        prog="notifykit",
        usage=words["usage"],
        description=_tour(locale),
        add_help=False,
    )
    _add_common(parser, words, top=True)
    commands = parser.add_subparsers(
        dest="command", help=SUPPRESS, metavar=words["command"], prog="notifykit"
    )
    for name, add in _ARGUMENTS.items():
        command = commands.add_parser(
            name,
            description=_described(words[name], words[f"{name}.more"]),
            usage=f"notifykit {name} {words[f'{name}.usage']}".rstrip(),
            add_help=False,
        )
        add(command, words)
        _add_common(command, words)
    return _understood(parser, argv)


def _understood(parser: ArgumentParser, argv: Sequence[str]) -> Namespace:
    options = parser.parse_args(argv)
    if options.command is None:
        parser.print_help(sys.stdout)
        parser.exit(0)
    return options


def _tour(locale: str) -> str:
    words = HELP[locale]
    lines = [TOUR[locale]["intro"]]
    for part, names in COMMANDS.items():
        lines += ["", TOUR[locale][part]]
        lines += [f"  {name:<12} {words[name]}" for name in names]
    return "\n".join([*lines, "", TOUR[locale]["outro"]])


def _described(line: str, more: str) -> str:
    told = [textwrap.fill(part, width()) for part in more.splitlines()]
    return "\n".join([f"{line[:1].upper()}{line[1:]}.", "", *told])


def _add_common(parser: ArgumentParser, words: dict[str, str], *, top: bool = False) -> None:
    # The same option may stand before the command or after it: the later one must not undo it.
    unset: dict[str, Any] = {} if top else {"default": SUPPRESS}
    parser.add_argument("-h", "--help", action="help", help=words["help"])
    if top:
        version = f"notifykit {__version__}"
        parser.add_argument("--version", action="version", version=version, help=words["version"])
    parser.add_argument("--locale", choices=("ru", "en"), help=words["locale"], **unset)
    parser.add_argument("--env-file", type=Path, metavar="PATH", help=words["env-file"], **unset)
    parser.add_argument("--debug", action="store_true", help=words["debug"], **unset)


def _add_demo(parser: ArgumentParser, words: dict[str, str]) -> None:
    parser.add_argument(
        "--dir", type=Path, default=Path("demo"), metavar="DIR", help=words["demo.dir"]
    )
    parser.add_argument("--serve", action="store_true", help=words["demo.serve"])


def _add_json(parser: ArgumentParser, words: dict[str, str]) -> None:
    parser.add_argument("--json", action="store_true", help=words["json"])


def _add_send(parser: ArgumentParser, words: dict[str, str]) -> None:
    parser.add_argument(
        "kind", choices=("order", "call"), metavar="order|call", help=words["send.kind"]
    )
    parser.add_argument("file", metavar="FILE.json", help=words["send.file"])
    parser.add_argument("--to", action="append", metavar="EMAIL", help=words["send.to"])
    parser.add_argument("--key", metavar="KEY", help=words["send.key"])
    parser.add_argument("--force", action="store_true", help=words["send.force"])
    _add_json(parser, words)


def _add_submissions(parser: ArgumentParser, words: dict[str, str]) -> None:
    parser.add_argument(
        "--status",
        type=str.upper,
        choices=[status.value for status in Status],
        help=words["submissions.status"],
    )
    parser.add_argument("--kind", metavar="KIND", help=words["submissions.kind"])
    parser.add_argument("--source", metavar="SOURCE", help=words["submissions.source"])
    parser.add_argument(
        "--limit", type=_limit, default=20, metavar="N", help=words["submissions.limit"]
    )
    _add_json(parser, words)


def _limit(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST:
        raise ValueError
    return number


# argparse shows it as "invalid number value: …"
_limit.__name__ = "number"


def _add_show(parser: ArgumentParser, words: dict[str, str]) -> None:
    parser.add_argument("wanted", metavar="ID|REFERENCE", help=words["show.wanted"])
    _add_json(parser, words)


def _add_resend(parser: ArgumentParser, words: dict[str, str]) -> None:
    _add_mark_sent(parser, words)
    parser.add_argument("--yes", action="store_true", help=words["resend.yes"])


def _add_mark_sent(parser: ArgumentParser, words: dict[str, str]) -> None:
    _add_show(parser, words)
    parser.add_argument("--by", metavar="NAME", default="", help=words["decide.by"])


def _add_nothing(parser: ArgumentParser, words: dict[str, str]) -> None:
    pass


def _add_worker(parser: ArgumentParser, words: dict[str, str]) -> None:
    parser.add_argument("--once", action="store_true", help=words["worker.once"])


_ARGUMENTS: dict[str, Callable[[ArgumentParser, dict[str, str]], None]] = {
    "demo": _add_demo,
    "config": _add_json,
    "check": _add_json,
    "doctor": add_doctor,
    "migrate": _add_nothing,
    "send": _add_send,
    "submissions": _add_submissions,
    "show": _add_show,
    "explain": _add_show,
    "resend": _add_resend,
    "mark-sent": _add_mark_sent,
    "cancel": _add_mark_sent,
    "worker": _add_worker,
    "bounces": add_bounces,
    "dashboard": add_dashboard,
    "preview": add_preview,
    "purge": add_purge,
    "erase": add_erase,
}
