"""``notifykit check``: whether everybody would let us send."""

from __future__ import annotations

from typing import Any

from notifykit.cli import trouble
from notifykit.cli.context import Context
from notifykit.cli.russian import in_russian
from notifykit.cli.screen import Styled
from notifykit.errors import NotifykitError
from notifykit.notifier import CheckResult, Notifier, Options
from notifykit.settings import Settings
from notifykit.settings.providers import plan
from notifykit.storage.urls import database

_READY = {
    "sendgrid": "check.api",
    "mailgun": "check.api",
    "console": "check.local",
    "file": "check.local",
}


async def run(context: Context) -> int:
    """Check the database and every provider."""
    settings = context.settings()
    if not context.options.json:
        context.screen.line(Styled(context.say("check.head"), "head"))
    unreachable = await _unreachable(settings)
    results = await _check(settings, with_database=unreachable is None)
    well = unreachable is None and all(result.error is None for result in results)
    if context.options.json:
        context.screen.json(_as_json(context, settings, results, unreachable))
    else:
        _tell(context, settings, results)
        _tell_database(context, settings, unreachable)
        context.screen.line()
        style = "good" if well else "bad"
        context.screen.line(Styled(context.say("check.ok" if well else "check.bad"), style))
    return 0 if well else 1


async def _unreachable(settings: Settings) -> NotifykitError | None:
    try:
        repository = settings.repository()
        try:
            await repository.recent(limit=1)
        finally:
            await repository.aclose()
    except NotifykitError as error:
        return error
    return None


async def _check(settings: Settings, *, with_database: bool) -> list[CheckResult]:
    # A login that goes well lifts a hold; without the database there is none to lift.
    notifier = Notifier(
        *settings.transports(),
        sender=settings.sender,
        sales=settings.sales,
        managers=settings.managers,
        repository=settings.repository() if with_database else None,
        renderer=settings.renderer(),
        options=Options(source=settings.source, locale=settings.locale),
    )
    try:
        return await notifier.check()
    finally:
        await notifier.aclose()


def _tell(context: Context, settings: Settings, results: list[CheckResult]) -> None:
    for result, way in zip(results, plan(settings).ways, strict=True):
        ready = context.say(_READY.get(result.provider, "check.smtp"))
        seconds = context.say("seconds", seconds=f"{result.seconds:.1f}")
        context.screen.line()
        context.screen.line(
            "❌ " if result.error else "✅ ",
            Styled(result.provider, "strong"),
            "  ",
            Styled(context.say("check.failed"), "bad") if result.error else Styled(ready, "good"),
            Styled(f"  {way.place}, {seconds}", "dim"),
        )
        if result.error:
            context.screen.facts(trouble.facts(context, result.error), indent=3)


def _tell_database(context: Context, settings: Settings, error: NotifykitError | None) -> None:
    name = Styled(context.say("check.database"), "strong")
    context.screen.line()
    if error is None:
        known = context.say("check.database.ok", name=database(settings.database_url).name)
        context.screen.line("✅ ", name, "  ", Styled(known, "good"))
    else:
        context.screen.line("❌ ", name)
        said = in_russian(str(error)) if context.locale == "ru" else str(error)
        context.screen.paragraph(said, indent=3, style="bad")


def _as_json(
    context: Context,
    settings: Settings,
    results: list[CheckResult],
    unreachable: NotifykitError | None,
) -> dict[str, Any]:
    providers = [
        {
            "provider": result.provider,
            "ok": result.error is None,
            "place": way.place,
            "seconds": round(result.seconds, 3),
            **(trouble.as_json(context, result.error) if result.error else {}),
        }
        for result, way in zip(results, plan(settings).ways, strict=True)
    ]
    reachable = {"ok": unreachable is None, "error": str(unreachable) if unreachable else None}
    ok = reachable["ok"] is True and all(provider["ok"] for provider in providers)
    return {"ok": ok, "providers": providers, "database": reachable}
