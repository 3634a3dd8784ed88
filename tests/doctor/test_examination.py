"""The thorough look puts everything together."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from notifykit import Settings
from notifykit.doctor import Tools, check_settings, examine
from notifykit.settings import Sources
from notifykit.simulators import Answer, MailgunServer, Say, SendGridServer, SmtpServer

PASSWORD = "abcdefghijklmnop"


@pytest.fixture
def look(tmp_path, zone, variables):
    async def looked(*, send=False, resolver=zone, mounts="", **changes):
        reading = Settings.read(variables(**changes))
        tools = Tools(resolver=resolver, mounts=mounts, folder=tmp_path, patience=5)
        checked = await examine(reading, Sources({}), tools=tools, send=send)
        if checked.notifier:
            await checked.notifier.aclose()
        return {finding.id: finding for finding in checked.findings}

    return looked


@pytest.fixture
def sendgrid_variables():
    def made(server):
        return {
            "MAIL_PROVIDER": "sendgrid",
            "SENDGRID_API_KEY": server.key,
            "SENDGRID_API_URL": server.url,
        }

    return made


async def test_without_dnspython_it_is_said_how_to_install_it(look):
    async with SmtpServer("gmail", users={"bot@example.com": PASSWORD}) as server:
        found = await look(resolver=None, **server.environ)

    assert ("pip install 'notifykit-mail[doctor]'",) == found["NK341"].steps("ru")


async def test_a_provider_that_is_spoken_to_by_http_cannot_be_asked_for_recipients(
    look, sendgrid_variables
):
    async with SendGridServer() as server:
        found = await look(**sendgrid_variables(server))

    assert "skipped.recipients" in found
    assert [] == server.taken


async def test_a_clock_that_is_wrong_is_found_by_the_providers_own(look, sendgrid_variables):
    early = format_datetime(datetime.now(UTC) - timedelta(minutes=5), usegmt=True)
    async with SendGridServer() as server:
        server.next(Answer(200, {"scopes": ["mail.send"]}, headers={"Date": early}))
        found = await look(**sendgrid_variables(server))

    assert re.search(r"расхождение 30\d с \(sendgrid\)", found["NK521"].evidence("ru"))


async def test_a_clock_that_is_right_is_fine(look, sendgrid_variables):
    now = format_datetime(datetime.now(UTC), usegmt=True)
    async with SendGridServer() as server:
        server.next(Answer(200, {"scopes": ["mail.send"]}, headers={"Date": now}))
        found = await look(**sendgrid_variables(server))

    assert "fine.clock" in found


async def test_the_database_tells_its_clock_too(look, postgres_url):
    found = await look(DATABASE_URL=postgres_url)

    assert "PostgreSQL" in found["fine.clock"].evidence("ru")


async def test_every_recipient_is_asked_for_once_and_only_the_refused_ones_are_told(look):
    async with SmtpServer("gmail", users={"bot@example.com": PASSWORD}) as server:
        server.on("rcpt", Say("550 5.1.1 No such user"), recipient="nobody@example.com")
        environ = {**server.environ, "MANAGER_EMAIL": "nobody@example.com, sales@example.com"}
        found = await look(**environ)

    assert "nobody@example.com: 550 5.1.1 No such user" == found["NK402"].evidence("ru")
    assert "fine.recipients" not in found
    asked = [command for command in server.commands if command.startswith("RCPT")]
    assert ["RCPT TO:<sales@example.com>", "RCPT TO:<nobody@example.com>"] == asked
    assert [] == server.mails


async def test_a_test_mail_goes_through_the_first_provider_that_is_ready(look, sendgrid_variables):
    async with SendGridServer(scopes=[]) as refusing, MailgunServer() as mailgun:
        found = await look(
            send=True,
            **sendgrid_variables(refusing)
            | {
                "MAIL_PROVIDER": "sendgrid,mailgun",
                "MAILGUN_API_KEY": mailgun.key,
                "MAILGUN_DOMAIN": mailgun.domain,
                "MAILGUN_API_URL": mailgun.url,
            },
        )

    assert "mailgun, sales@example.com" in found["fine.mail"].evidence("en")
    assert (0, 1) == (len(refusing.taken), len(mailgun.taken))


async def test_without_anybody_to_send_to_no_mail_is_sent(look):
    found = await look(send=True, SALES_EMAIL="")

    assert "skipped.mail" in found
    assert "SALES_EMAIL" in found["NK101"].evidence("en")


async def test_a_file_in_the_container_is_warned_of(look, tmp_path):
    layer = "1 0 0:50 / / rw - overlay overlay rw\n"
    found = await look(mounts=layer, DATABASE_URL=f"sqlite:///{tmp_path}/notifykit.db")

    assert "NK504" in found


async def test_a_database_that_cannot_be_used_does_not_hide_the_rest(look):
    found = await look(DATABASE_URL="sqlite:///missing/folder/notifykit.db")

    assert {"NK501", "fine.local", "fine.templates"} <= set(found)
    assert "fine.queue" not in found


async def test_nothing_is_said_of_dns_for_mails_that_stay_here(look, zone):
    zone.silent = True
    found = await look()

    assert "NK342" not in found


async def test_nothing_is_said_of_a_sender_that_nobody_named(look):
    found = await look(MAIL_PROVIDER="gmail", SMTP_PASSWORD=PASSWORD, MAIL_FROM="")

    assert "fine.account" in found
    assert "fine.sender" not in found
    assert not [id_ for id_ in found if id_.startswith("NK3")]


async def test_a_provider_that_cannot_be_built_is_told_beside_the_others(variables):
    reading = Settings.read(variables(MAIL_PROVIDER="console,mailgun", MAILGUN_API_KEY="key"))
    checked = await check_settings(reading, mounts="")
    await checked.notifier.aclose()

    about = {finding.subject: finding.id for finding in checked.findings}
    assert "skipped.provider" == about["mailgun"]
    assert "fine.local" == about["console"]
