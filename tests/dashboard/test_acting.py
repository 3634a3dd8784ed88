"""Resend, mark as sent, cancel, take a call, release: asked first, done once, recorded."""

import asyncio

import pytest

from dashboard import shop
from notifykit.errors import OutcomeUnknownError
from notifykit.storage import MemoryRepository
from notifykit.submission import Action, Hold, Outcome, Status


@pytest.fixture
async def kept():
    """One submission of each sort that can be decided about."""
    clock = shop.Clock()
    kept = shop.notifier(clock=clock)
    clock.now = clock.end
    return kept


@pytest.fixture
async def lost(kept):
    kept.transports[0].fails_with = [shop._lost()]
    return await kept.send(shop.order(1))


@pytest.fixture
async def waiting(kept):
    return await kept.enqueue(shop.order(2))


async def stored(kept, submission):
    return await kept.repository.get(submission.id)


async def test_an_unconfirmed_one_is_not_sent_again_before_somebody_knows_of_the_second_copy(
    visit, kept, lost
):
    path = f"/submissions/{lost.id}/resend"
    visitor = visit(kept)

    answer = await visitor.submit(path, by="Анна")

    assert 422 == answer.status_code
    assert "Ничего не отправлено" in answer.text
    assert lost == await stored(kept, lost)


async def test_a_resend_goes_out_and_says_who_wanted_it(visit, kept, lost):
    path = f"/submissions/{lost.id}/resend"

    answer = await visit(kept).submit(path, by="Анна", risk="known")

    after = await stored(kept, lost)
    assert f"/dashboard/submissions/{lost.id}?done=resend_SENT" == answer.headers["Location"]
    assert Status.SENT == after.status
    assert ["Анна"] == [each.decided_by for each in after.attempts if each.decided_by]
    assert 1 == len(kept.transports[0].sent)


async def test_two_clicks_send_once(visit, kept, lost):
    visitor, path = visit(kept), f"/submissions/{lost.id}/resend"
    form = await visitor.hidden(path)

    kept.transports[0].fails_with = [shop._lost()]
    answers = await asyncio.gather(
        *(visitor.post(path, **form, by="Анна", risk="known") for _ in range(5))
    )

    after = await stored(kept, lost)
    assert 1 == sum(each.outcome is Outcome.REOPENED for each in after.attempts)
    assert 2 == sum(each.outcome is Outcome.UNKNOWN for each in after.attempts)
    assert 4 == sum("done=changed" in answer.headers["Location"] for answer in answers)


class Store(MemoryRepository):
    """Keeps the first who claims waiting until it is let go on."""

    def __init__(self, **options):
        super().__init__(**options)
        self.waits, self.goes_on = asyncio.Event(), asyncio.Event()

    async def claim(self, **wanted):
        if not self.waits.is_set():
            self.waits.set()
            await self.goes_on.wait()
        return await super().claim(**wanted)


class Sluggish(MemoryRepository):
    """Takes its time for what is written, until it is let go on."""

    def __init__(self, **options):
        super().__init__(**options)
        self.is_slow, self.goes_on = False, asyncio.Event()

    async def claim(self, **wanted):
        if self.is_slow:
            await self.goes_on.wait()
        return await super().claim(**wanted)

    async def note(self, decision):
        if self.is_slow:
            await self.goes_on.wait()
        return await super().note(decision)


@pytest.mark.parametrize("action", ["resend", "mark_sent"])
async def test_of_two_processes_that_show_the_same_one_acts_and_the_other_says_so(visit, action):
    clock = shop.Clock()
    store = Store(clock=clock)
    here, there = shop.notifier(store, clock=clock), shop.notifier(store, clock=clock)
    here.transports[0].fails_with = [shop._lost()]
    there.transports[0].fails_with = [shop._lost()]
    lost = await here.send(shop.order(1))
    slow, quick, path = visit(here), visit(there), f"/submissions/{lost.id}/{action}"
    forms = [await visitor.hidden(path) for visitor in (slow, quick)]

    late = asyncio.create_task(slow.post(path, **forms[0], by="Анна", risk="known"))
    await store.waits.wait()
    await quick.post(path, **forms[1], by="Иван", risk="known")
    settled = await store.get(lost.id)
    store.goes_on.set()
    answer = await late

    assert "done=overtaken" in answer.headers["Location"]
    assert "только что занялся кто-то другой" in await slow.text(
        f"/submissions/{lost.id}?done=overtaken"
    )
    assert settled == await store.get(lost.id)
    assert ["Иван"] == [each.decided_by for each in settled.attempts if each.decided_by]
    assert [] == here.transports[0].sent


