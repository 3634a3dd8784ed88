"""What a model passes to a tool, read as it was meant, and what to tell it where it cannot be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from notifykit.cleaning import clean_line
from notifykit.contacts import says_nothing
from notifykit.spelling import measure
from notifykit.tool_texts import WANTED

_LINE = ("code", "title", "quantity", "unit")
_WAYS = ("phone", "email", "telegram")
_MAX_CODE = 64
_MAX_JSON = 4 * 1024 * 1024
_MAX_SHOWN = 64
_MAX_BITS = 64


def unknown(said: Mapping[str, Any], known: tuple[str, ...], say: Mapping[str, str]) -> list[str]:
    """Name the arguments that no tool has, as far as they say anything."""
    return [
        say["no_argument"].format(name=name[:_MAX_SHOWN], known=", ".join(known))
        for name, value in said.items()
        if name not in known and not _nothing(value)
    ]


def texts(said: Mapping[str, Any], say: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """Read arguments that are text; what says nothing becomes ``""``."""
    found = {}
    for name, value in said.items():
        text = "" if value is None else str(value) if _is_number(value) else value
        if not isinstance(text, str):
            problems.append(say["text"].format(name=name))
            text = ""
        found[name] = "" if says_nothing(text) else text
    return found


def contact(said: Mapping[str, str]) -> dict[str, str]:
    """Gather what is known of the client, as `Contact` names it."""
    known = {name: said[name] for name in ("customer_name", *_WAYS) if said[name]}
    return {name.removeprefix("customer_"): text for name, text in known.items()}


def listed(lines: Any) -> Any:
    """Give the lines of an order; models write JSON into a text, or one line without a list."""
    lines = _unpacked(lines)
    if isinstance(lines, Mapping):
        return [lines]
    return list(lines) if isinstance(lines, list | tuple) else None


def wanted(line: Any) -> dict[str, Any]:
    """Take what a model may say of one line; price and stock are not looked at."""
    line = _unpacked(line)
    known = line if isinstance(line, Mapping) else {}
    found = {name: known[name] for name in _LINE if name in known}
    if found.get("unit") in (None, ""):
        found.pop("unit", None)
    return found


def code_of(line: Mapping[str, Any]) -> str:
    """Give the ERP code that a catalogue can be asked for, or ``""``."""
    code = line.get("code")
    return clean_line(code) if isinstance(code, str) and len(code) <= _MAX_CODE else ""


def other_unit(line: Mapping[str, Any], unit: str) -> str | None:
    """Give the line's own unit where so much of it is not as much of the shop's."""
    said = line.get("unit")
    if not unit or not isinstance(said, str) or not clean_line(said):
        return None
    return None if measure(said) == measure(unit) else said[:_MAX_SHOWN]


def wrong(error: ValidationError, said: Mapping[str, str], locale: str) -> list[str]:
    """Say what each argument that was refused has to be, by the name that the model knows."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    places = [place for problem in found for place in _places(problem["loc"], said)]
    return [told(place, locale) for place in dict.fromkeys(places)]


def told(place: str, locale: str) -> str:
    """Say what the argument at a place, such as ``lines.0.code``, has to be."""
    return f"{place}: {WANTED[locale][place.rpartition('.')[2]]}"


def _places(location: tuple[int | str, ...], said: Mapping[str, str]) -> list[str]:
    if not location:  # who it is, or how to reach them
        reach = [] if any(said[name] for name in _WAYS) else [", ".join(_WAYS)]
        return reach if said["customer_name"] or reach else ["customer_name"]
    if location[0] == "customer":
        return ["customer_name" if location[-1] == "name" else str(location[-1])]
    return [".".join(map(str, location))]


def _is_number(value: Any) -> bool:
    """Tell a phone or the number of a pickup point, which may well come as a number."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and value.bit_length() <= _MAX_BITS


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and says_nothing(value))


def _unpacked(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > _MAX_JSON:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
