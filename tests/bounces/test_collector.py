"""What came back is matched with what was sent, kept, and told."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bounces.samples_of_reports import MESSAGE_ID, RECEIVED_AT, sample
from notifykit import Notifier, Status
from notifykit.bounces import Bounces
from notifykit.errors import OutcomeUnknownError, StorageError
from notifykit.notifier import Options
from notifykit.storage.memory import MemoryRepository
from notifykit.storage.sql import SqlRepository
from notifykit.submission import EventKind
from notifykit.testing import FakeTransport


async def look(sender):
    (result,) = await sender.bounces.look()
    return result


async def test_a_mail_that_came_back_is_found_and_its_status_stays(sender, order):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission)

    result = await look(sender)

    kept = await sender.notifier.repository.get(submission.id)
    events = await sender.notifier.repository.events(submission.id)
    assert (Status.SENT, "bounced") == (kept.status, kept.delivery)
    assert ["sales@example.com", "boss@example.com"] == [event.recipient for event in events]
    assert {"imap"} == {event.provider for event in events}
    assert [(550, "5.1.1"), (554, "5.7.1")] == [
        (event.code, event.enhanced_code) for event in events
    ]
    assert [event.id for event in events] == [one.event.id for one in result.returned]


async def test_people_are_told_with_cause_and_advice(sender, order, caplog):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission)

    await look(sender)

    told = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert 2 == len(told)
    assert submission.reference in told[0].getMessage()
    assert "sales@example.com" in told[0].getMessage()
    assert "There is no such recipient." in told[0].getMessage()
    assert "SALES_EMAIL" in told[0].getMessage()
    assert ["smtp.recipient-unknown", "smtp.spam-suspected"] == [
        alarm.event.diagnosis.id for alarm in sender.alarms
    ]


async def test_the_same_report_is_told_once_also_after_a_restart(sender, order, caplog):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission, "qmail")
    await look(sender)
    # The same report, moved into another folder by a filter.
    sender.comes_back(submission, "qmail", folder=sender.server.junk)

    again = await look(sender)

    assert [True, True] == [one.submission.repeated for one in again.returned]
    assert 1 == len(await sender.notifier.repository.events(submission.id))
    assert 1 == len(sender.alarms)


async def test_a_report_that_names_nobody_is_about_the_only_recipient(sender, order):
    submission = await sender.notifier.send(order, to=["boss@example.com"])
    sender.comes_back(submission, "mailru-nobody-named")

    (returned,) = (await look(sender)).returned

    assert ("boss@example.com", "bounced") == (
        returned.event.recipient,
        returned.submission.delivery,
    )


async def test_a_report_that_names_nobody_of_two_leaves_open_whose_it_is(sender, order):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission, "mailru-nobody-named")

    (returned,) = (await look(sender)).returned

    assert (None, "bounced") == (returned.event.recipient, returned.submission.delivery)


async def test_a_delay_is_kept_and_alarms_nobody(sender, order):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission, "gmail-delayed")

    (returned,) = (await look(sender)).returned

    assert (EventKind.DEFERRED, None) == (returned.event.kind, returned.submission.delivery)
    assert "returned.delayed" == returned.event.diagnosis.id
    assert [] == sender.alarms


async def test_a_complaint_is_told(sender, order):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission, "complaint")

    (returned,) = (await look(sender)).returned

    assert "complained" == returned.submission.delivery
    assert "returned.complaint" == returned.event.diagnosis.id
    assert 1 == len(sender.alarms)


async def test_the_recipient_is_spelled_as_we_wrote_it(sender, order):
    submission = await sender.notifier.send(order, to=["Sales@почта.example.com"])
    content = sample("idn-dsn").replace(MESSAGE_ID.encode(), submission.message_id.encode())
    sender.server.deliver(content, received_at=RECEIVED_AT)

    (returned,) = (await look(sender)).returned

    assert submission.recipients == (returned.event.recipient,)
    assert "xn--" in returned.event.recipient


# A forged report.


async def test_a_message_id_that_we_never_sent_comes_to_nothing(sender, order):
    submission = await sender.notifier.send(order)
    sender.server.deliver(sample("postfix"), received_at=RECEIVED_AT)

    result = await look(sender)

    assert ((), 2) == (result.returned, result.unknown)
    assert (await sender.notifier.repository.get(submission.id)).delivery is None


async def test_what_was_sent_through_another_provider_cannot_come_back_here(sender, order):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission)
    bounces = Bounces(sender.notifier, [replace(sender.mailbox, sent_by="another")])

    (result,) = await bounces.look()

    assert ((), 2) == (result.returned, result.unknown)


async def test_what_was_not_sent_yet_cannot_come_back(sender, order):
    submission = await sender.notifier.enqueue(order)
    sender.comes_back(submission)

    assert () == (await look(sender)).returned


async def test_another_bots_mail_is_left_to_that_bot(sender, order, clock):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission)
    other = Notifier(
        FakeTransport(),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=sender.notifier.repository,
        options=Options(source="other", clock=clock),
    )

    (result,) = await Bounces(other, [sender.mailbox]).look()

    assert () == result.returned


async def test_a_report_does_not_settle_a_lost_answer(sender, order):
    lost = OutcomeUnknownError("connection reset", provider="fake", stage="content")
    sender.transport.fails_with.extend([lost] * 100)
    submission = await sender.notifier.send(order)
    before = await sender.notifier.repository.get(submission.id)
    sender.comes_back(submission)

    await look(sender)

    after = await sender.notifier.repository.get(submission.id)
    assert "bounced" == after.delivery
    assert (before.status, before.fence, before.attempts) == (
        after.status,
        after.fence,
        after.attempts,
    )


# When it does not go.


async def test_a_mailbox_that_cannot_be_read_does_not_hide_the_others(sender, order):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission)
    broken = replace(sender.mailbox, user="nobody@example.com")

    failed, good = await Bounces(sender.notifier, [broken, sender.mailbox]).look()

    assert "imap.gmail-login-refused" == failed.error.diagnosis.id
    assert 2 == len(good.returned)


class _Asleep(MemoryRepository):
    """A store that cannot keep events for a while."""

    asleep = True

    async def record(self, event):
        if self.asleep:
            raise StorageError("asleep")
        return await super().record(event)


async def test_what_could_not_be_kept_is_found_again(server, mailbox, order, clock):
    repository = _Asleep(clock=clock)
    notifier = Notifier(
        FakeTransport(),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=repository,
        options=Options(clock=clock),
    )
    submission = await notifier.send(order)
    content = sample("qmail").replace(MESSAGE_ID.encode(), submission.message_id.encode())
    server.deliver(content, received_at=RECEIVED_AT)
    bounces = Bounces(notifier, [mailbox])
    with pytest.raises(StorageError):
        await bounces.look()
    repository.asleep = False

    (result,) = await bounces.look()

    assert 1 == len(result.returned)


async def test_watching_goes_on_over_a_database_that_is_away(sender, order, caplog):
    submission = await sender.notifier.send(order)
    sender.comes_back(submission)
    kept = sender.notifier.repository
    sender.notifier.repository = _Asleep()
    # The store that is away does not know the submission; the next look asks the one that does.
    sender.notifier.repository.recent = kept.recent
    seen = []

    async for results in sender.bounces.watch(every=timedelta(0)):
        seen.append(results)
        if len(seen) == 1:
            sender.notifier.repository = kept
        if results:
            break

    assert () == seen[0]
    assert 2 == len(seen[-1][0].returned)
    assert any(record.event == "storage" for record in caplog.records)


async def test_a_mailbox_that_refuses_the_login_is_left_alone_for_as_long_as_it_is_held(sender):
    broken = Bounces(sender.notifier, [replace(sender.mailbox, user="nobody@example.com")])
    looks = broken.watch(every=timedelta(0))
    await anext(looks)
    second = asyncio.create_task(anext(looks))
    done, _ = await asyncio.wait([second], timeout=0.3)
    second.cancel()

    assert set() == done
    assert 1 == sender.server.login_attempts


async def test_what_came_back_is_kept_in_a_real_database(sender, order, tmp_path, clock):
    repository = SqlRepository(f"sqlite:///{tmp_path}/bounces.db")
    async with Notifier(
        sender.transport,
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=repository,
        options=Options(clock=clock),
    ) as notifier:
        submission = await notifier.send(order)
        sender.comes_back(submission, "yandex")

        (result,) = await Bounces(notifier, [sender.mailbox]).look()
        (event,) = await repository.events(submission.id)

    assert result.returned[0].event.id == event.id
    assert "returned.mailbox-full" == event.diagnosis.id
    assert "bounced" == result.returned[0].submission.delivery
