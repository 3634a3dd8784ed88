"""``notifykit dashboard``: the page that shows what became of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifykit.cli.context import Context
from notifykit.cli.listening import address, listening
from notifykit.cli.problems import UsageError
from notifykit.cli.worker import until_signalled
from notifykit.errors import ConfigurationError
from notifykit.notifier import Notifier
from notifykit.settings import Settings
from notifykit.transports.loopback import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from notifykit.storage.base import SubmissionRepository


async def run(context: Context) -> int:
    """Serve the dashboard until stopped."""
    from notifykit import dashboard  # noqa: PLC0415 - an extra

    settings, host = _settings(context), context.options.host
    if settings.dashboard_password is None and not is_loopback(host):
        raise UsageError(context.say("dashboard.password", host=host))
    kept = _kept(context)
    try:
        page = dashboard.app(
            kept,
            password=settings.dashboard_password,
            hosts=settings.dashboard_hosts,
            look=dashboard.Look.from_settings(settings),
            webhooks=_webhooks(settings, kept),
        )
        with listening(context, host, context.options.port) as taken, until_signalled() as stop:
            _tell(context, settings, address(taken, "/dashboard"), looks=kept)
            await dashboard.serve(page, taken, stop)
        context.screen.line(context.say("dashboard.stopped"))
    finally:
        await kept.aclose()
    return 0


def _settings(context: Context) -> Settings:
    """Read what the page itself needs; that mail is not set up is no reason to show nothing."""
    reading = context.reading()
    own = [
        told
        for name, told in reading.problems.items()
        if name.startswith("NOTIFYKIT_") or name == "DATABASE_URL"
    ]
    if own:
        raise ConfigurationError(*own)
    return reading.settings


def _kept(context: Context) -> Notifier | SubmissionRepository:
    reading = context.reading()
    if reading.problems:
        return reading.settings.repository()
    return Notifier.from_settings(reading.settings)


def _webhooks(settings: Settings, kept: Notifier | SubmissionRepository) -> ASGIApp | None:
    keys = (settings.sendgrid_webhook_key, settings.mailgun_webhook_key)
    if not isinstance(kept, Notifier) or not any(keys):
        return None
    from notifykit import webhooks  # noqa: PLC0415 - an extra

    return webhooks.app(kept, sendgrid_key=keys[0], mailgun_key=keys[1])


def _tell(
    context: Context, settings: Settings, url: str, *, looks: Notifier | SubmissionRepository
) -> None:
    screen = context.screen
    screen.line(context.say("dashboard.at", address=url))
    if not isinstance(looks, Notifier):
        screen.paragraph(context.say("dashboard.looks"), style="warn")
    if not is_loopback(context.options.host) and not settings.dashboard_hosts:
        screen.paragraph(context.say("dashboard.hosts"), style="warn")
    screen.line(context.say("dashboard.stop"))
