"""A real browser, and a dashboard on this machine for it to visit."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Self

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from browser.serving import Site, Window, served, watch
from dashboard import shop
from notifykit.dashboard import app

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ASKED_FOR = bool(os.environ.get("NOTIFYKIT_TEST_BROWSER"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser is slow to drive and not on every machine: `make test-browser` sees to both."""
    if ASKED_FOR:
        return
    later = pytest.mark.skip(reason="make test-browser runs these, in Chromium")
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(later)


class Trap:
    """Where every request ends that would leave this machine; what came is kept."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._hear, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A name stands in clear in both an HTTP request and the first words of TLS.
        self.heard.append(await reader.read(4096))
        writer.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def trap() -> AsyncIterator[Trap]:
    async with Trap() as trap:
        yield trap


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(trap: Trap) -> AsyncIterator[Browser]:
    rules = f"--host-resolver-rules=MAP * 127.0.0.1:{trap.port}, EXCLUDE localhost"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", rules]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fortnight() -> AsyncIterator[Site]:
    """A shop's fortnight in the stock templates, only to look at."""
    clock = shop.Clock()
    notifier = shop.notifier(clock=clock, stock=True)
    ids = await shop.fill(notifier, clock, 60)
    async with served(app(notifier), notifier) as site:
        site.ids = ids
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def one() -> AsyncIterator[Site]:
    """A shop of its own, with one order whose answer was lost."""
    clock = shop.Clock()
    clock.now = clock.end
    notifier = shop.notifier(clock=clock)
    notifier.transports[0].fails_with = [shop._lost()]
    lost = await notifier.send(shop.order(1))
    async with served(app(notifier), notifier) as site:
        site.ids = {"lost": lost.id}
        yield site


Open = Callable[..., Awaitable[Window]]


@pytest_asyncio.fixture(loop_scope="session")
async def window(chromium: Browser) -> AsyncIterator[Open]:
    """Open a window of a width, in a colour scheme and a language; what is odd in it is kept."""
    async with AsyncExitStack() as closing:

        async def make(
            site: Site, width: int = 1280, scheme: str = "light", locale: str = "ru", **more: Any
        ) -> Window:
            context = await chromium.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme, **more
            )
            closing.push_async_callback(context.close)
            await context.add_cookies(
                [{"name": "notifykit_language", "value": locale, "url": f"{site.url}/"}]
            )
            page = await context.new_page()
            page.set_default_timeout(15_000)
            opened = Window(page, context, site)
            watch(opened)
            return opened

        yield make
