"""``notifykit worker``: delivers what is due, as a process of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from notifykit.cli import trouble
from notifykit.cli.context import Context
from notifykit.errors import ConfigurationError, StorageError
from notifykit.journal import logger
from notifykit.notifier import Notifier
from notifykit.settings import Settings

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _WorkersNotifier(Notifier):
    """Delivers what is rendered already: accepted orders do not wait for a template."""

    async def _check_templates(self) -> None:
        try:
            await super()._check_templates()
        except ConfigurationError as error:
            logger.error("%s", "; ".join(error.problems))


async def run(context: Context) -> int:
    """Deliver until stopped, or once."""
    settings = context.settings()
    notifier = _WorkersNotifier.from_settings(settings)
    try:
        if context.options.once:
            await _once(context, settings, notifier)
        else:
            await _until_stopped(context, settings, notifier)
    finally:
        await notifier.aclose()
    return 0


async def _until_stopped(context: Context, settings: Settings, notifier: Notifier) -> None:
    with suppress(StorageError):  # it may come up later; missing tables will not
        await notifier.repository.holds(settings.source)
    providers = ", ".join(transport.name for transport in notifier.transports)
    with until_signalled() as stop:
        async with notifier:
            _log(context, "worker.started", source=settings.source, providers=providers)
            await stop.wait()
            _log(context, "worker.stopping")
    _log(context, "worker.stopped")


async def _once(context: Context, settings: Settings, notifier: Notifier) -> None:
    count = await notifier.worker.run_once()
    held = await notifier.worker.delivery.held(settings.source)
    context.screen.line(context.say("worker.once", count=count))
    trouble.tell_holds(context, settings, held)


def _log(context: Context, key: str, **fields: object) -> None:
    logger.info("%s", context.say(key, **fields))


@contextmanager
def until_signalled() -> Iterator[asyncio.Event]:
    """Give an event that SIGINT or SIGTERM sets; a second signal ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def received(number: int, frame: object) -> None:
        restore()
        loop.call_soon_threadsafe(stop.set)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    # Not the loop's own handlers: Windows has none.
    for number in _SIGNALS:
        signal.signal(number, received)
    try:
        yield stop
    finally:
        restore()
