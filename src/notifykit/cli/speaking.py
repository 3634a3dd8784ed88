"""argparse in two languages."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser, HelpFormatter, RawDescriptionHelpFormatter
from typing import Any, NoReturn

from notifykit.cli.help_texts import ARGPARSE_RU, HELP

_WIDEST = 100


class _Speaking(ArgumentParser):
    """argparse in the chosen language, with two lines instead of a page where it is stuck."""

    locale = "ru"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, "formatter_class": self._formatter, **options})
        # The only way to name the two groups that argparse makes by itself.
        self._positionals.title = HELP[self.locale]["positionals"]
        self._optionals.title = HELP[self.locale]["options"]

    def _formatter(self, prog: str) -> HelpFormatter:
        return RawDescriptionHelpFormatter(prog, max_help_position=26, width=width())

    def format_help(self) -> str:
        return self._prefixed(super().format_help())

    def format_usage(self) -> str:
        return self._prefixed(super().format_usage())

    def _prefixed(self, text: str) -> str:
        return HELP[self.locale]["prefix"] + text.removeprefix("usage: ")

    def error(self, message: str) -> NoReturn:
        if self.locale == "ru":
            for english, russian in ARGPARSE_RU.items():
                message = message.replace(english, russian)
        hint = HELP[self.locale]["hint"].format(prog=self.prog)
        self.exit(2, f"{self.prog}: {message}\n{hint}\n")


class RussianParser(_Speaking):
    """Speaks Russian."""

    locale = "ru"


class EnglishParser(_Speaking):
    """Speaks English."""

    locale = "en"


def width() -> int:
    """Give the width of a help page."""
    return min(shutil.get_terminal_size().columns, _WIDEST)