async def test_the_same_form_a_second_time_does_nothing(visit, kept, lost):
    visitor, path = visit(kept), f"/submissions/{lost.id}/resend"
    form = await visitor.hidden(path)
    kept.transports[0].fails_with = [shop._lost(), shop._lost()]
    await visitor.post(path, **form, by="Анна", risk="known")
    before = await stored(kept, lost)

    answer = await visitor.post(path, **form, by="Анна", risk="known")

    assert "done=changed" in answer.headers["Location"]
    assert before == await stored(kept, lost)


async def test_what_was_sent_cannot_be_sent_again(visit, kept):
    sent = await kept.send(shop.order(3))

    answer = await visit(kept).get(f"/submissions/{sent.id}/resend")

    assert "done=impossible" in answer.headers["Location"]
    assert 1 == len(kept.transports[0].sent)


async def test_what_arrived_is_marked_as_sent_and_nothing_goes_out(visit, kept, lost):
    await visit(kept).submit(f"/submissions/{lost.id}/mark_sent", by="Анна")

    after = await stored(kept, lost)
    assert Status.SENT == after.status
    assert [] == kept.transports[0].sent


async def test_what_waits_can_be_cancelled(visit, kept, waiting):
    await visit(kept).submit(f"/submissions/{waiting.id}/cancel", by="Анна")

    after = await stored(kept, waiting)
    assert Status.FAILED == after.status
    assert Outcome.CANCELLED == after.attempts[-1].outcome
    assert "Анна" == after.attempts[-1].decided_by


async def test_what_may_have_arrived_cannot_be_cancelled(visit, kept, lost):
    answer = await visit(kept).get(f"/submissions/{lost.id}/cancel")

    assert "done=impossible" in answer.headers["Location"]


async def test_a_call_is_taken_once_and_the_others_see_by_whom(visit, kept):
    call = await kept.send(shop.call(1))
    visitor = visit(kept)

    await visitor.submit(f"/submissions/{call.id}/acknowledge", by="Анна")

    (decision,) = await kept.repository.decisions(submission_id=call.id)
    assert (Action.ACKNOWLEDGED, "Анна") == (decision.action, decision.decided_by)
    again = await visitor.get(f"/submissions/{call.id}/acknowledge")
    assert "done=taken" in again.headers["Location"]
    assert "Анна" in await visitor.text(f"/submissions/{call.id}")
    assert 'class="calls"' not in await visitor.text("/")


async def test_a_call_is_taken_although_its_mail_went_out_since_the_question(visit, kept):
    call = await kept.enqueue(shop.call(1))
    path = f"/submissions/{call.id}/acknowledge"
    visitor = visit(kept)
    form = await visitor.hidden(path)
    await kept.worker.run_once()

    answer = await visitor.post(path, **form, by="Анна")

    assert "done=acknowledge" in answer.headers["Location"]
    (decision,) = await kept.repository.decisions(submission_id=call.id)
    assert "Анна" == decision.decided_by


async def test_of_two_dashboards_that_take_one_call_one_has_it_and_the_other_says_so(visit):
    clock = shop.Clock()
    store = MemoryRepository(clock=clock)
    here, there = shop.notifier(store, clock=clock), shop.notifier(store, clock=clock)
    call = await here.send(shop.call(1))
    path = f"/submissions/{call.id}/acknowledge"
    visitors = [visit(here), visit(there)]
    forms = [await visitor.hidden(path) for visitor in visitors]

    answers = await asyncio.gather(
        *(visitor.post(path, **form) for visitor, form in zip(visitors, forms, strict=True))
    )

    said = {answer.headers["Location"].partition("?")[2] for answer in answers}
    assert {"done=acknowledge", "done=taken"} == said
    assert 1 == len(await store.decisions(submission_id=call.id))
    assert "Этот звонок уже взяли" in await visitors[0].text(f"/submissions/{call.id}?done=taken")


