"""Reads the environment of the process, and a ``.env`` file for the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from notifykit.errors import ConfigurationError
from notifykit.settings.texts import UNREADABLE, language

PROCESS = "environment"

_QUOTED = re.compile(r"""\s*(["'])((?:(?!\1).)*)\1\s*""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Environment:
    """
    Variables, and where each one came from.

    Attributes:
        values: By name; may hold secrets.
        origins: By name: ``environment``, or the path of a ``.env`` file.
        passed_over: The lines of that file, counted from 1, that hold no ``NAME=value``.
    """

    values: Mapping[str, str] = field(repr=False)
    origins: Mapping[str, str]
    passed_over: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """
    Variables as they stand, before anything is made of them.

    Attributes:
        process: The process's own; may hold secrets.
        file: The ``.env`` file; ``None``: there is none.
        text: What is in it, with its BOM; ``None``: it cannot be read.
        fault: Why it cannot be read: ``file`` or ``coding``.
    """

    process: Mapping[str, str] = field(repr=False)
    file: Path | None = None
    text: str | None = field(default=None, repr=False)
    fault: str | None = None


def read_sources(dotenv: Path | None, process: Mapping[str, str] | None = None) -> Sources:
    """
    Read the process's variables and a ``.env`` file as they are.

    Args:
        process: In place of the process's own variables.
    """
    process = dict(os.environ if process is None else process)
    if dotenv is None:
        return Sources(process)
    try:
        return Sources(process, dotenv, dotenv.read_bytes().decode())
    except UnicodeDecodeError:
        return Sources(process, dotenv, fault="coding")
    except OSError:
        return Sources(process, dotenv, fault="file")


def read_environment(
    dotenv: Path | None = None, process: Mapping[str, str] | None = None
) -> Environment:
    """
    Read the process's variables, and beneath them those of a ``.env`` file.

    Quotes around a whole value, which ``docker --env-file`` hands on as they stand, and line breaks
    at its end are not part of it.

    Args:
        dotenv: The file; variables that the process has win over it. ``None``: no file.
        process: In place of the process's own variables.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    process = dict(os.environ if process is None else process)
    bindings = _read(dotenv, language(process)) if dotenv else []
    written = {one.key: one.value for one in bindings if one.key and one.value is not None}
    origins = {name: str(dotenv) for name in written} | dict.fromkeys(process, PROCESS)
    values = {name: bare(value) for name, value in {**written, **process}.items()}
    return Environment(
        values, origins, tuple(one.original.line for one in filter(_is_odd, bindings))
    )


def _read(path: Path, locale: str) -> list[Binding]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: {UNREADABLE['coding'][locale]}") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigurationError(f"{path} {UNREADABLE['file'][locale]}: {why}") from error
    return list(parse_stream(StringIO(text)))


def _is_odd(binding: Binding) -> bool:
    return binding.error or (binding.key is not None and binding.value is None)


def bare(value: str) -> str:
    """Take off quotes around a whole value, and line breaks at its end."""
    value = value.rstrip("\r\n")
    quoted = _QUOTED.fullmatch(value)
    # Quotes within quotes were meant; and what was read once reads the same again.
    return quoted[2].rstrip("\r\n") if quoted and not _QUOTED.fullmatch(quoted[2]) else value
