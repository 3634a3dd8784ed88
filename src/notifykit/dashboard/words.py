"""What the dashboard says, in both languages; the texts stand in ``texts/*.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from notifykit.rendering.locales import LOCALES, Locale


class Words:
    """
    The words of one language: ``t.title`` in a template, ``t.of("status", "SENT")`` for a table.

    A word that is missing is an error, never an empty place.
    """

    def __init__(self, locale: str) -> None:
        text = (files("notifykit.dashboard") / "texts" / f"{locale}.toml").read_text("utf-8")
        self.locale = locale
        self.known: Mapping[str, Any] = tomllib.loads(text)
        self._habits: Locale = LOCALES[locale]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.known[name]
        except KeyError:
            raise AttributeError(f"the text {name!r} is missing in {self.locale}.toml") from None

    def of(self, table: str, name: str) -> str:
        """Name something by a table of words; what has no word there is shown as it is."""
        return str(self.known[table].get(name, name))

    def counted(self, count: int, name: str) -> str:
        """Write a number with the right form of a word."""
        return self._habits.plural(count, self.known["forms"][name])

    def filled(self, name: str, /, **fields: object) -> str:
        """Fill a sentence in."""
        return str(self.known[name]).format(**fields)


WORDS: Mapping[str, Words] = {locale: Words(locale) for locale in LOCALES}
