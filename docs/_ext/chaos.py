"""Makes the figures of ``make chaos`` readable: what was broken, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).parents[1] / "_data" / "chaos.json"

_SAYS: dict[str, dict[str, str]] = {
    "ru": {
        "none": "*Для этой копии документации измерений нет: `make chaos` их проведёт.*",
        "run": "Прогон",
        "broken": "Так тоже проверялось: код, сломанный нарочно. Проверка обязана это заметить.",
        "control": "Что сломано",
        "found": "Что нашла проверка",
        "nothing": "**ничего**",
        "kept": "обещание выполнено",
        "not kept": "**обещание нарушено**",
        "verdict": "Итог",
        "seed": "Начальное число (seed)",
        "versions": "Версии",
        "accepted": "Принято обращений",
        "kills": "Убито процессов (SIGKILL)",
        "pauses": "Заморожено процессов (SIGSTOP)",
        "cuts": "Оборвано соединений с базой",
        "sent": "SENT",
        "open": "Ещё открыто",
        "failed": "FAILED",
        "unknown attempts": "Попыток с неизвестным исходом",
        "extra explained": "Вторых копий после потерянного ответа",
        "extra unexplained": "Вторых копий без объяснения",
        "lost": "Потеряно",
        "false SENT": "Ложных SENT",
        "false FAILED": "Ложных FAILED",
        "other findings": "Других нарушений",
        "rate/s": "Обращений в секунду",
        "seconds": "Секунд",
    },
    "en": {
        "none": "*This copy of the documentation has no figures: `make chaos` measures them.*",
        "run": "Run",
        "broken": "This was checked too: code that is broken on purpose. The check must notice.",
        "control": "What is broken",
        "found": "What the check found",
        "nothing": "**nothing**",
        "kept": "the promise was kept",
        "not kept": "**the promise was broken**",
        "verdict": "Verdict",
        "seed": "Seed",
        "versions": "Versions",
        "accepted": "Submissions accepted",
        "kills": "Processes killed (SIGKILL)",
        "pauses": "Processes frozen (SIGSTOP)",
        "cuts": "Database connections cut",
        "sent": "SENT",
        "open": "Still open",
        "failed": "FAILED",
        "unknown attempts": "Attempts of unknown outcome",
        "extra explained": "Second copies after a lost answer",
        "extra unexplained": "Second copies unexplained",
        "lost": "Lost",
        "false SENT": "False SENT",
        "false FAILED": "False FAILED",
        "other findings": "Other breaches",
        "rate/s": "Submissions a second",
        "seconds": "Seconds",
    },
}


def chaos(locale: str, figures: Path = FIGURES) -> str:
    """Give the tables, or say that nothing was measured."""
    if not figures.is_file():
        return _SAYS[locale]["none"]
    return tables(json.loads(figures.read_text("utf-8")), _SAYS[locale])


def tables(measured: Mapping[str, Any], says: Mapping[str, str]) -> str:
    """Put the runs side by side, and the controls below one another."""
    runs = [run for run in measured["runs"] if not run["control"]]
    controls = [run for run in measured["runs"] if run["control"]]
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    parts = [_runs(runs, says)] if runs else []
    parts.append(f"{says['versions']}: {versions}.")
    if controls:
        parts += [says["broken"], _controls(controls, says)]
    return "\n\n".join(parts)


def _runs(runs: list[Mapping[str, Any]], says: Mapping[str, str]) -> str:
    head = (says["run"], *(f"{run['database']} {run['version']}" for run in runs))
    rows = [
        (says.get(name, name), *(f"{run['counts'][name]:,}" for run in runs))
        for name in runs[0]["counts"]
    ]
    rows.append((says["seed"], *(str(run["seed"]) for run in runs)))
    verdicts = (says["kept" if run["good"] else "not kept"] for run in runs)
    return table(head, [*rows, (says["verdict"], *verdicts)])


def _controls(controls: list[Mapping[str, Any]], says: Mapping[str, str]) -> str:
    rows = [
        (f"{run['control']} ({run['database']})", _found(run["found"]) or says["nothing"])
        for run in controls
    ]
    return table((says["control"], says["found"]), rows)


def _found(found: Mapping[str, int]) -> str:
    return ", ".join(f"{rule}: {count}" for rule, count in found.items())


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table of a page."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )
