"""``notifykit check``: whether everybody would let us send."""

from __future__ import annotations

from notifykit.cli.context import Context
from notifykit.cli.lines import as_json, closed, ends, tell
from notifykit.cli.screen import Styled
from notifykit.doctor import check_settings


async def run(context: Context) -> int:
    """Check the settings, every provider, the database and the templates."""
    reading = context.reading()
    if not context.options.json:
        context.screen.line(Styled(context.say("check.head"), "head"))
    checked = await check_settings(reading)
    await closed(checked.notifier)
    if context.options.json:
        context.screen.json(as_json(context, checked.findings))
    else:
        tell(context, checked.findings)
    return ends(checked.findings)
