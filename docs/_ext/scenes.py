"""Lists the scenes of the simulated providers."""

from __future__ import annotations

from itertools import chain

from chaos import table

from notifykit.diagnosis import find
from notifykit.simulators import HTTP_SCENES, SCENES


def scenes(locale: str) -> str:
    """List every scene: when it is played, and what the provider means by it."""
    head = {
        "ru": ("Сцена", "Когда", "Что случилось"),
        "en": ("Scene", "When", "What happened"),
    }[locale]
    rows = []
    for name, scene in chain(SCENES.items(), HTTP_SCENES.items()):
        known = find(scene.means or "")
        rows.append((f"`{name}`", f"`{scene.stage}`", known.cause(locale) if known else "–"))
    return table(head, rows)
