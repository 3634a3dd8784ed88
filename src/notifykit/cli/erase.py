"""``notifykit erase``: blanks a person everywhere, because they ask for it."""

from __future__ import annotations

from notifykit.cli.context import Context
from notifykit.cli.problems import UsageError
from notifykit.cli.screen import Styled
from notifykit.storage import retention
from notifykit.storage.retention import Erased


async def run(context: Context) -> int:
    """Erase, or only say what would go; 1 where something of theirs is left."""
    options = context.options
    try:
        erased = await retention.erase(
            context.reading().settings.database_url,
            options.contact,
            source=options.source,
            also_open=options.also_open,
            dry_run=options.dry_run,
        )
    except ValueError:
        # Without what was typed: it is somebody's, and this may be a log.
        raise UsageError(context.say("erase.contact.wrong")) from None
    if options.json:
        context.screen.json(_form(erased) | {"dry_run": options.dry_run})
    else:
        _tell(context, erased)
    return 1 if erased.skipped and not options.dry_run else 0


def _form(erased: Erased) -> dict[str, object]:
    return {
        "submissions": erased.submissions,
        "cancelled": erased.cancelled,
        "skipped": [
            {"reference": reference, "id": id_, "status": status}
            for reference, id_, status in erased.skipped
        ],
        "record": erased.id,
        "key": erased.key,
    }


def _tell(context: Context, erased: Erased) -> None:
    screen, dry = context.screen, context.options.dry_run
    said = context.say("erase.dry" if dry else "erase.done", count=erased.submissions)
    screen.line("✅ ", Styled(said, "good"))
    if erased.cancelled:
        screen.paragraph(context.say("erase.cancelled", count=erased.cancelled), style="warn")
    if erased.skipped:
        wish = "busy" if context.options.also_open else "open"
        screen.paragraph(f"⚠️ {context.say(f'erase.skipped.{wish}')}", style="warn")
    for reference, id_, status in erased.skipped:
        screen.line("   ", Styled(reference, "strong"), f"  {status}  {id_}")
    if erased.id:
        screen.facts(
            [(context.say("erase.record"), erased.id), (context.say("erase.key"), erased.key or "")]
        )
        screen.paragraph(context.say("erase.keep"), style="dim")
