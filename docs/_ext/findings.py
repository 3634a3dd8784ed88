"""Lists what ``notifykit check`` and ``notifykit doctor`` may find, from the table they go by."""

from __future__ import annotations

import re

from notifykit.doctor.table import Entry, Severity, entries, step_name

_GROUPS: dict[str, dict[str, str]] = {
    "1": {"ru": "Настройки и переменные", "en": "Settings and variables"},
    "2": {"ru": "Соединение и вход", "en": "Connection and login"},
    "3": {"ru": "Отправитель и его домен", "en": "The sender and its domain"},
    "4": {"ru": "Отправитель и получатели на сервере", "en": "Sender and recipients at the server"},
    "5": {"ru": "База данных, очередь, часы", "en": "Database, queue, clock"},
    "6": {"ru": "Шаблоны писем", "en": "Templates"},
    "7": {"ru": "Пробное письмо", "en": "The test mail"},
}
_SAYS = {
    "ru": {"do": "Что сделать", "line": "Строка проверки", "link": "Подробнее"},
    "en": {"do": "What to do", "line": "Line of the check", "link": "More"},
}
_MARKS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️"}


def findings(locale: str) -> str:
    """Give every number with its cause and its steps."""
    numbered = [entry for entry in entries().values() if entry.number]
    parts = []
    for group, told in _GROUPS.items():
        of_group = [entry for entry in numbered if entry.id.startswith(f"NK{group}")]
        parts.append(f"## {told[locale]}")
        parts += [_finding(entry, locale) for entry in of_group]
    return "\n\n".join(parts)


def _finding(entry: Entry, locale: str) -> str:
    says = _SAYS[locale]
    mark = _MARKS[entry.severity]
    lines = [f"### {entry.id}", "", f"{mark} **{entry.causes[locale]}**", ""]
    lines += [f"{says['do']}:", ""]
    steps = [_readable(step) for step in entry.steps[locale]]
    lines += [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    lines += ["", f"{says['line']}: {step_name(entry.step, locale)}."]
    if entry.link:
        lines.append(f"{says['link']}: <{entry.link}>")
    return "\n".join(lines)


def _readable(step: str) -> str:
    # What is only known when it is found.
    return re.sub(r"\{\w+\}", "…", step)
