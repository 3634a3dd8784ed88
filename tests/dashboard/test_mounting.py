"""Mounted into a backend, below any prefix, beside its own lifespan."""

import re
import subprocess
import sys
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from dashboard import shop
from notifykit import dashboard
from notifykit.errors import ConfigurationError


@pytest.fixture
async def backend():
    """A FastAPI backend with a lifespan that opens the notifier, and the dashboard in it."""
    kept = shop.notifier()

    @asynccontextmanager
    async def lifespan(app):
        async with kept:
            yield {"shop": "state of the host"}

    backend = FastAPI(lifespan=lifespan)
    backend.mount("/admin/mail", dashboard.app(kept))
    transport = httpx.ASGITransport(backend, client=("127.0.0.1", 5))
    async with (
        backend.router.lifespan_context(backend),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        client.notifier = kept
        yield client


async def test_every_link_stays_below_the_prefix(backend):
    await backend.notifier.send(shop.order(1))

    for path in ("/", "/submissions", "/templates", "/person"):
        page = (await backend.get(f"/admin/mail{path}")).text
        links = re.findall(r'(?:href|src|action)="([^"]+)"', page)

        assert [] == [
            link for link in links if not link.startswith(("/admin/mail/", "#", "tel:", "mailto:"))
        ]


async def test_without_the_slash_the_visitor_is_led_to_the_page(backend):
    answer = await backend.get("/admin/mail", follow_redirects=True)

    assert 200 == answer.status_code


async def test_behind_a_proxy_that_cuts_a_prefix_off_links_have_it():
    page = dashboard.app(shop.notifier())
    transport = httpx.ASGITransport(page, client=("127.0.0.1", 5), root_path="/bots/shop")

    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/bots/shop/submissions")

    assert 200 == answer.status_code
    assert 'href="/bots/shop/submissions"' in answer.text


async def test_webhooks_are_served_beside_it_and_prove_their_callers_themselves(visit):
    visitor = visit(
        password="correct horse", address="192.0.2.7", webhooks=PlainTextResponse("taken")
    )

    answer = await visitor.client.post("http://mail.example.com/dashboard/webhooks/sendgrid")

    assert (200, "taken") == (answer.status_code, answer.text)


async def test_the_environment_says_who_may_enter_and_under_which_name():
    environ = {
        "NOTIFYKIT_DASHBOARD_PASSWORD": "correct horse",
        "NOTIFYKIT_DASHBOARD_HOSTS": "shop.example.com",
        "NOTIFYKIT_LOCALE": "en",
        "MAIL_PROVIDER": "console",
        "MAIL_FROM": "bot@example.com",
        "SALES_EMAIL": "sales@example.com",
    }
    page = dashboard.from_env(shop.notifier(), environ)

    transport = httpx.ASGITransport(page, client=("192.0.2.7", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example.com") as client:
        answer = await client.get("/login")

    assert 200 == answer.status_code
    assert "Sign in" in answer.text


def test_a_malformed_environment_is_told():
    with pytest.raises(ConfigurationError, match="NOTIFYKIT_DASHBOARD_PASSWORD"):
        dashboard.from_env(shop.notifier(), {"NOTIFYKIT_DASHBOARD_PASSWORD": "short"})


def test_importing_the_library_brings_no_web_framework_along():
    loaded = (
        "import notifykit, notifykit.dashboard, sys\n"
        "print({'starlette', 'uvicorn'} & {*sys.modules})"
    )
    said = subprocess.run(
        [sys.executable, "-c", loaded], check=True, capture_output=True, text=True
    )

    assert "set()\n" == said.stdout


def test_without_its_extra_the_dashboard_says_how_to_install_it():
    hidden = (
        "import sys; sys.modules['starlette'] = None\n"
        "from notifykit import dashboard\n"
        "try: dashboard.app\n"
        "except Exception as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", hidden], check=True, capture_output=True, text=True
    )

    assert 'pip install "notifykit-mail[dashboard]"' in said.stdout
