"""``notifykit purge``: forgets what is older than it has to be kept."""

from __future__ import annotations

from notifykit.cli.context import Context
from notifykit.cli.screen import Styled
from notifykit.storage import retention


async def run(context: Context) -> int:
    """Purge, or only say what would go."""
    options = context.options
    purged = await retention.purge(
        context.stored().database_url,
        older_than=options.older_than,
        source=options.source,
        rows=options.rows,
        dry_run=options.dry_run,
    )
    if options.json:
        context.screen.json(
            {
                "dry_run": options.dry_run,
                "blanked": purged.blanked,
                "removed": purged.removed,
                "still_open": purged.still_open,
            }
        )
        return 0
    key = f"purge.{'rows' if options.rows else 'bodies'}"
    count = purged.removed if options.rows else purged.blanked
    said = context.say(f"{key}.dry" if options.dry_run else key, count=count)
    context.screen.line("✅ ", Styled(said, "good"))
    if purged.still_open:
        context.screen.paragraph(context.say("purge.open", count=purged.still_open), style="warn")
    return 0
