"""
What it saves to work the style of a page out once, and not for every mail.

``python -m benchmarks.rendering``. Compare the ratios, which come from one run, and not the times.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import cssutils
from jinja2 import Environment
from premailer import Premailer

from notifykit.notifications import Contact, Order, OrderLine
from notifykit.rendering import Brand, TemplateRenderer
from notifykit.rendering.environment import environment
from notifykit.rendering.locales import LOCALES
from notifykit.rendering.sources import Texts

ROUNDS, CALLS = 9, 30
MADE = datetime(2026, 11, 22, tzinfo=UTC)
TEXTS = Texts("ru", None)


def order(lines: int) -> Order:
    """Make an order of so many lines."""
    line = OrderLine(code="00-0123", title="Цемент М500", quantity="10", price="512.50", stock="84")
    customer = Contact(name="Иван Петров", phone="+7 900 000-00-00")
    return Order(number="A-17", customer=customer, lines=(line,) * lines)


def once(renderer: TemplateRenderer, told: Order) -> None:
    """Render as notifykit does."""
    renderer.render(told, reference="KMT-4827", created_at=MADE)


def every_time(templates: Environment, told: Order) -> None:
    """Fill the same templates, and give each page to premailer."""
    values = {
        **dict.fromkeys(("notification", "order"), told),
        "reference": "KMT-4827",
        "created_at": MADE,
        "brand": Brand(),
        "t": TEXTS,
    }
    _, _, page = (
        templates.get_template(f"order.{part}").render(values)
        for part in ("subject.txt", "txt", "html")
    )
    Premailer(page, allow_network=False, disable_validation=True).transform()


def seconds(work: Callable[[], None]) -> float:
    """Take the best of some rounds, for one call."""
    work()
    return min(timeit.repeat(work, time.process_time, repeat=ROUNDS, number=CALLS)) / CALLS


def main() -> None:
    """Print the table."""
    cssutils.log.enabled = False
    templates, renderer = environment(None, LOCALES["ru"]), TemplateRenderer()
    print(f"{'lines':>5}  {'for every mail':>14}  {'once':>7}  {'times faster':>12}")
    for lines in (1, 3, 40):
        told = order(lines)
        slow = seconds(partial(every_time, templates, told))
        fast = seconds(partial(once, renderer, told))
        print(f"{lines:>5}  {slow * 1e3:>11.2f} ms  {fast * 1e3:>4.2f} ms  {slow / fast:>12.1f}")


if __name__ == "__main__":
    main()