async def test_a_held_provider_is_released_and_that_is_recorded(visit, kept):
    hold = Hold(source="default", provider="gmail", reason="535")
    await kept.repository.hold(hold, lasting=shop.timedelta(hours=1))
    visitor = visit(kept)

    answer = await visitor.submit("/holds/gmail", by="Анна")

    assert "/dashboard/?done=release" == answer.headers["Location"]
    assert [] == await kept.repository.holds("default")
    (decision,) = await kept.repository.decisions(source="default")
    assert (Action.RELEASED, "Анна") == (decision.action, decision.decided_by)


async def test_whom_the_host_application_names_decides_whatever_the_form_says(visit, kept, lost):
    visitor = visit(kept, auth=lambda request: "Мария")

    await visitor.submit(f"/submissions/{lost.id}/resend", by="Анна", risk="known")

    after = await stored(kept, lost)
    assert ["Мария"] == [each.decided_by for each in after.attempts if each.decided_by]


async def test_another_bots_submission_is_left_to_that_bot(visit, kept):
    other = shop.notifier(kept.repository, clock=shop.Clock(), source="other")
    theirs = await other.enqueue(shop.order(4))
    visitor = visit(kept)

    assert "бота other" in await visitor.text(f"/submissions/{theirs.id}")
    answer = await visitor.get(f"/submissions/{theirs.id}/cancel")
    assert "done=impossible" in answer.headers["Location"]


async def test_without_a_notifier_nothing_can_be_done(visit, kept, lost):
    visitor = visit(kept.repository)
    await visitor.get("/")
    token = visitor.desk.seal.opened(visitor.client.cookies["notifykit_dashboard"]).token

    page = await visitor.text(f"/submissions/{lost.id}")
    answer = await visitor.post(f"/submissions/{lost.id}/resend", token=token, risk="known")

    assert "Только просмотр" in page
    assert "/resend" not in page
    assert 409 == answer.status_code


async def test_a_provider_that_takes_its_time_does_not_hold_the_page_up(
    visit, kept, lost, monkeypatch
):
    monkeypatch.setattr("notifykit.dashboard.pages.acting._PATIENCE", 0.05)
    answered = asyncio.Event()

    async def slowly(email):
        await answered.wait()
        raise OutcomeUnknownError("lost again", provider="gmail", stage="content")

    kept.transports[0].send = slowly
    answer = await visit(kept).submit(f"/submissions/{lost.id}/resend", by="", risk="known")
    answered.set()
    await kept.worker.drain(shop.timedelta(seconds=5))

    assert "done=resend_SENDING" in answer.headers["Location"]
    assert Status.UNCONFIRMED == (await stored(kept, lost)).status


@pytest.mark.parametrize("action", ["mark_sent", "cancel", "acknowledge"])
async def test_what_the_database_takes_its_time_for_is_not_called_done(visit, monkeypatch, action):
    monkeypatch.setattr("notifykit.dashboard.pages.acting._PATIENCE", 0.05)
    clock = shop.Clock()
    clock.now = clock.end
    store = Sluggish(clock=clock)
    kept = shop.notifier(store, clock=clock)
    kept.transports[0].fails_with = [shop._lost()]
    made = {
        "mark_sent": lambda: kept.send(shop.order(1)),
        "cancel": lambda: kept.enqueue(shop.order(1)),
        "acknowledge": lambda: kept.enqueue(shop.call(1)),
    }
    one, visitor = await made[action](), visit(kept)
    form = await visitor.hidden(f"/submissions/{one.id}/{action}")
    store.is_slow = True

    answer = await visitor.post(f"/submissions/{one.id}/{action}", **form)
    before = await store.decisions(submission_id=one.id)
    store.goes_on.set()
    await kept.worker.drain(shop.timedelta(seconds=5))

    assert "done=slow" in answer.headers["Location"]
    assert "дольше обычного" in await visitor.text(f"/submissions/{one.id}?done=slow")
    assert (0, 1) == (len(before), len(await store.decisions(submission_id=one.id)))


async def test_what_was_marked_is_said_to_be(visit, kept, lost):
    answer = await visit(kept).submit(f"/submissions/{lost.id}/mark_sent", by="Анна")

    said = answer.headers["Location"].removeprefix("/dashboard")
    assert "Отмечено отправленным" in await visit(kept).text(said)


async def test_what_is_not_there_is_not_found(visit):
    visitor = visit(MemoryRepository())

    for path in ("/submissions/none", "/submissions/none/resend", "/nowhere"):
        assert 404 == (await visitor.get(path)).status_code
