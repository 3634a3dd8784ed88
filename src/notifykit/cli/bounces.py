"""``notifykit bounces``: what came back to the mailbox it was sent from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from notifykit.bounces import Bounces, Result, Returned
from notifykit.cli import trouble
from notifykit.cli.context import Context
from notifykit.cli.screen import Styled
from notifykit.cli.worker import until_signalled
from notifykit.errors import DeliveryError
from notifykit.journal import logger
from notifykit.notifier import Notifier
from notifykit.settings.mailboxes import mailboxes
from notifykit.submission import EventKind

_MARKS = {EventKind.BOUNCED: "❌", EventKind.COMPLAINED: "❌"}


async def run(context: Context) -> int:
    """Look once, or until stopped."""
    settings = context.settings()
    places = mailboxes(settings)
    notifier = Notifier.from_settings(settings)
    try:
        bounces = Bounces(notifier, places)
        if context.options.watch:
            await _watch(context, bounces)
            return 0
        return _told(context, await bounces.look(since=context.options.since))
    finally:
        await notifier.aclose()


async def _watch(context: Context, bounces: Bounces) -> None:
    with until_signalled() as stop:
        logger.info("%s", context.say("bounces.watching", seconds=context.options.watch))
        tasks = [
            asyncio.create_task(_tell_news(context, bounces)),
            asyncio.create_task(stop.wait()),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _tell_news(context: Context, bounces: Bounces) -> None:
    every = timedelta(seconds=context.options.watch)
    async for results in bounces.watch(every=every, since=context.options.since):
        news = [result for result in results if result.error or any(map(_is_new, result.returned))]
        if news:
            _told(context, news)


def _told(context: Context, results: Sequence[Result]) -> int:
    well = all(result.error is None for result in results)
    if context.options.json:
        known = [_as_json(context, result) for result in results]
        context.screen.json({"ok": well, "mailboxes": known})
        return 0 if well else 1
    for result in results:
        _tell(context, result)
    if well and not any(result.returned for result in results):
        context.screen.line()
        context.screen.line(Styled(context.say("bounces.nothing"), "good"))
    return 0 if well else 1


def _tell(context: Context, result: Result) -> None:
    place = context.say("bounces.mailbox", user=result.mailbox.user, host=result.mailbox.host)
    context.screen.line()
    if result.error or result.look is None:
        failed = Styled(context.say("bounces.failed"), "bad")
        context.screen.line("❌ ", Styled(place, "strong"), "  ", failed)
        context.screen.facts(trouble.facts(context, result.error) if result.error else (), indent=3)
        return
    look = result.look
    looked = context.say("bounces.looked", mails=look.mails, reports=look.reports)
    context.screen.line("✅ ", Styled(place, "strong"), "  ", Styled(looked, "dim"))
    for key, count in (("left-out", look.left_out), ("unknown", result.unknown)):
        if count:
            context.screen.paragraph(context.say(f"bounces.{key}", count=count), indent=3)
    for returned in result.returned:
        _tell_returned(context, returned)


def _tell_returned(context: Context, returned: Returned) -> None:
    event, submission = returned.event, returned.submission
    recipient = event.recipient or context.say("bounces.somebody")
    said = context.say(f"bounces.{event.kind.value}", recipient=recipient)
    known = "" if _is_new(returned) else f"  ({context.say('bounces.known')})"
    context.screen.line()
    context.screen.line(
        f"{_MARKS.get(event.kind, '⏳')} ",
        Styled(submission.reference, "strong"),
        "  ",
        Styled(said, "bad" if event.kind in _MARKS else "warn"),
        Styled(known, "dim"),
    )
    context.screen.facts(trouble.facts(context, _as_error(returned)), indent=3)


def _is_new(returned: Returned) -> bool:
    return not returned.submission.repeated


def _as_error(returned: Returned) -> DeliveryError:
    event = returned.event
    return DeliveryError(
        event.text or "",
        provider=event.provider,
        code=event.code,
        enhanced_code=event.enhanced_code,
        diagnosis=event.diagnosis,
    )


def _as_json(context: Context, result: Result) -> dict[str, Any]:
    look = result.look
    return {
        "user": result.mailbox.user,
        "host": result.mailbox.host,
        "ok": result.error is None,
        "mails": look.mails if look else 0,
        "reports": look.reports if look else 0,
        "left_out": look.left_out if look else 0,
        "unknown": result.unknown,
        "returned": [_returned_json(context, returned) for returned in result.returned],
        **(trouble.as_json(context, result.error) if result.error else {}),
    }


def _returned_json(context: Context, returned: Returned) -> dict[str, Any]:
    event, submission = returned.event, returned.submission
    told = trouble.as_json(context, _as_error(returned))
    del told["stage"]
    return {
        "submission_id": submission.id,
        "reference": submission.reference,
        "kind": event.kind.value,
        "recipient": event.recipient,
        "occurred_at": event.occurred_at.isoformat(),
        "new": _is_new(returned),
        **told,
    }
