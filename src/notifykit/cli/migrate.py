"""``notifykit migrate``: makes or updates the tables."""

from __future__ import annotations

from notifykit.cli.context import Context
from notifykit.cli.screen import Styled
from notifykit.storage.migrate import migrate
from notifykit.storage.urls import database


async def run(context: Context) -> int:
    """Migrate; running it again does no harm."""
    url = context.stored().database_url
    place, steps = database(url), await migrate(url)
    key = "migrate.sqlite" if place.is_sqlite else "migrate.done" if steps else "migrate.nothing"
    context.screen.line("✅ ", Styled(context.say(key, name=place.name), "good"))
    for step in steps:
        context.screen.line("   ", step)
    return 0
