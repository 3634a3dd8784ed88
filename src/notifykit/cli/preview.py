"""``notifykit preview``: the templates with invented data, in a browser."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from importlib import import_module
from pathlib import Path

from notifykit.cli.context import Context
from notifykit.cli.listening import address, listening
from notifykit.cli.problems import UsageError
from notifykit.cli.worker import until_signalled
from notifykit.errors import ConfigurationError
from notifykit.storage import MemoryRepository


async def run(context: Context) -> int:
    """Serve the templates page until stopped."""
    from notifykit import dashboard  # noqa: PLC0415 - an extra

    reading = context.reading()
    looks = [told for name, told in reading.problems.items() if name.startswith("NOTIFYKIT_")]
    if looks:
        raise ConfigurationError(*looks)
    _import(context)
    page = dashboard.app(MemoryRepository(), look=dashboard.Look.from_settings(reading.settings))
    with listening(context, "127.0.0.1", context.options.port) as taken, until_signalled() as stop:
        url = address(taken, "/dashboard/templates")
        context.screen.line(context.say("preview.at", address=url))
        context.screen.line(context.say("dashboard.stop"))
        if not context.options.no_browser:
            # Some browsers are waited for by whoever opens them.
            asyncio.get_running_loop().run_in_executor(None, webbrowser.open, url)
        await dashboard.serve(page, taken, stop)
    return 0


def _import(context: Context) -> None:
    module = context.options.module
    if not module:
        return
    sys.path.insert(0, str(Path.cwd()))
    try:
        import_module(module)
    except Exception as error:  # noqa: BLE001 - a module of the user's own may raise anything
        why = f"{type(error).__name__}: {error}"
        raise UsageError(context.say("preview.module", module=module, why=why)) from None
