"""The way in: finds the command, runs it, and says what went wrong in a few lines."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from notifykit.cli.context import Context, Surroundings, surroundings
from notifykit.cli.masking import scrubbed
from notifykit.cli.parser import Early, early, parse
from notifykit.cli.problems import NotFoundError, RefusedError, UsageError
from notifykit.cli.russian import in_russian
from notifykit.cli.screen import Screen, told
from notifykit.cli.texts import TEXTS
from notifykit.cli.variables import as_in_use
from notifykit.errors import ConfigurationError, NotifykitError, StorageError
from notifykit.journal import logger

_FAILED, _MISUSED, _INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Args:
        argv: What was typed after the program's name; left out, the process's own arguments.

    Returns:
        0: fine. 1: what was asked for failed. 2: the command or the settings are wrong.
    """
    _open_what_is_closed()
    _let_any_letter_pass()
    argv = sys.argv[1:] if argv is None else argv
    wish = early(argv)
    around = surroundings(wish.env_file, wish.locale)
    try:
        options = parse(argv, around.locale)
    except SystemExit as stop:
        return int(stop.code or 0)
    context = Context(
        options=options,
        environment=around.environment,
        locale=around.locale,
        screen=Screen(color="NO_COLOR" not in around.environment.values),
    )
    _tell_lines_passed_over(context, around)
    lasting = options.command == "worker" or getattr(options, "watch", None)
    with _log(to_stderr=wish.debug or bool(lasting)):
        return _run(context, around, wish)


def _run(context: Context, around: Surroundings, wish: Early) -> int:
    command = import_module(f"notifykit.cli.{context.options.command.replace('-', '_')}")
    try:
        if around.problem:
            raise around.problem
        return int(asyncio.run(command.run(context)))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except Exception as error:  # noqa: BLE001 - people get a line, never a traceback
        _complain(error, around, wish)
        return _MISUSED if isinstance(error, ConfigurationError | UsageError) else _FAILED


def _complain(error: Exception, around: Surroundings, wish: Early) -> None:
    texts, values = TEXTS[around.locale], around.environment.values
    text = "".join(traceback.format_exception(error)) if wish.debug else ""
    message = _message(error, texts)
    said = in_russian(message) if around.locale == "ru" else message
    print(scrubbed(text + as_in_use(said, values), values), file=sys.stderr)


def _message(error: Exception, texts: Mapping[str, str]) -> str:
    if isinstance(error, ConfigurationError) and len(error.problems) > 1:
        problems = "\n".join(f"  {problem}" for problem in error.problems)
        return f"{texts['error.settings']}\n{problems}\n{texts['error.settings.hint']}"
    if isinstance(error, StorageError):
        return told(texts["error.storage"], {"error": error})
    if isinstance(error, UsageError | NotFoundError | RefusedError):
        return str(error)
    if isinstance(error, NotifykitError):
        return told(texts["error"], {"error": error})
    return told(texts["error.unexpected"], {"kind": type(error).__name__})


@contextmanager
def _log(*, to_stderr: bool) -> Iterator[None]:
    # Without a handler of ours, Python would print warnings in the middle of our output.
    handler = logging.StreamHandler(sys.stderr) if to_stderr else logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def _tell_lines_passed_over(context: Context, around: Surroundings) -> None:
    if context.options.command == "doctor":  # tells it with what to do
        return
    for line in around.environment.passed_over:
        print(context.say("error.line", file=around.file, line=line), file=sys.stderr)


def _open_what_is_closed() -> None:
    # A process may be started without them; Python has None in their place then.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, nowhere)


def _let_any_letter_pass() -> None:
    # A console of one code page knows few letters and no marks: better a "?" than no answer.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
