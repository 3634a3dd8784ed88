"""The front door, over a real repository and fake providers."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from notifykit import Address, Attachment, ManagerCall, Notifier, Order, Status
from notifykit.diagnosis import Reply, error_for
from notifykit.errors import (
    AuthenticationError,
    ConfigurationError,
    DeliveryError,
    InvalidEmailError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    RenderError,
    StorageError,
    UnavailableError,
)
from notifykit.message import MAX_BODY, Email
from notifykit.notifications import Contact, Notification, Priority
from notifykit.notifier import Options
from notifykit.rendering import Rendered
from notifykit.settling import RetryPolicy
from notifykit.storage import MemoryRepository
from notifykit.storage.base import Filter
from notifykit.submission import Outcome, Receipt, Refusal, Submission
from notifykit.testing.fake import FakeTransport
from notifykit.transports.base import Transport

SENDER = "Бот <bot@example.com>"
SALES = ["sales@example.com"]
REFUSED_LOGIN = Reply(
    provider="gmail",
    stage="auth",
    code=535,
    text="5.7.8 Username and Password not accepted. For more information, go to\n"
    "5.7.8  https://support.google.com/mail/?p=BadCredentials x - gsmtp",
)


def refused_login() -> AuthenticationError:
    error = error_for(REFUSED_LOGIN)
    assert isinstance(error, AuthenticationError)
    return error


def busy(provider: str = "fake") -> UnavailableError:
    return UnavailableError("421 busy", provider=provider, stage="connect", code=421)


def lost(provider: str = "fake") -> OutcomeUnknownError:
    return OutcomeUnknownError("connection reset", provider=provider, stage="content")


async def test_an_order_reaches_sales_and_is_kept(order: Order) -> None:
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)

    submission = await notifier.send(order)

    assert Status.SENT == submission.status
    assert [Address("sales@example.com")] == [*fake.sent[0].to]
    assert submission == await notifier.repository.get(submission.id)
    assert submission.sent_at is not None
    assert submission is submission.raise_for_status()


async def test_the_stored_attempt_says_who_took_it_and_what_was_sent(order: Order) -> None:
    fake = FakeTransport("gmail")

    submission = await Notifier(fake, sender=SENDER, sales=SALES).send(order)

    (attempt,) = submission.attempts
    assert ("gmail", Outcome.ACCEPTED, "gmail-1") == (
        attempt.provider,
        attempt.outcome,
        attempt.provider_message_id,
    )
    assert attempt.accepted == ("sales@example.com",)
    assert attempt.sha256
    assert attempt.finished_at
    assert attempt.started_at <= attempt.finished_at


async def test_the_attempt_is_stored_before_the_wire_is_touched(order: Order) -> None:
    seen: list[Outcome] = []

    class Peeking(Transport):
        name = "peeking"

        async def send(self, email: Email) -> Receipt:
            (submission,) = await repository.recent(Filter())
            seen.extend(attempt.outcome for attempt in submission.attempts)
            return Receipt(self.name, None, email.envelope.rcpt_to)

    repository = MemoryRepository()
    await Notifier(Peeking(), sender=SENDER, sales=SALES, repository=repository).send(order)

    assert [Outcome.STARTED] == seen


async def test_a_refused_login_moves_on_to_the_next_provider(order: Order) -> None:
    first, second = FakeTransport("gmail"), FakeTransport("sendgrid")
    first.fails_with.append(refused_login())

    submission = await Notifier(first, second, sender=SENDER, sales=SALES).send(order)

    assert Status.SENT == submission.status
    assert [("gmail", Outcome.AUTHENTICATION), ("sendgrid", Outcome.ACCEPTED)] == [
        (attempt.provider, attempt.outcome) for attempt in submission.attempts
    ]
    diagnosis = submission.attempts[0].diagnosis
    assert diagnosis is not None
    assert "SMTP_PASSWORD" in diagnosis.advice("ru") or "парол" in diagnosis.advice("ru")


async def test_a_lost_answer_is_not_offered_to_the_next_provider(order: Order) -> None:
    first, spare = FakeTransport(), FakeTransport("spare")
    first.fails_with.append(lost())

    submission = await Notifier(first, spare, sender=SENDER, sales=SALES).send(order)

    assert Status.UNCONFIRMED == submission.status
    assert [] == spare.sent
    with pytest.raises(OutcomeUnknownError, match="connection reset"):
        submission.raise_for_status()


async def test_what_can_never_be_taken_fails_at_once_and_is_not_offered_on(order: Order) -> None:
    first, spare = FakeTransport(), FakeTransport("spare")
    first.fails_with.append(RejectedError("550 no such mailbox", provider="fake", code=550))

    submission = await Notifier(first, spare, sender=SENDER, sales=SALES).send(order)

    assert Status.FAILED == submission.status
    assert [] == spare.sent
    with pytest.raises(RejectedError):
        submission.raise_for_status()


async def test_what_failed_may_be_sent_again_by_whoever_asks_again(order: Order) -> None:
    fake = FakeTransport()
    fake.fails_with.append(RejectedError("550 no such mailbox", provider="fake"))
    notifier = Notifier(fake, sender=SENDER, sales=SALES)

    statuses = [(await notifier.send(order)).status for _ in range(3)]

    assert [Status.FAILED, Status.SENT, Status.SENT] == statuses
    assert 1 == len(fake.sent)


async def test_when_all_are_busy_the_order_waits_and_goes_out_later(order: Order, clock) -> None:
    fake = FakeTransport()
    fake.fails_with.append(busy())
    policy = RetryPolicy(delays=(timedelta(seconds=1),))
    options = Options(retry=policy, clock=clock)
    notifier = Notifier(fake, sender=SENDER, sales=SALES, options=options)

    waiting = await notifier.send(order)
    assert Status.QUEUED == waiting.status
    assert 0 == await notifier.worker.run_once()
    clock.advance(seconds=2)
    assert 1 == await notifier.worker.run_once()

    sent = await notifier.repository.get(waiting.id)
    assert sent is not None
    assert Status.SENT == sent.status
    assert [waiting.message_id] == [email.message_id for email in fake.sent]
    assert sent.attempts[0].sha256 == sent.attempts[1].sha256


async def test_a_lost_answer_is_asked_again_at_the_same_provider_with_the_same_bytes(
    order: Order,
) -> None:
    first, spare = FakeTransport(), FakeTransport("spare")
    first.fails_with.append(lost())
    options = Options(retry=RetryPolicy(delays=(timedelta(0),)))
    notifier = Notifier(first, spare, sender=SENDER, sales=SALES, options=options)

    unconfirmed = await notifier.send(order)
    await notifier.worker.run_once()

    settled = await notifier.repository.get(unconfirmed.id)
    assert settled is not None
    assert Status.SENT == settled.status
    assert [] == spare.sent
    assert 1 == len({attempt.sha256 for attempt in settled.attempts})


async def test_a_held_provider_is_not_touched_and_the_order_goes_out_when_it_is_mended(
    order: Order,
) -> None:
    fake = FakeTransport("gmail")
    fake.fails_with.append(refused_login())
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    waiting = await notifier.send(order)
    assert Status.QUEUED == waiting.status

    assert 0 == await notifier.worker.run_once()
    assert [None] == [result.error for result in await notifier.check()]
    assert 1 == await notifier.worker.run_once()

    sent = await notifier.repository.get(waiting.id)
    assert sent is not None
    assert Status.SENT == sent.status


async def test_an_opened_notifier_tries_a_refused_login_once_more_and_sends_what_waited(
    order: Order,
) -> None:
    repository = MemoryRepository()
    broken, mended = FakeTransport("gmail"), FakeTransport("gmail")
    broken.fails_with.append(refused_login())
    before = Notifier(broken, sender=SENDER, sales=SALES, repository=repository)
    waiting = await before.send(order)

    async with Notifier(mended, sender=SENDER, sales=SALES, repository=repository) as after:
        await eventually(after, waiting.id, Status.SENT)

    assert 1 == len(mended.sent)


async def test_enqueue_returns_at_once_and_the_background_delivers(order: Order) -> None:
    fake = FakeTransport()
    async with Notifier(fake, sender=SENDER, sales=SALES) as notifier:
        queued = await notifier.enqueue(order)
        assert Status.QUEUED == queued.status
        assert () == queued.attempts

        await eventually(notifier, queued.id, Status.SENT)

    assert 1 == len(fake.sent)


async def test_fifty_identical_calls_at_once_are_one_mail(order: Order) -> None:
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)

    submissions = await asyncio.gather(*(notifier.send(order) for _ in range(50)))

    assert 1 == len({submission.id for submission in submissions})
    assert 49 == sum(submission.repeated for submission in submissions)
    assert 1 == len(fake.sent)


async def test_a_repeat_is_recognised_whatever_the_spelling(make_order) -> None:
    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES)
    first = await notifier.send(make_order())

    again = await notifier.send(
        make_order(customer=Contact(name="ИВАН  петров", phone="8 (900) 000-00-00"))
    )

    assert again.repeated
    assert first.id == again.id


@pytest.mark.parametrize(
    "change",
    [
        {"comment": "Позвоните заранее"},
        {"conversation": "tg:42"},
        {"number": "A-17"},
        {"delivery": None},
        {"customer": Contact(name="Иван Петров", phone="+7 900 000-00-01")},
    ],
)
async def test_a_changed_order_is_another_one(make_order, change) -> None:
    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES)
    first = await notifier.send(make_order())

    assert not (await notifier.send(make_order(**change))).repeated
    assert (await notifier.send(make_order())).id == first.id


async def test_code_can_force_a_second_copy_or_name_the_key(make_order) -> None:
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    await notifier.send(make_order())

    assert not (await notifier.send(make_order(), force=True)).repeated
    assert not (await notifier.send(make_order(), idempotency_key="A")).repeated
    assert (await notifier.send(make_order(comment="other"), idempotency_key="A")).repeated
    assert 3 == len(fake.sent)


async def test_other_recipients_or_attachments_make_it_another_mail(order: Order) -> None:
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    price_list = Attachment(filename="Прайс.csv", content="Цемент;512,50".encode())
    await notifier.send(order)

    assert not (await notifier.send(order, to=["second@example.com"])).repeated
    assert not (await notifier.send(order, attachments=[price_list])).repeated
    assert (await notifier.send(order, attachments=[price_list])).repeated
    assert ("second@example.com",) == fake.sent[1].envelope.rcpt_to
    assert (price_list,) == fake.sent[2].attachments


async def test_a_call_counts_as_the_same_for_ten_minutes_whatever_the_wording(
    call: ManagerCall, clock
) -> None:
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES, options=Options(clock=clock))
    await notifier.send(call)

    clock.advance(minutes=9)
    assert (await notifier.send(call.model_copy(update={"summary": "Иначе"}))).repeated
    clock.advance(minutes=2)
    assert not (await notifier.send(call)).repeated
    assert 2 == len(fake.sent)


async def test_the_same_order_next_month_is_a_new_one(make_order, clock) -> None:
    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES, options=Options(clock=clock))
    await notifier.send(make_order(conversation="tg:42"))
    await notifier.send(make_order(number="A-17"))

    clock.advance(days=30)

    assert not (await notifier.send(make_order(conversation="tg:42"))).repeated
    assert (await notifier.send(make_order(number="A-17"))).repeated


async def test_what_cannot_be_written_as_json_is_refused_before_anything_is_kept() -> None:
    class Picture(Notification):
        kind = "picture"
        content: bytes

    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES)

    with pytest.raises(RenderError, match="picture: its identity cannot be written as JSON"):
        await notifier.send(Picture(content=b"\xff"))


async def test_a_mail_too_large_for_html_goes_out_as_text(order: Order) -> None:
    class Verbose:
        def render(self, *_: object, **__: object) -> Rendered:
            return Rendered(subject="Заказ", text="Цемент", html="x" * (MAX_BODY + 1))

    fake = FakeTransport()
    await Notifier(fake, sender=SENDER, sales=SALES, renderer=Verbose()).send(order)

    assert ("Цемент", None) == (fake.sent[0].text, fake.sent[0].html)


async def test_a_call_that_became_urgent_is_told_again(call: ManagerCall) -> None:
    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES)
    await notifier.send(call.model_copy(update={"priority": Priority.LOW}))

    assert not (await notifier.send(call)).repeated


async def test_calls_go_to_the_managers_and_orders_to_sales(
    order: Order, call: ManagerCall
) -> None:
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES, managers=["boss@example.com"])

    await notifier.send(order)
    await notifier.send(call)

    assert [("sales@example.com",), ("boss@example.com",)] == [
        email.envelope.rcpt_to for email in fake.sent
    ]
    assert {"X-Priority": "1", "Importance": "high"} == dict(fake.sent[1].headers)


async def test_the_answer_to_the_mail_goes_to_the_client(make_order) -> None:
    fake = FakeTransport()
    customer = Contact(name="Иван", email="client@example.com")

    await Notifier(fake, sender=SENDER, sales=SALES).send(make_order(customer=customer))

    assert (Address("client@example.com", "Иван"),) == fake.sent[0].reply_to


async def test_each_provider_sends_from_its_own_address(order: Order) -> None:
    first, second = FakeTransport("gmail"), FakeTransport("sendgrid")
    second.sender = Address("shop@example.com")
    first.fails_with.append(busy("gmail"))

    submission = await Notifier(first, second, sender=SENDER, sales=SALES).send(order)

    assert Address("shop@example.com") == second.sent[0].sender
    assert "shop@example.com" == second.sent[0].envelope.mail_from
    assert submission.message_id == second.sent[0].message_id


async def test_whoever_was_refused_for_now_gets_it_five_minutes_later(order: Order, clock) -> None:
    class Greylisting(FakeTransport):
        async def send(self, email: Email) -> Receipt:
            receipt = await super().send(email)
            if len(self.sent) > 1:
                return receipt
            refusal = Refusal(recipient="b@example.com", text="450 later", permanent=False)
            return Receipt(self.name, None, ("a@example.com",), (refusal,))

    fake = Greylisting()
    options = Options(clock=clock)
    notifier = Notifier(
        fake, sender=SENDER, sales=["a@example.com", "b@example.com"], options=options
    )

    partly = await notifier.send(order)
    clock.advance(minutes=4)
    assert 0 == await notifier.worker.run_once()
    clock.advance(minutes=1)
    await notifier.worker.run_once()

    whole = await notifier.repository.get(partly.id)
    assert whole is not None
    assert [Status.QUEUED, Status.SENT] == [partly.status, whole.status]
    assert [("a@example.com", "b@example.com"), ("b@example.com",)] == [
        email.envelope.rcpt_to for email in fake.sent
    ]


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (ZeroDivisionError("canary-7c1f"), Status.UNCONFIRMED, "ZeroDivisionError at test_"),
        (asyncio.CancelledError(), Status.UNCONFIRMED, "CancelledError"),
        (DeliveryError("what?", provider="buggy"), Status.UNCONFIRMED, "what?"),
        (ConnectionRefusedError("canary-7c1f"), Status.QUEUED, "nothing was sent"),
        (ConfigurationError("canary-7c1f"), Status.QUEUED, "nothing was sent"),
    ],
)
async def test_whatever_a_transport_of_ones_own_raises_is_an_outcome(
    order: Order, fault: BaseException, status: Status, words: str
) -> None:
    class Buggy(Transport):
        name = "buggy"

        async def send(self, email: Email) -> Receipt:
            raise fault

    submission = await Notifier(Buggy(), sender=SENDER, sales=SALES).send(order)

    assert status == submission.status
    assert submission.last_error is not None
    assert words in submission.last_error
    assert "canary" not in submission.last_error


@pytest.mark.parametrize(
    ("receipt", "status"),
    [
        (Receipt("sloppy", None, ()), Status.SENT),
        (Receipt("sloppy", None, ("sales@example.com",)), Status.SENT),
        (Receipt("sloppy", None, ("nobody@example.com",)), Status.SENT),
        (None, Status.UNCONFIRMED),
        ({"id": 1}, Status.UNCONFIRMED),
        (
            Receipt("sloppy", None, (), (Refusal(recipient="sales@EXAMPLE.com", text="no"),)),
            Status.FAILED,
        ),
    ],
)
async def test_a_sloppy_receipt_is_no_reason_for_a_second_copy(
    order: Order, receipt: Receipt, status: Status
) -> None:
    class Sloppy(Transport):
        name = "sloppy"

        async def send(self, email: Email) -> Receipt:
            return receipt

    notifier = Notifier(Sloppy(), sender=SENDER, sales=["Sales@Example.com"])

    assert status == (await notifier.send(order)).status


@pytest.mark.parametrize("moment", range(12))
async def test_a_caller_that_gives_up_at_any_moment_leaves_nothing_half_done(
    order: Order, moment: int
) -> None:
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    caller = asyncio.create_task(notifier.send(order))
    for _ in range(moment):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await notifier.aclose()

    statuses = [submission.status for submission in await notifier.repository.recent()]
    assert statuses == ([Status.SENT] if moment else [])
    assert len(statuses) == len(fake.sent)


async def test_one_that_cannot_be_closed_does_not_keep_the_others_open(order: Order) -> None:
    class Stubborn(FakeTransport):
        async def aclose(self) -> None:
            raise OSError("no")

    class Closing(MemoryRepository):
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    repository = Closing()
    notifier = Notifier(Stubborn(), sender=SENDER, sales=SALES, repository=repository)

    with pytest.raises(OSError, match="no"):
        await notifier.aclose()
    assert repository.closed


async def test_a_second_order_under_a_hold_says_why_it_waits(make_order) -> None:
    fake = FakeTransport("gmail")
    fake.fails_with.append(refused_login())
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    await notifier.send(make_order())

    second = await notifier.send(make_order(number="2"))

    assert (Status.QUEUED, ()) == (second.status, second.attempts)
    assert second.diagnosis is not None
    with pytest.raises(ProviderHeldError, match="not accepted"):
        second.raise_for_status()


async def test_a_lost_answer_of_a_provider_that_left_the_chain_waits_for_a_person(
    order: Order,
) -> None:
    repository = MemoryRepository()
    gone = FakeTransport("gone")
    gone.fails_with.append(lost("gone"))
    before = Notifier(gone, sender=SENDER, sales=SALES, repository=repository)
    unconfirmed = await before.send(order)
    after = Notifier(
        FakeTransport("new"),
        sender=SENDER,
        sales=SALES,
        repository=repository,
        options=Options(retry=RetryPolicy(delays=(timedelta(0),))),
    )

    claimed = await repository.claim(
        source="default", lease=after.worker.delivery.lease, id=unconfirmed.id
    )
    settled = await after.worker.deliver(claimed[0])

    assert (Status.UNCONFIRMED, None) == (settled.status, settled.due_at)
    assert [] == after.transports[0].sent


async def test_what_was_lost_and_then_refused_stays_open_for_a_person(order: Order) -> None:
    fake = FakeTransport()
    fake.fails_with += [lost(), RejectedError("550 no such mailbox", provider="fake")]
    options = Options(retry=RetryPolicy(delays=(timedelta(0),)))
    notifier = Notifier(fake, sender=SENDER, sales=SALES, options=options)
    submission = await notifier.send(order)
    await notifier.worker.run_once()
    (refused,) = await notifier.repository.recent()

    again = await notifier.resend(submission.id)

    assert (Status.UNCONFIRMED, None) == (refused.status, refused.due_at)
    assert again is not None
    assert Status.SENT == again.status


async def test_a_cancelled_caller_does_not_cut_the_send_off(order: Order) -> None:
    asked, let_go = asyncio.Event(), asyncio.Event()

    class Slow(FakeTransport):
        async def send(self, email: Email) -> Receipt:
            asked.set()
            await let_go.wait()
            return await super().send(email)

    slow = Slow()
    notifier = Notifier(slow, sender=SENDER, sales=SALES)
    caller = asyncio.create_task(notifier.send(order))
    await asked.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    let_go.set()
    await notifier.aclose()

    (submission,) = await notifier.repository.recent()
    assert Status.SENT == submission.status


async def test_closing_waits_no_longer_than_its_grace(order: Order) -> None:
    asked = asyncio.Event()

    class Stuck(Transport):
        name = "stuck"

        async def send(self, email: Email) -> Receipt:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError("it never comes back")

    options = Options(grace=timedelta(milliseconds=20))
    notifier = Notifier(Stuck(), sender=SENDER, sales=SALES, options=options)
    caller = asyncio.create_task(notifier.send(order))
    await asked.wait()

    async with asyncio.timeout(5):
        await notifier.aclose()

    with pytest.raises(asyncio.CancelledError):
        await caller
    (submission,) = await notifier.repository.recent()
    assert [Outcome.STARTED] == [attempt.outcome for attempt in submission.attempts]


async def test_an_attempt_that_was_cut_off_counts_as_unknown(order: Order, clock) -> None:
    asked = asyncio.Event()

    class Stuck(Transport):
        name = "fake"

        async def send(self, email: Email) -> Receipt:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError("it never comes back")

    repository = MemoryRepository(clock=clock)
    options = Options(grace=timedelta(0), clock=clock)
    crashed = Notifier(Stuck(), sender=SENDER, sales=SALES, repository=repository, options=options)
    task = asyncio.create_task(crashed.send(order))
    await asked.wait()
    await crashed.aclose()
    with pytest.raises(asyncio.CancelledError):
        await task

    clock.advance(minutes=6)
    fake, spare = FakeTransport(), FakeTransport("spare")
    heir = Notifier(fake, spare, sender=SENDER, sales=SALES, repository=repository, options=options)
    await heir.worker.run_once()

    (submission,) = await repository.recent()
    assert [Outcome.UNKNOWN, Outcome.ACCEPTED] == [a.outcome for a in submission.attempts]
    assert Status.SENT == submission.status
    assert (1, 0) == (len(fake.sent), len(spare.sent))


class ForgetsAnswers(MemoryRepository):
    """Fails to keep what a provider answered, a number of times."""

    def __init__(self, faults: int) -> None:
        super().__init__()
        self.faults = faults

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        if submission.attempts[-1].outcome is not Outcome.STARTED and self.faults:
            self.faults -= 1
            raise StorageError("disk full")
        return await super().save(submission, again_in=again_in)


@pytest.mark.parametrize("error", [None, busy(), lost()])
async def test_an_answer_is_kept_even_if_the_database_was_away_for_a_moment(
    order: Order, error
) -> None:
    fake, repository = FakeTransport(), ForgetsAnswers(faults=1)
    fake.fails_with.extend([error] if error else [])
    notifier = Notifier(fake, sender=SENDER, sales=SALES, repository=repository)

    submission = await notifier.send(order)

    (kept,) = await repository.recent()
    assert kept.status == submission.status
    assert [] == [a for a in kept.attempts if a.outcome is Outcome.STARTED]


async def test_what_is_known_is_told_before_it_can_be_kept_and_closing_waits_for_it(
    order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    fake, repository = FakeTransport(), ForgetsAnswers(faults=4)
    notifier = Notifier(fake, sender=SENDER, sales=SALES, repository=repository)

    submission = await notifier.send(order)
    (before,) = await repository.recent()
    await notifier.aclose()
    (after,) = await repository.recent()

    assert [Status.SENT, Status.SENDING, Status.SENT] == [
        submission.status,
        before.status,
        after.status,
    ]
    assert 1 == len(fake.sent)
    assert "could not be kept yet" in caplog.text


async def test_a_database_that_is_away_accepts_nothing(order: Order) -> None:
    class Away(MemoryRepository):
        async def add(self, submission: Submission, **_: object) -> Submission:
            raise StorageError("cannot connect to the database")

    fake = FakeTransport()

    with pytest.raises(StorageError):
        await Notifier(fake, sender=SENDER, sales=SALES, repository=Away()).send(order)
    assert [] == fake.sent


async def test_a_kind_without_templates_is_refused_before_anything_is_kept() -> None:
    class Unknown(Notification):
        kind = "unknown_kind"
        text: str

    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES)

    with pytest.raises(RenderError, match="unknown_kind"):
        await notifier.send(Unknown(text="x"))
    assert [] == [*await notifier.repository.recent()]


async def test_a_renderer_that_breaks_is_a_render_error(order: Order) -> None:
    class Broken:
        def render(self, *_: object, **__: object) -> None:
            raise KeyError("x")

    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES, renderer=Broken())

    with pytest.raises(RenderError, match="KeyError"):
        await notifier.send(order)


async def test_sources_on_one_repository_leave_each_other_alone(order: Order) -> None:
    repository = MemoryRepository()
    mine, theirs = FakeTransport(), FakeTransport()
    one = Notifier(
        mine, sender=SENDER, sales=SALES, repository=repository, options=Options(source="one")
    )
    two = Notifier(
        theirs, sender=SENDER, sales=SALES, repository=repository, options=Options(source="two")
    )
    await one.enqueue(order)

    assert 0 == await two.worker.run_once()
    assert not (await two.send(order)).repeated
    assert 1 == await one.worker.run_once()
    assert (1, 1) == (len(mine.sent), len(theirs.sent))


async def test_a_check_names_each_provider_and_its_fault() -> None:
    class Shut(FakeTransport):
        async def check(self) -> None:
            raise refused_login()

    notifier = Notifier(Shut("gmail"), FakeTransport("spare"), sender=SENDER, sales=SALES)

    results = await notifier.check()

    assert ["gmail", "spare"] == [result.provider for result in results]
    assert isinstance(results[0].error, AuthenticationError)
    assert results[1].error is None


def test_a_notifier_needs_a_transport_somebody_to_send_to_and_distinct_names() -> None:
    with pytest.raises(ConfigurationError, match="at least one transport"):
        Notifier(sender=SENDER, sales=SALES)
    with pytest.raises(ConfigurationError, match="somebody to send to"):
        Notifier(FakeTransport(), sender=SENDER, sales=[])
    with pytest.raises(ConfigurationError, match="two transports of one name"):
        Notifier(FakeTransport(), FakeTransport(), sender=SENDER, sales=SALES)


async def test_keys_of_ones_own_have_a_size(order: Order) -> None:
    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES)

    for key in ("", "k" * 201):
        with pytest.raises(InvalidEmailError, match="idempotency_key"):
            await notifier.send(order, idempotency_key=key)


async def test_every_log_line_is_found_by_the_word_email_and_says_what_happened(
    order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "notifykit")
    gmail, spare = FakeTransport("gmail"), FakeTransport("spare")
    gmail.fails_with.append(refused_login())

    submission = await Notifier(gmail, spare, sender=SENDER, sales=SALES).send(order)

    lines = [record.getMessage() for record in caplog.records]
    assert all("email" in line.lower() or "smtp" in line.lower() for line in lines)
    assert all("\n" not in line for line in lines)
    assert lines[0].startswith("Отправка email на sales@example.com…")
    assert "535" in str(caplog.records[1].__dict__["code"])
    assert "парол" in lines[1]
    assert lines[-1].startswith("Email успешно отправлен.")
    assert submission.reference in lines[-1]
    assert submission.id == caplog.records[-1].__dict__["submission_id"]


async def test_log_lines_can_be_english(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "notifykit")
    options = Options(locale="en")

    await Notifier(FakeTransport(), sender=SENDER, sales=SALES, options=options).send(order)

    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith("Sending email to sales@example.com…")
    assert lines[-1].startswith("Email sent.")


async def eventually(notifier: Notifier, id_: str, status: Status) -> None:
    async with asyncio.timeout(10):
        while True:
            submission = await notifier.repository.get(id_)
            if submission is not None and submission.status is status:
                return
            await asyncio.sleep(0.005)


class Checked:
    """A renderer of the user's own that looks at its templates first."""

    def __init__(self, fault: ConfigurationError | None = None) -> None:
        self.fault = fault
        self.threads: list[int] = []

    def check(self) -> None:
        self.threads.append(threading.get_ident())
        if self.fault:
            raise self.fault

    def render(self, notification: Notification, **_: object) -> Rendered:
        return Rendered(subject=notification.kind, text="x")


