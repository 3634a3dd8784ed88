"""``notifykit demo``: the whole way of a mail on this machine, with nothing to set up."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from notifykit.cli.context import Context
from notifykit.cli.demo_ending import serve, tell_where_to_look
from notifykit.cli.demo_scenes import Stage
from notifykit.cli.demo_story import call, mailbox_password, order
from notifykit.cli.problems import UsageError
from notifykit.cli.screen import Styled
from notifykit.notifier import Notifier
from notifykit.simulators import SmtpServer, local_certificates


async def run(context: Context) -> int:
    """Play it; 1 where anything was not as promised."""
    certificates = await asyncio.to_thread(local_certificates)
    folder = _folder(context)
    cafile = certificates.save(folder)
    password = mailbox_password()
    stage = Stage(context=context, folder=folder, cafile=cafile, password=password)
    async with AsyncExitStack() as servers:
        gmail, refusing, yandex = [
            await servers.enter_async_context(
                SmtpServer(name, security=security, tls=certificates.server, users=stage.users)
            )
            for name, security in (
                ("gmail", "starttls"),
                ("gmail", "starttls"),
                ("yandex", "implicit"),
            )
        ]
        refusing.play("gmail.bad-credentials")
        await _play(stage, gmail)
        await stage.fail_over(order(context), refusing, yandex)
        tell_where_to_look(stage)
        if context.options.serve and not stage.wrong:
            await serve(stage, gmail)
    return 1 if stage.wrong else 0


async def _play(stage: Stage, gmail: SmtpServer) -> None:
    context, screen = stage.context, stage.context.screen
    screen.line(Styled(context.say("demo.head"), "head"))
    screen.paragraph(context.say("demo.intro"))
    screen.heading(f"1. {context.say('demo.server')}")
    address = context.say("demo.server.is", host=gmail.host, port=gmail.port)
    screen.line("   ", address)
    told = order(context)
    async with Notifier.from_env(stage.environment(gmail)) as notifier:
        await stage.send(told, number=2, name="order", notifier=notifier, server=gmail)
        wish = call(context)
        await stage.send(wish, number=3, name="call", notifier=notifier, server=gmail)
        await stage.repeat(4, told, notifier, gmail)


def _folder(context: Context) -> Path:
    folder: Path = context.options.dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ca.pem").touch()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(context.say("demo.folder", folder=folder, why=why)) from None
    return folder
