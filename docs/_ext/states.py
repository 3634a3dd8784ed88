"""Draws every status and every way from one to the next, with the words of one language."""

from __future__ import annotations

from html import escape

_WIDTH, _HEIGHT = 860, 470
_BOX = (150, 46)

# Status: where its box stands, and its colour.
_PLACES = {
    "QUEUED": (15, 200, "#c58a00"),
    "SENDING": (355, 200, "#4a7fd0"),
    "SENT": (695, 40, "#26a65b"),
    "UNCONFIRMED": (695, 200, "#c58a00"),
    "FAILED": (695, 375, "#d04a4a"),
}

# Where a line runs, whether a person draws it, and where its words stand.
_WAYS = {
    "enqueue": ("M90 130 V194", False, (90, 118, "middle")),
    "send": ("M400 130 V194", False, (400, 118, "middle")),
    "due": ("M165 212 H349", False, (257, 202, "middle")),
    "later": ("M355 234 H171", False, (260, 254, "middle")),
    "taken": ("M470 200 C520 100 600 63 689 63", False, (520, 66, "middle")),
    "lost": ("M505 212 H689", False, (597, 202, "middle")),
    "again": ("M695 234 H511", False, (600, 254, "middle")),
    "refused": ("M495 246 C530 330 610 388 689 390", False, (566, 316, "start")),
    "over": ("M375 246 C355 330 455 330 435 252", False, (405, 330, "middle")),
    "confirmed": ("M770 200 V92", True, (762, 148, "end")),
    "cancelled": ("M120 246 C140 370 420 402 689 398", True, (125, 345, "end")),
    "reopened": ("M695 410 C560 415 475 350 468 253", True, (430, 440, "middle")),
}

_WORDS: dict[str, dict[str, str]] = {
    "ru": {
        "title": "Статусы обращения и переходы между ними",
        "enqueue": "enqueue",
        "send": "send",
        "due": "пора: берёт процесс",
        "later": "никто не принял: позже|или после паузы",
        "taken": "провайдер принял",
        "lost": "ответ потерялся",
        "again": "те же байты|тому же провайдеру",
        "refused": "отказано всем навсегда|или вышел срок",
        "over": "аренда кончилась:|берёт другой процесс",
        "confirmed": "человек: mark-sent|CONFIRMED",
        "cancelled": "человек: cancel|CANCELLED",
        "reopened": "человек: resend, REOPENED (и из UNCONFIRMED, и из QUEUED)",
    },
    "en": {
        "title": "The statuses of a submission, and the ways between them",
        "enqueue": "enqueue",
        "send": "send",
        "due": "due: a process claims it",
        "later": "nobody took it: later,|or when a hold ends",
        "taken": "a provider took it",
        "lost": "the answer was lost",
        "again": "the same bytes to|the same provider",
        "refused": "refused for everybody,|or its lifetime is over",
        "over": "the lease is over:|another process claims it",
        "confirmed": "a person: mark-sent|CONFIRMED",
        "cancelled": "a person: cancel|CANCELLED",
        "reopened": "a person: resend, REOPENED (from UNCONFIRMED and QUEUED too)",
    },
}

_HEAD = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="currentColor"/></marker></defs>'
)


def states(locale: str) -> str:
    """Draw the diagram; what a person does is dashed."""
    words = _WORDS[locale]
    parts = [_HEAD, *(_box(status) for status in _PLACES)]
    parts += [_way(words[name], *_WAYS[name]) for name in _WAYS]
    return (
        f'<svg class="states" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(words["title"])}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(words['title'])}</title>{''.join(parts)}</svg>"
    )


def _box(status: str) -> str:
    x, y, colour = _PLACES[status]
    width, height = _BOX
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="none" '
        f'stroke="{colour}" stroke-width="2.5"/>'
        f'<text x="{x + width / 2}" y="{y + 28}" text-anchor="middle" font-weight="bold" '
        f'font-size="15">{status}</text>'
    )


def _way(words: str, line: str, by_hand: bool, label: tuple[int, int, str]) -> str:  # noqa: FBT001 - a row of the table
    x, y, anchor = label
    dashes = ' stroke-dasharray="6 4"' if by_hand else ""
    lines = "".join(
        f'<tspan x="{x}" dy="{15 * bool(number)}">{escape(part)}</tspan>'
        for number, part in enumerate(words.split("|"))
    )
    return (
        f'<path d="{line}" fill="none" stroke="currentColor" stroke-width="1.4"{dashes} '
        f'marker-end="url(#arrow)"/>'
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="12.5">{lines}</text>'
    )
