"""Reads a notification from JSON, and says in plain lines what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from notifykit.cli.context import Context
from notifykit.cli.problems import UsageError
from notifykit.errors import InvalidEmailError
from notifykit.notifications import ManagerCall, Notification, Order

_KINDS: dict[str, type[Notification]] = {"order": Order, "call": ManagerCall}
_MOST = 20
# What pydantic calls it, by how it begins, and how we say it.
_SAID = {
    "missing": "missing",
    "extra_forbidden": "extra_forbidden",
    "decimal_type": "number",
    "decimal_parsing": "number",
    "decimal": "range",
    "greater": "range",
    "less": "range",
    "finite": "range",
    "string_too": "length",
    "too_": "length",
    "string_pattern": "choice",
    "string": "text",
    "enum": "choice",
    "literal": "choice",
}


def notification(context: Context) -> Notification:
    """
    Read the file that was named, or standard input.

    Raises:
        UsageError: Every problem on a line, with the field's path and without its value.
    """
    file = context.options.file
    content = _parsed(context, file, _text(context, file))
    try:
        return _KINDS[context.options.kind].model_validate(content)
    except ValidationError as error:
        lines = dict.fromkeys(_lines(context, error))
        head = context.say("send.problems", file=file)
        raise UsageError(head, *(f"  {line}" for line in list(lines)[:_MOST])) from None


def _text(context: Context, file: str) -> str:
    try:
        content = _piped() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(context.say("send.utf8", file=file)) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(context.say("send.file", file=file, why=why)) from None


def _piped() -> bytes:
    # A process may be started without standard input; Python has None in its place then.
    return sys.stdin.buffer.read() if sys.stdin else b""


def _parsed(context: Context, file: str, text: str) -> Any:
    try:
        # Money as it stands there: a float would not.
        content = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        where = context.say("send.json", file=file, line=error.lineno, column=error.colno)
        raise UsageError(where) from None
    except (ValueError, RecursionError):
        raise UsageError(context.say("send.deep", file=file)) from None
    if not isinstance(content, dict):
        raise UsageError(context.say("send.object", file=file))
    return content


def _lines(context: Context, error: ValidationError) -> Iterator[str]:
    found = error.errors(include_url=False, include_input=False)
    # A list whose members are wrong is called too short as well: that would only confuse.
    deeper = {problem["loc"][:-1] for problem in found}
    for problem in found:
        if problem["loc"] and problem["loc"] in {place[: len(problem["loc"])] for place in deeper}:
            continue
        place, said = _path(problem["loc"]), _said(problem)
        if place.startswith(("delivery", "order.delivery")):
            # Both kinds of delivery would report that it is not them.
            place, said = place.partition("delivery")[0] + "delivery", "delivery"
        text = context.say(f"problem.{said}")
        yield f"{place}: {text}" if place else text


def _path(place: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return path.removeprefix(".")


def _said(problem: ErrorDetails) -> str:
    if problem["type"] == "value_error":
        if isinstance(problem.get("ctx", {}).get("error"), InvalidEmailError):
            return "address"
        return "name" if "customer.name" in problem["msg"] else "reach"
    return next((said for kind, said in _SAID.items() if problem["type"].startswith(kind)), "kind")
