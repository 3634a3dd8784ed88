"""The templates page: each kind as its templates make it at this moment."""

from typing import ClassVar

import pytest

from dashboard import shop
from notifykit import Notification
from notifykit.dashboard import Look
from notifykit.storage import MemoryRepository


class ParcelArrived(Notification):
    kind: ClassVar[str] = "parcel_arrived"

    shelf: str

    @classmethod
    def sample(cls, locale):
        return cls(shelf="Полка 7" if locale == "ru" else "Shelf 7")


class CourierLate(Notification):
    kind: ClassVar[str] = "courier_late"

    minutes: int


@pytest.fixture
def templates(tmp_path):
    for kind in ("parcel_arrived", "courier_late"):
        (tmp_path / f"{kind}.subject.txt").write_text("{{ notification.kind }}", "utf-8")
        (tmp_path / f"{kind}.txt").write_text("{{ notification.model_dump_json() }}", "utf-8")
        (tmp_path / f"{kind}.html").write_text(
            "<p>{{ notification.model_dump_json() }}</p>", "utf-8"
        )
    return tmp_path


@pytest.mark.parametrize("kind", ["order", "manager_call"])
@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_our_own_kinds_have_samples_in_both_languages(visit, kind, locale):
    visitor = visit(MemoryRepository())

    page = await visitor.text(f"/templates?kind={kind}&locale={locale}")
    mail = await visitor.text(f"/templates/{kind}.html?locale={locale}")

    said = "Цемент М500" if locale == "ru" else "Cement M500"
    assert said in page
    assert said in mail
    assert f'src="/dashboard/templates/{kind}.html?locale={locale}&amp;scheme=light' in page


async def test_a_kind_of_your_own_brings_its_sample(visit, templates):
    visitor = visit(MemoryRepository(), look=Look(templates=templates))

    assert "Полка 7" in await visitor.text("/templates?kind=parcel_arrived")
    assert "Shelf 7" in await visitor.text("/templates/parcel_arrived.html?locale=en")


async def test_a_kind_without_a_sample_is_shown_with_the_last_one_that_was_sent(visit, templates):
    kept = shop.notifier(clock=shop.Clock())
    visitor = visit(kept, look=Look(templates=templates))

    assert "нет примера" in await visitor.text("/templates?kind=courier_late")
    await kept.send(CourierLate(minutes=95))
    assert "95" in await visitor.text("/templates/courier_late.html")


async def test_a_template_that_is_saved_changes_the_page_at_once(visit, templates):
    visitor = visit(MemoryRepository(), look=Look(templates=templates))
    before = await visitor.text("/templates?kind=parcel_arrived")
    (templates / "parcel_arrived.txt").write_text("Новый текст", "utf-8")

    after = await visitor.text("/templates?kind=parcel_arrived")

    assert "Новый текст" not in before
    assert "Новый текст" in after


async def test_a_broken_template_says_which_line(visit, templates):
    visitor = visit(MemoryRepository(), look=Look(templates=templates))
    (templates / "parcel_arrived.txt").write_text("ok\n{{ notification.weight }}", "utf-8")

    page = await visitor.text("/templates?kind=parcel_arrived")

    assert "parcel_arrived.txt, line 2" in page
    answer = await visitor.get("/templates/parcel_arrived.html")
    assert 422 == answer.status_code


async def test_nonsense_shows_the_order(visit):
    page = await visit(MemoryRepository()).text("/templates?kind=<b>&locale=xx&width=9&scheme=no")

    assert '<option value="order" selected>' in page
    assert "<b>" not in page


async def test_a_kind_that_is_not_there_is_not_found(visit):
    answer = await visit(MemoryRepository()).get("/templates/nothing.html")

    assert 404 == answer.status_code
