"""What every command has at hand."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from notifykit.cli.screen import Screen, told
from notifykit.cli.texts import TEXTS
from notifykit.errors import ConfigurationError
from notifykit.settings import Environment, Settings, read_environment
from notifykit.settings.model import Reading

DOTENV = Path(".env")
LOCALE = "NOTIFYKIT_LOCALE"
OPTION = "--locale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """
    What every command has at hand.

    Attributes:
        options: What was typed.
        environment: The variables and where each came from.
        locale: ``ru`` or ``en``.
        screen: Where to write.
    """

    options: Namespace
    environment: Environment
    locale: str
    screen: Screen

    def say(self, key: str, /, **fields: object) -> str:
        """Look a text up and fill it in."""
        return told(TEXTS[self.locale][key], fields)

    def knows(self, key: str) -> bool:
        """Say whether there is such a text."""
        return key in TEXTS[self.locale]

    def settings(self) -> Settings:
        """
        Read the settings for sending.

        Raises:
            ConfigurationError: Everything that is missing or malformed.
        """
        return Settings.from_env(self.environment.values)

    def reading(self) -> Reading[Settings]:
        """Read the settings as far as they go: looking into the database needs no mail account."""
        return Settings.read(self.environment.values)

    def stored(self) -> Settings:
        """
        Read the settings for looking into the database, as far as they go.

        Raises:
            ConfigurationError: Its URL is malformed; what else is wrong does not matter.
        """
        reading = self.reading()
        if problem := reading.problems.get(reading.settings.database_variable or ""):
            raise ConfigurationError(problem)
        return reading.settings

    def time(self, moment: datetime | None, settings: Settings, form: str = "clock.full") -> str:
        """Tell a moment in the zone of the settings."""
        if moment is None:
            return ""
        return moment.astimezone(ZoneInfo(settings.timezone)).strftime(self.say(form))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    The variables of this call.

    Attributes:
        environment: The process's; beneath them the ``.env`` file's, above them ``--locale``.
        file: The ``.env`` file; ``None``: there is none.
        problem: Why the file could not be read; then ``environment`` is the process's alone.
    """

    environment: Environment
    file: Path | None = None
    problem: ConfigurationError | None = field(default=None)

    @property
    def locale(self) -> str:
        """The language to speak."""
        return "en" if self.environment.values.get(LOCALE, "").strip().lower() == "en" else "ru"


def surroundings(dotenv: Path | None, locale: str | None) -> Surroundings:
    """
    Read the variables.

    Args:
        dotenv: Where left out, ``.env`` in the current folder if there is one.
        locale: In place of the variable.
    """
    path = dotenv or (DOTENV if DOTENV.is_file() else None)
    typed = {LOCALE: locale} if locale else {}
    environment, problem = read_environment(), None
    try:
        environment = read_environment(path, {**environment.values, **typed})
    except ConfigurationError as error:
        problem = error
    return Surroundings(_with(environment, typed), path, problem)


def _with(environment: Environment, typed: Mapping[str, str]) -> Environment:
    origins = {**environment.origins, **dict.fromkeys(typed, OPTION)}
    values = {**environment.values, **typed}
    return Environment(values, origins, environment.passed_over)
