"""Whether every template compiles and renders, and whether the user's own files are used at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from notifykit.doctor.finding import Finding, Value
from notifykit.doctor.samples import SAMPLES
from notifykit.errors import ConfigurationError, NotifykitError
from notifykit.rendering.base import Renderer

_SUBJECT = ".subject.txt"
_NEAR = 0.8
_ENDINGS = (".html", ".htm", ".txt", ".text", ".toml", ".j2", ".jinja", ".jinja2")
_SHARED = ("layout.html", "ru.toml", "en.toml")


def mails(renderer: Renderer, folder: Path | None = None) -> list[Finding]:
    """
    Render every stock kind with sample data; a renderer with a ``check()`` is asked for the rest.

    Args:
        folder: The user's own templates; what is misnamed there is told.
    """
    started = time.perf_counter()
    broken = dict.fromkeys(_faults(renderer))
    for notification in SAMPLES:
        try:
            renderer.render(notification, reference="KMT-4827", created_at=datetime.now(UTC))
        except NotifykitError as error:
            if not any(fault.endswith(str(error)) for fault in broken):
                broken[str(error)] = None
    own = list(_own(folder)) if folder else []
    seconds = time.perf_counter() - started
    if broken:
        faults = tuple({"error": error} for error in broken)
        return [Finding(id="NK601", subject="templates", seen=faults, seconds=seconds), *own]
    kinds = dict.fromkeys(notification.kind for notification in SAMPLES)
    also = ", ".join(sorted(_kinds(folder) - set(kinds))) if folder else ""
    read = {"ru": f"; прочитаны: {also}", "en": f"; read: {also}"} if also else ""
    seen: tuple[dict[str, Value], ...] = ({"kinds": ", ".join(kinds), "read": read},)
    return [Finding(id="fine.templates", subject="templates", seen=seen, seconds=seconds), *own]


def _faults(renderer: Renderer) -> tuple[str, ...]:
    try:
        if check := getattr(renderer, "check", None):
            check()
    except ConfigurationError as error:
        return error.problems
    return ()


def _kinds(folder: Path) -> set[str]:
    return {file.name.removesuffix(_SUBJECT) for file in folder.glob(f"*{_SUBJECT}")}


def _own(folder: Path) -> Iterator[Finding]:
    names = sorted(file.name for file in folder.iterdir() if file.is_file())
    kinds = _kinds(folder) | {notification.kind for notification in SAMPLES}
    known = [*_SHARED, *(f"{kind}{end}" for kind in kinds for end in (".html", ".txt", _SUBJECT))]
    near = {name: _near(name, known) for name in names if name not in known}
    if misnamed := tuple({"file": name, "right": right} for name, right in near.items() if right):
        yield Finding(id="NK602", subject="templates", seen=misnamed)
    elif not set(names) & set(known):
        yield Finding(id="NK603", subject="templates", seen=({"folder": folder},))


def _near(name: str, known: list[str]) -> str | None:
    if not name.lower().endswith(_ENDINGS):
        return None
    return next(iter(get_close_matches(name.lower(), known, n=1, cutoff=_NEAR)), None)
