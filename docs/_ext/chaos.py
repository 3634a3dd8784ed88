"""Makes the figures of ``make chaos`` readable: what was broken where, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).parents[1] / "_data" / "chaos.json"

_DATABASES = ("postgres", "sqlite")

_SAYS: dict[str, dict[str, str]] = {
    "ru": {
        "none": "*Для этой копии документации измерений нет: `make chaos` их проведёт.*",
        "missing": "*На этой базе не измерено: {}.*",
        "run": "Прогон",
        "struck": "Где их убивали и замораживали",
        "at any moment": "в любой момент",
        "before accepting": "перед приёмом",
        "after accepting": "после приёма",
        "after the claim": "после захвата в работу",
        "before the start commit": "перед записью о начале попытки",
        "after the start commit": "после записи о начале попытки",
        "before the wire": "перед обращением к провайдеру",
        "after the answer": "после ответа провайдера",
        "before the outcome commit": "перед записью исхода попытки",
        "after the outcome commit": "после записи исхода попытки",
        "before the settling commit": "перед записью итога",
        "after the settling commit": "после записи итога",
        "before the hold": "перед остановкой провайдера",
        "after the hold": "после остановки провайдера",
        "kill": "убито",
        "pause": "заморожено",
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
        "killed while delivering": "— из них с обращением в работе",
        "killed while sending": "— из них во время передачи провайдеру",
        "killed at a named place": "— из них в заданном месте кода",
        "power cuts": "Убито по нескольку сразу, раз",
        "pauses": "Заморожено процессов (SIGSTOP)",
        "cuts": "Обрывов соединений с базой",
        "crashes": "Процессов упало само",
        "sent": "SENT",
        "open": "Ещё открыто",
        "left unsettled": "Ответ пришёл поздно, итог за человеком",
        "failed": "FAILED",
        "unknown attempts": "Попыток с неизвестным исходом",
        "extra explained": "Вторых копий после потерянного ответа (у каждого получателя своя)",
        "extra unexplained": "Вторых копий без объяснения",
        "lost": "Потеряно",
        "false SENT": "Ложных SENT",
        "false FAILED": "Ложных FAILED",
        "other findings": "Других нарушений",
        "rate/s": "Обращений в секунду",
        "kills/s": "Убито в секунду",
        "seconds": "Секунд",
    },
    "en": {
        "none": "*This copy of the documentation has no figures: `make chaos` measures them.*",
        "missing": "*Not measured on this database: {}.*",
        "run": "Run",
        "struck": "Where they were killed and frozen",
        "kill": "killed",
        "pause": "frozen",
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
        "killed while delivering": "— of them with a submission in hand",
        "killed while sending": "— of them while handing over to a provider",
        "killed at a named place": "— of them at a named place in the code",
        "power cuts": "Times several were killed at once",
        "pauses": "Processes frozen (SIGSTOP)",
        "cuts": "Times database connections were cut",
        "crashes": "Processes that failed by themselves",
        "sent": "SENT",
        "open": "Still open",
        "left unsettled": "Answered late, left to a person",
        "failed": "FAILED",
        "unknown attempts": "Attempts of unknown outcome",
        "extra explained": "Second copies after a lost answer, one for each recipient",
        "extra unexplained": "Second copies unexplained",
        "lost": "Lost",
        "false SENT": "False SENT",
        "false FAILED": "False FAILED",
        "other findings": "Other breaches",
        "rate/s": "Submissions a second",
        "kills/s": "Kills a second",
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
    parts = [_runs(runs, says), says["struck"] + ":", _places(runs, says)] if runs else []
    missing = [name for name in _DATABASES if name not in {run["database"] for run in runs}]
    if missing:
        parts.append(says["missing"].format(", ".join(missing)))
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


def _places(runs: list[Mapping[str, Any]], says: Mapping[str, str]) -> str:
    names = list(dict.fromkeys(name for run in runs for name in run["places"]))
    rows = []
    for deed in ("kill", "pause"):
        for name in (name for name in names if name.startswith(f"{deed} ")):
            place = name.removeprefix(f"{deed} ")
            counts = (f"{run['places'].get(name, 0):,}" for run in runs)
            rows.append((f"{says[deed]} {says.get(place, place)}", *counts))
    return table(("", *(run["database"] for run in runs)), rows)


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
