"""``notifykit doctor``: everything that may stand between an order and its reader."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from notifykit.cli.context import DOTENV, Context
from notifykit.cli.lines import as_json, closed, ends, tell
from notifykit.cli.problems import UsageError
from notifykit.cli.screen import Styled
from notifykit.doctor.examination import Tools, examine
from notifykit.doctor.resolving import Resolver, installed_resolver
from notifykit.settings import read_sources

_DNS = 53


async def run(context: Context) -> int:
    """Examine everything, and send a test mail where that was asked for."""
    options = context.options
    file: Path | None = options.env_file or (DOTENV if DOTENV.is_file() else None)
    if not options.json:
        head = "doctor.head.send" if options.send else "doctor.head"
        context.screen.line(Styled(context.say(head), "head"))
    tools = Tools(resolver=_resolver(context)) if options.nameserver else Tools()
    checked = await examine(context.reading(), read_sources(file), tools=tools, send=options.send)
    await closed(checked.notifier)
    if options.json:
        context.screen.json(as_json(context, checked.findings))
    else:
        tell(context, checked.findings)
    return ends(checked.findings)


def _resolver(context: Context) -> Resolver | None:
    typed = context.options.nameserver
    try:
        place = urlsplit(f"//{typed}")
        host, port = str(ip_address(place.hostname or "")), place.port or _DNS
    except ValueError:
        raise UsageError(context.say("doctor.nameserver", typed=typed)) from None
    return installed_resolver((host, port))
