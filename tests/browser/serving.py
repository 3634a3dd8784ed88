"""A dashboard that is served on this machine, and the window that looks at it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Page
from starlette.applications import Starlette

from notifykit import Notifier
from notifykit.dashboard import serve


@dataclass
class Site:
    """A dashboard that is served."""

    url: str
    page: Starlette
    notifier: Notifier
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def desk(self) -> Any:
        return self.page.state.desk


@dataclass
class Window:
    """A browser window, and everything suspicious that went on in it."""

    page: Page
    context: BrowserContext
    site: Site
    alarms: list[str] = field(default_factory=list)

    async def open(self, path: str = "/") -> Page:
        answer = await self.page.goto(f"{self.site.url}{path}")

        assert answer is not None
        assert answer.ok, answer.status
        return self.page


@asynccontextmanager
async def served(page: Starlette, notifier: Notifier) -> AsyncIterator[Site]:
    page.state.desk.looks_every = 0.2
    stop = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        serving = asyncio.create_task(serve(page, taken, stop))
        try:
            yield Site(f"http://localhost:{taken.getsockname()[1]}/dashboard", page, notifier)
        finally:
            stop.set()
            await serving


def watch(window: Window) -> None:
    async def dialog(shown: Any) -> None:
        window.alarms.append(f"dialog {shown.message}")
        await shown.dismiss()

    def said(message: Any) -> None:
        # What the sandbox of a mail has blocked is not the page's to answer for.
        if message.type == "error" and "mail.html" not in message.location.get("url", ""):
            window.alarms.append(f"console {message.text} {message.location}")

    window.page.on("dialog", dialog)
    window.page.on("console", said)
    window.page.on("pageerror", lambda error: window.alarms.append(f"error {error}"))
    window.context.on("page", lambda other: window.alarms.append(f"window {other.url}"))
