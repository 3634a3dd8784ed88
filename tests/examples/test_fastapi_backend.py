"""An agent's call over HTTP becomes a mail at Gmail, by real conversations on this machine."""

from collections.abc import AsyncIterator

import httpx
import pytest

from notifykit.simulators import SmtpServer, local_certificates

ORDER = {
    "customer_name": "Иван Петров",
    "phone": "+7 900 000-00-00",
    "lines": [{"code": "00-0123", "title": "цемент", "quantity": 10, "price": 1}],
}


@pytest.fixture
async def gmail(monkeypatch, tmp_path) -> AsyncIterator[SmtpServer]:
    certificates = local_certificates()
    users = {"bot@example.com": "abcdefghijklmnop"}
    async with SmtpServer(
        "gmail", security="starttls", tls=certificates.server, users=users
    ) as server:
        monkeypatch.chdir(tmp_path)
        for name, value in {
            "MAIL_PROVIDER": "gmail",
            "SMTP_USER": "bot@example.com",
            "SMTP_PASSWORD": "abcd efgh ijkl mnop",
            "SMTP_SERVER": server.host,
            "SMTP_PORT": str(server.port),
            "SMTP_SECURITY": "starttls",
            "SSL_CERT_FILE": certificates.save(tmp_path),
            "SALES_EMAIL": "sales@example.com",
        }.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
async def backend(load, gmail) -> AsyncIterator[httpx.AsyncClient]:
    app = load("fastapi_backend.py").app
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://backend") as client,
    ):
        client.headers["X-Conversation"] = "tg:42"
        yield client


async def test_an_order_is_priced_by_the_shop_and_sent(backend, gmail):
    reply = await backend.post("/tools/collect_order_info", json=ORDER)

    (mail,) = gmail.mails
    said = reply.json()
    assert {"ok": True, "status": "SENT", "problems": []} == {
        name: said[name] for name in ("ok", "status", "problems")
    }
    assert said["reference"] in said["say"]
    assert ["sales@example.com"] == list(mail.rcpt_to)


async def test_a_tool_call_made_twice_is_one_mail(backend, gmail):
    first = await backend.post("/tools/collect_order_info", json=ORDER)
    second = await backend.post("/tools/collect_order_info", json=ORDER)

    assert first.json()["reference"] == second.json()["reference"]
    assert 1 == len(gmail.mails)


async def test_a_code_that_the_shop_does_not_know_is_told_to_the_model(backend, gmail):
    lines = [{"code": "99-9999", "title": "Цемент", "quantity": 1}]
    reply = await backend.post("/tools/collect_order_info", json={**ORDER, "lines": lines})

    assert not reply.json()["ok"]
    assert "99-9999" in reply.json()["problems"][0]
    assert [] == gmail.mails


async def test_a_manager_is_called_with_the_dialogue_alone(backend, gmail):
    reply = await backend.post("/tools/call_manager", json={"priority": "high"})

    assert "SENT" == reply.json()["status"]
    assert 1 == len(gmail.mails)


async def test_null_for_everything_is_a_call_too(backend, gmail):
    names = ("summary", "priority", "customer_name", "phone", "email", "telegram")
    reply = await backend.post("/tools/call_manager", json=dict.fromkeys(names))

    assert "SENT" == reply.json()["status"]


async def test_a_dialogue_that_cannot_be_named_is_the_callers_mistake(backend, gmail):
    reply = await backend.post(
        "/tools/call_manager", json={"phone": "22-333"}, headers={"X-Conversation": "x" * 129}
    )

    assert 422 == reply.status_code