async def test_templates_that_cannot_be_used_are_told_when_a_notifier_opens(
    tmp_path: Path,
) -> None:
    (tmp_path / "order.html").write_text("\n{% include 'gone.html' %}", "utf-8")
    environ = {
        "MAIL_PROVIDER": "console",
        "MAIL_FROM": "bot@example.com",
        "SALES_EMAIL": "sales@example.com",
        "DATABASE_URL": f"sqlite:///{tmp_path}/kept.db",
        "NOTIFYKIT_TEMPLATES": str(tmp_path),
    }

    with pytest.raises(ConfigurationError, match=r"order\.html, line 2: gone\.html is missing"):
        await Notifier.from_env(environ).__aenter__()


async def test_what_is_due_waits_for_templates_that_can_be_used(order: Order) -> None:
    renderer, fake = Checked(ConfigurationError("x")), FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES, renderer=renderer)
    kept = await notifier.enqueue(order)

    with pytest.raises(ConfigurationError):
        await notifier.__aenter__()
    assert [] == fake.sent
    renderer.fault = None
    async with notifier:
        await eventually(notifier, kept.id, Status.SENT)


async def test_templates_are_looked_at_off_the_loop() -> None:
    renderer = Checked()

    async with Notifier(FakeTransport(), sender=SENDER, sales=SALES, renderer=renderer):
        pass

    assert 1 == len(renderer.threads)
    assert threading.get_ident() not in renderer.threads
