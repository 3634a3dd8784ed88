"""The end of the demo: where to look, and the mailbox that stays open."""

from __future__ import annotations

import asyncio
import shutil
import sys
from itertools import count
from pathlib import Path
from shlex import quote

from notifykit.cli.demo_scenes import Stage
from notifykit.cli.screen import Styled
from notifykit.cli.worker import until_signalled
from notifykit.simulators import SmtpServer

_QUERY = "SELECT reference, kind, status, subject FROM order_submissions"


def tell_where_to_look(stage: Stage) -> None:
    """Name the files, and the commands to go on with."""
    context, screen = stage.context, stage.context.screen
    screen.heading(context.say("demo.look"))
    pages = [path for path in stage.letters if path.suffix == ".html"]
    letters = [path for path in stage.letters if path.suffix == ".eml"]
    screen.facts(
        [
            (context.say("demo.browser"), "\n".join(path.resolve().as_uri() for path in pages)),
            (context.say("demo.letters"), "\n".join(map(str, letters))),
            (context.say("demo.database"), str(stage.database)),
        ]
    )
    screen.heading(context.say("demo.further"))
    for command in _commands(stage):
        screen.line("  ", command)  # never wrapped: they are to be copied
    screen.line()
    well = not stage.wrong
    said = context.say("demo.ok" if well else "demo.failed")
    screen.line(Styled(said, "good" if well else "bad"))


def _commands(stage: Stage) -> list[str]:
    prefix = f"DATABASE_URL={quote(stage.database_url)} {_program()}"
    return [
        f"{prefix} submissions",
        f"{prefix} show {stage.shown}",
        f"{prefix} dashboard",
        f'sqlite3 {quote(str(stage.database))} "{_QUERY}"',
    ]


async def serve(stage: Stage, server: SmtpServer) -> None:
    """Keep the mailbox open until somebody stops it, and write down what comes."""
    context, screen = stage.context, stage.context.screen
    screen.heading(context.say("demo.serve"))
    for name, value in stage.environment(server).items():
        screen.line("  ", f'{name}="{value}"' if " " in value else f"{name}={value}")
    screen.line()
    screen.line(context.say("demo.serve.stop", folder=stage.folder))
    with until_signalled() as stop:
        watching = asyncio.create_task(_watch(stage, server))
        await stop.wait()
        watching.cancel()


async def _watch(stage: Stage, server: SmtpServer) -> None:
    seen = len(server.mails)
    for number in count(1):
        await _until_more(server, seen)
        mail, seen = server.mails[seen], seen + 1
        path = stage.keep(f"received-{number}", mail)
        stage.context.screen.line(
            stage.context.say("demo.serve.mail", subject=mail.parsed["Subject"], file=path)
        )


async def _until_more(server: SmtpServer, seen: int) -> None:
    await server.until(lambda: len(server.mails) > seen, seconds=float("inf"))


def _program() -> str:
    if shutil.which("notifykit"):
        return "notifykit"
    called = Path(sys.argv[0])
    return str(called) if called.stem == "notifykit" else f"{sys.executable} -m notifykit"
