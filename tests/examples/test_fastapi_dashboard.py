"""The dashboard of the example is there for staff and for nobody else."""

import httpx
import pytest


@pytest.fixture
async def client(load, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MAIL_PROVIDER": "console",
        "MAIL_FROM": "bot@example.com",
        "SALES_EMAIL": "sales@example.com",
        "NOTIFYKIT_DASHBOARD_HOSTS": "shop.example.com",
    }.items():
        monkeypatch.setenv(name, value)
    app = load("fastapi_dashboard.py").app
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 5))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop.example.com") as client,
    ):
        yield client


async def test_strangers_are_refused(client):
    assert 403 == (await client.get("/admin/mail/")).status_code


async def test_staff_sees_the_overview_below_the_prefix(client):
    answer = await client.get("/admin/mail/", headers={"X-Staff": "Anna"})

    assert 200 == answer.status_code
    assert 'href="/admin/mail/submissions"' in answer.text
    assert "Anna" in answer.text
