"""What all processes of a storm have in common is done once, before the first is forked."""

from __future__ import annotations

import gc
from importlib import import_module

from notifykit import Contact, Order, OrderLine
from notifykit.delivery import utc_now
from notifykit.diagnosis import table
from notifykit.rendering import TemplateRenderer

_IMPORTED_LATER = (
    "anyio._backends._asyncio",
    "asyncpg",
    "concurrent.futures.thread",
    "h11",
    "httpcore",
    "httpx",
    "notifykit.storage.sql",
    "sqlalchemy.dialects.postgresql.asyncpg",
)


def warm_renderer() -> TemplateRenderer:
    """Compile the templates, and import everything, once for all processes to come."""
    for module in _IMPORTED_LATER:
        import_module(module)
    renderer = TemplateRenderer()
    order = Order(
        number="A-0",
        customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
        lines=[OrderLine(code="00-0123", title="Цемент М500", quantity=1)],
    )
    renderer.render(order, reference="KMT-4827", created_at=utc_now())
    table.rows()
    # What is never collected is never written to, and so stays shared with every child.
    gc.collect()
    gc.freeze()
    return renderer
