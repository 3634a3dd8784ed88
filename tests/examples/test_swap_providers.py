"""The same script reaches all four providers; nothing but variables changes."""

from pathlib import Path

import pytest

from notifykit.message import Address
from notifykit.simulators import (
    MailgunServer,
    SendGridServer,
    SmtpServer,
    local_certificates,
)

ENV = Path(__file__).parents[2] / "examples" / "env"
ORDERED = ("Иван Петров", "00-0123", "Цемент М500", "Песок речной", "5\u00a0125,00")


@pytest.mark.parametrize(("provider", "security"), [("gmail", "starttls"), ("yandex", "implicit")])
async def test_variables_alone_lead_to_an_smtp_provider(run, tmp_path, provider, security):
    certificates = local_certificates()
    users = {"bot@example.com": "abcdefghijklmnop"}
    async with SmtpServer(
        provider, security=security, tls=certificates.server, users=users
    ) as server:
        printed = await run(
            "swap_providers.py",
            str(ENV / f"{provider}.env"),
            SMTP_SERVER=server.host,
            SMTP_PORT=str(server.port),
            SMTP_SECURITY=security,
            SSL_CERT_FILE=certificates.save(tmp_path),
        )

        (mail,) = server.mails
    text = mail.parsed.get_body(["plain"]).get_content()
    assert f"{provider}: ACCEPTED" == printed.splitlines()[0]
    assert printed.endswith(": SENT\n")
    assert ("bot@example.com", ("sales@example.com",)) == (mail.mail_from, mail.rcpt_to)
    assert [] == [words for words in ORDERED if words not in text]


async def test_variables_alone_lead_to_sendgrid(run):
    async with SendGridServer("SG.example") as server:
        printed = await run(
            "swap_providers.py", str(ENV / "sendgrid.env"), SENDGRID_API_URL=server.url
        )

        (request,) = server.taken
    mail = request.json()
    text = mail["content"][0]["value"]
    assert "sendgrid: ACCEPTED" == printed.splitlines()[0]
    assert {"email": "shop@example.com", "name": "Магазин"} == mail["from"]
    assert [] == [words for words in ORDERED if words not in text]


async def test_variables_alone_lead_to_mailgun(run):
    async with MailgunServer("key-example", "mg.example.com") as server:
        printed = await run(
            "swap_providers.py", str(ENV / "mailgun.env"), MAILGUN_API_URL=server.url
        )

        (request,) = server.taken
    fields = dict(request.fields())
    assert "mailgun: ACCEPTED" == printed.splitlines()[0]
    assert Address("shop@mg.example.com", "Магазин") == Address.parse(fields["from"])
    assert [] == [words for words in ORDERED if words not in fields["text"]]
