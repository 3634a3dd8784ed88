"""Reads the environment of the process, and a ``.env`` file for the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from notifykit.errors import ConfigurationError

PROCESS = "environment"


@dataclass(frozen=True, slots=True)
class Environment:
    """
    Variables, and where each one came from.

    Attributes:
        values: By name; may hold secrets.
        origins: By name: ``environment``, or the path of a ``.env`` file.
    """

    values: Mapping[str, str] = field(repr=False)
    origins: Mapping[str, str]


def read_environment(
    dotenv: Path | None = None, process: Mapping[str, str] | None = None
) -> Environment:
    """
    Read the process's variables, and beneath them those of a ``.env`` file.

    Args:
        dotenv: The file; variables that the process has win over it. ``None``: no file.
        process: In place of the process's own variables.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    process = dict(os.environ if process is None else process)
    written = _read(dotenv) if dotenv else {}
    origins = {name: str(dotenv) for name in written} | dict.fromkeys(process, PROCESS)
    return Environment({**written, **process}, origins)


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {type(error).__name__}") from error
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}
