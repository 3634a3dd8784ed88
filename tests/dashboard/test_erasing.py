"""A person is erased: counted first, then done, recorded, and shown the key once."""

import re

import pytest

from dashboard import shop
from notifykit.storage import SqlRepository
from notifykit.submission import Action, Status

CONTACT = "8 (900) 000-00-00"


@pytest.fixture
async def kept(tmp_path):
    """A shop with an SQLite file, one order that was sent and one that waits."""
    clock = shop.Clock()
    clock.now = clock.end
    kept = shop.notifier(SqlRepository(f"sqlite:///{tmp_path}/shop.db"), clock=clock)
    yield kept
    await kept.aclose()


@pytest.fixture
async def sent(kept):
    return await kept.send(shop.order(1))


async def test_counting_changes_nothing(visit, kept, sent):
    answer = await visit(kept).submit("/person", contact=CONTACT)

    assert "Будет стёрто обращений: 1" in answer.text
    assert sent.notification == (await kept.repository.get(sent.id)).notification


async def test_erasing_blanks_the_person_and_is_recorded(visit, kept, sent):
    visitor = visit(kept, auth=lambda request: "Анна")
    form = await visitor.hidden("/person")

    answer = await visitor.post("/person/erase", **form, contact=CONTACT)

    erased = await kept.repository.get(sent.id)
    (decision,) = await kept.repository.decisions()
    assert "Стёрто обращений: 1" in answer.text
    assert "/language" not in answer.text  # the key is shown once, and there is no way back to it
    assert re.search(r"<dd>[0-9a-f]{64}</dd>", answer.text)
    assert None is erased.email
    assert (Action.ERASED, "Анна") == (decision.action, decision.decided_by)
    assert "0000000" not in repr(decision)


async def test_what_is_not_sent_stays_unless_it_is_cancelled_too(visit, kept):
    waiting = await kept.enqueue(shop.order(2))
    visitor = visit(kept)
    form = await visitor.hidden("/person")

    kept_back = await visitor.post("/person/erase", **form, contact=CONTACT)
    before = await kept.repository.get(waiting.id)
    await visitor.post("/person/erase", **form, contact=CONTACT, also_open="yes")
    after = await kept.repository.get(waiting.id)

    assert f"Не тронуто: {waiting.reference}" in kept_back.text
    assert (Status.QUEUED, Status.FAILED) == (before.status, after.status)
    assert None is after.email


async def test_the_same_form_again_finds_nobody(visit, kept, sent):
    visitor = visit(kept)
    form = await visitor.hidden("/person")
    await visitor.post("/person/erase", **form, contact=CONTACT)

    again = await visitor.post("/person/erase", **form, contact=CONTACT)

    assert "Стёрто обращений: 0" in again.text


@pytest.mark.parametrize("path", ["/person", "/person/erase"])
async def test_what_is_no_contact_is_told(visit, kept, path):
    visitor = visit(kept)
    form = await visitor.hidden("/person")

    answer = await visitor.post(path, **form, contact="кто-то")

    assert 422 == answer.status_code
    assert "Это не похоже на телефон" in answer.text


async def test_a_store_that_cannot_erase_says_so(visit):
    answer = await visit().submit("/person", contact=CONTACT)

    assert 409 == answer.status_code
    assert "удалите их там, где они лежат" in answer.text
