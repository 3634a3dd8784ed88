"""
Puts what the code knows into the pages, so that no page holds a second copy of it.

A line ``<!-- generated: settings ru -->`` becomes the table of settings in Russian, and so on: see
`MAKERS`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout, suppress
from datetime import timedelta
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

from chaos import chaos, table
from findings import findings
from scenes import scenes
from speed import speed
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from states import states

from notifykit.cli.help_texts import COMMANDS
from notifykit.cli.parser import parse
from notifykit.settings import Settings
from notifykit.settings.texts import SAID
from notifykit.settling import RetryPolicy
from notifykit.transports.relays import RELAYS

MINUTE, HOUR = 60, 3_600

_PLACE = re.compile(r"^<!-- generated: (?P<what>[a-z]+) (?P<locale>ru|en) -->$", re.MULTILINE)


def fill(source: str) -> str:
    """Replace every place of a page with what belongs there."""
    return _PLACE.sub(lambda place: MAKERS[place["what"]](place["locale"]), source)


def settings(locale: str) -> str:
    """List every variable, what it is for and its default."""
    head = {
        "ru": ("Переменная", "Для чего", "По умолчанию"),
        "en": ("Variable", "What it is for", "Default"),
    }[locale]
    defaults = {field.alias: field.default for field in Settings.model_fields.values()}
    rows = ((f"`{name}`", SAID[name][locale], _default(defaults[name])) for name in SAID)
    return table(head, rows)


def _default(value: Any) -> str:
    return f"`{value}`" if value not in (None, (), "") else "–"


def relays(locale: str) -> str:
    """List the SMTP hosts that are known by name."""
    head = {
        "ru": ("Провайдер", "Сервер", "Порт", "Защита"),
        "en": ("Provider", "Server", "Port", "Protection"),
    }[locale]
    return table(
        head,
        (
            (f"`{name}`", f"`{relay.host}`", str(relay.port), f"`{relay.security.value}`")
            for name, relay in RELAYS.items()
        ),
    )


def retry(locale: str) -> str:
    """Say when the next rounds are, by the default policy."""
    policy = RetryPolicy()
    says = {
        "ru": "По умолчанию следующий круг начинается через {first}, затем через {rest} и дальше "
        "каждый раз через столько же; каждый срок случайно меняется в пределах {jitter:.0%}. Если "
        "сервер не принял получателя временно (greylisting), то не раньше чем через {greylisting}. "
        "Письмо, которое за {days} дней так никто и не принял, получает статус `FAILED`.",
        "en": "By default the next round begins after {first}, then after {rest}, and so on at the "
        "last of these; each is drawn up to {jitter:.0%} longer or shorter. Where a server would "
        "not take a recipient for now (greylisting) it is {greylisting} at least. A mail that "
        "nobody could take in {days} days is `FAILED`.",
    }[locale]
    first, *rest = (_span(delay, locale) for delay in policy.delays)
    return says.format(
        first=first,
        rest=", ".join(rest),
        jitter=policy.jitter,
        greylisting=_span(policy.greylisting, locale),
        days=policy.lifetime.days,
    )


def _span(delay: timedelta, locale: str) -> str:
    seconds, minutes, hours = {"ru": ("с", "мин", "ч"), "en": ("s", "min", "h")}[locale]
    total = round(delay.total_seconds())
    if total < MINUTE:
        return f"{total}\u00a0{seconds}"
    if total < HOUR:
        return f"{total // MINUTE}\u00a0{minutes}"
    return f"{total // HOUR}\u00a0{hours}"


_PROVIDERS = {
    "gmail": {"ru": "Gmail", "en": "Gmail"},
    "yandex": {"ru": "Яндекс", "en": "Yandex"},
    "sendgrid": {"ru": "SendGrid", "en": "SendGrid"},
    "mailgun": {"ru": "Mailgun", "en": "Mailgun"},
    "mailru": {"ru": "Mail.ru", "en": "Mail.ru"},
    "smtp": {"ru": "Любой SMTP-сервер", "en": "Any SMTP server"},
    "http": {"ru": "Любой HTTP API", "en": "Any HTTP API"},
    "network": {"ru": "Сеть", "en": "Network"},
    "imap": {"ru": "Чтение возвратов (IMAP)", "en": "Reading returned mails (IMAP)"},
    "returned": {"ru": "Возвраты после отправки", "en": "Returned after it was sent"},
    "any": {"ru": "Все остальные ответы", "en": "Any other answer"},
}


def troubleshooting(locale: str) -> str:
    """List what providers say, why, and what to do about it."""
    table = tomllib.loads((files("notifykit.diagnosis") / "table.toml").read_text("utf-8"))
    return "\n\n".join(
        f"## {_PROVIDERS[provider][locale]}\n\n"
        + "\n\n".join(
            _case(f"{provider}.{name}", row, locale)
            for name, row in rows.items()
            if isinstance(row, Mapping)
        )
        for provider, rows in table.items()
        if isinstance(rows, Mapping)
    )


_SAYS = {
    "ru": ("Ответ", "Что делать", "Подробности у провайдера", "Пауза провайдера"),
    "en": ("The answer", "What to do", "The provider's page", "The provider is held for"),
}


def _case(id_: str, row: Mapping[str, Any], locale: str) -> str:
    says, to_do, page, held = _SAYS[locale]
    lines = [f"**{row['cause'][locale]}**", f": {to_do}: {row['advice'][locale]}"]
    if words := _words(row["when"]):
        lines.append(f": {says}: {words}")
    if "hold" in row:
        lines.append(f": {held}: {_span(_duration(row['hold']), locale)}")
    if "link" in row:
        lines.append(f": {page}: <{row['link']}>")
    lines.append(f": `{id_}`")
    return "\n".join(lines)


def _duration(text: str) -> timedelta:
    unit = {"m": "minutes", "h": "hours"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


def _words(conditions: Iterable[Mapping[str, Any]]) -> str:
    texts = [text for condition in conditions for text in condition.get("text", ())]
    codes = [
        " ".join(condition[part] for part in ("code", "enhanced") if part in condition)
        for condition in conditions
        if "text" not in condition
    ]
    found = dict.fromkeys(word for word in (*texts, *codes) if word and word != "none")
    return ", ".join(f"`{word}`" for word in found)


def commands(locale: str) -> str:
    """List every command with its options, in the words of its own help."""
    names = [name for group in COMMANDS.values() for name in group]
    return "\n\n".join(
        f"## notifykit {name}\n\n```text\n{_help([name, '--help'], locale)}\n```" for name in names
    )


def _help(typed: list[str], locale: str) -> str:
    said = StringIO()
    with redirect_stdout(said), suppress(SystemExit):
        parse(typed, locale)
    return said.getvalue().strip()


MAKERS: Mapping[str, Callable[[str], str]] = {
    "chaos": chaos,
    "commands": commands,
    "findings": findings,
    "relays": relays,
    "retry": retry,
    "scenes": scenes,
    "settings": settings,
    "speed": speed,
    "states": states,
    "troubleshooting": troubleshooting,
}


def _on_read(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = fill(source[0])


def _outdated(app: Sphinx, env: BuildEnvironment, *rest: object) -> list[str]:
    """Read again what comes from the code: Sphinx sees only that the page itself is unchanged."""
    from_code = ("<!-- generated", "autoclass::")
    texts = {name: Path(env.doc2path(name)).read_text("utf-8") for name in env.found_docs}
    return [name for name, text in texts.items() if any(mark in text for mark in from_code)]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _on_read)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
