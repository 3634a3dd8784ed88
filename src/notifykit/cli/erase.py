"""``notifykit erase``: blanks a person everywhere, because they ask for it."""

from __future__ import annotations

from notifykit import deciding
from notifykit.cli.context import Context
from notifykit.cli.problems import UsageError
from notifykit.cli.screen import Styled
from notifykit.storage import retention
from notifykit.storage.retention import Erased
from notifykit.storage.sql import SqlRepository


async def run(context: Context) -> int:
    """Erase, or only say what would go; 1 where something of theirs is left."""
    options, settings = context.options, context.stored()
    repository = SqlRepository(settings.database_url)
    try:
        erased = await _erased(context, repository, settings.source)
    except ValueError:
        # Without what was typed: it is somebody's, and this may be a log.
        raise UsageError(context.say("erase.contact.wrong")) from None
    finally:
        await repository.aclose()
    if options.json:
        context.screen.json(_form(erased) | {"dry_run": options.dry_run})
    else:
        _tell(context, erased)
    return 1 if erased.skipped and not options.dry_run else 0


async def _erased(context: Context, repository: SqlRepository, own: str) -> Erased:
    options = context.options
    if options.dry_run:
        return await retention.erase(
            repository,
            options.contact,
            source=options.source,
            also_open=options.also_open,
            dry_run=True,
        )
    return await deciding.erase(
        repository,
        options.contact,
        source=options.source,
        noted_for=options.source or own,
        by=options.by,
        also_open=options.also_open,
    )


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
