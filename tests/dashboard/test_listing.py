"""The list, its filters, its pages, and the file for spreadsheets."""

import csv
import re
from io import StringIO

import pytest

from dashboard import shop
from notifykit import Contact, OrderLine
from notifykit.dashboard.pages import listing
from notifykit.dashboard.pages.filters import Wanted
from notifykit.dashboard.pages.listing import unformulated
from notifykit.errors import StorageError
from notifykit.storage import MemoryRepository
from notifykit.storage.base import Filter


def references(page):
    return re.findall(r'/dashboard/submissions/[\w-]+">([A-Z]{3}-\d{4})<', page)


async def test_the_newest_stands_first_and_pages_go_on_where_the_last_one_ended(reader):
    first = await reader.text("/submissions")
    older = re.search(r'rel="next" href="/dashboard([^"]+)"', first)[1]
    second = await reader.text(older)

    everything = await reader.notifier.repository.recent(limit=200)
    expected = [submission.reference for submission in everything]
    assert expected == references(first) + references(second)
    assert 50 == len(references(first))
    assert 'rel="next"' not in second


@pytest.mark.parametrize(
    ("query", "happened"),
    [
        ("status=FAILED", {"failed"}),
        ("status=UNCONFIRMED", {"unconfirmed"}),
        ("status=attention", {"failed", "unconfirmed"}),
        ("status=bounced", {"bounced"}),
        ("status=QUEUED", {"held"}),
        ("status=attention&search=%D0%98%D0%B2%D0%B0%D0%BD", {"failed"}),
    ],
)
async def test_filters_leave_what_was_asked_for(reader, query, happened):
    page = await reader.text(f"/submissions?{query}")

    found = {name for name, id_ in reader.ids.items() if f"/submissions/{id_}" in page}
    assert happened == found - {"sent"}
    assert len(happened) == len(references(page))


@pytest.mark.parametrize("query", ["status=NONE&period=never&before=1;DROP", "kind=&provider="])
async def test_nonsense_in_the_address_filters_nothing(reader, query):
    assert 50 == len(references(await reader.text(f"/submissions?{query}")))


async def test_calls_that_nobody_took_are_one_filter(reader):
    page = await reader.text("/submissions?status=calls")

    assert 3 == len(references(page))
    assert 3 == page.split("<tbody")[1].count("вызов менеджера")


async def test_several_bots_on_one_database_are_told_apart(visit):
    kept = shop.notifier(clock=shop.Clock())
    other = shop.notifier(kept.repository, clock=shop.Clock(), source="other")
    await kept.send(shop.order(1))
    await other.send(shop.order(2))
    visitor = visit(kept)

    everything = await visitor.text("/submissions")
    theirs = await visitor.text("/submissions?source=other")

    assert (2, 1) == (len(references(everything)), len(references(theirs)))
    assert '<option value="other" selected>other</option>' in theirs
    assert '<span class="source">other</span>' in everything


async def test_a_row_says_in_words_what_its_colour_says(reader):
    page = await reader.text("/submissions?status=FAILED")

    row = page.split("<tbody")[1]
    assert "failed out" in row
    assert "не доставлено" in row
    assert "Такого адреса получателя нет" in row
    assert "14\u00a0482,60\u00a0₽" in row


async def test_nothing_found_says_what_to_do(reader):
    assert "Ничего не нашлось" in await reader.text("/submissions?search=нетакого")


async def test_an_empty_shop_says_what_will_come(visit):
    assert "Обращений пока нет" in await visit().text("/submissions")


def test_an_address_is_a_filter_of_the_repository(clock):
    wanted = Wanted.read({"search": " Иван ", "status": "calls", "source": "b", "period": "24h"})

    found = wanted.filter(clock())

    assert ("Иван", "b", "manager_call", False) == (
        found.search,
        found.source,
        found.kind,
        found.acknowledged,
    )
    assert 24 * 3600 == (clock() - found.created_after).total_seconds()


def test_an_empty_address_is_no_filter(clock):
    assert Filter() == Wanted.read({}).filter(clock())


async def test_the_file_holds_what_the_filter_selects(reader):
    answer = await reader.get("/submissions.csv?status=attention")

    rows = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.text.startswith("\ufeff")
    assert ["Id", "Номер", "Вид"] == rows[0][:3]
    assert {reader.ids["failed"], reader.ids["unconfirmed"]} == {row[0] for row in rows[1:]}
    assert "14482,60" in rows[-1]


async def test_the_file_holds_everything_however_many_pages_that_is(reader):
    answer = await reader.get("/submissions.csv")

    everything = await reader.notifier.repository.recent(limit=200)
    assert len(everything) + 1 == len(list(csv.reader(StringIO(answer.text), delimiter=";")))


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://example.com")', "+7 900", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1"],
)
def test_no_text_is_a_formula(text):
    assert f"'{text}" == unformulated(text)


@pytest.mark.parametrize("text", ["Иван", "1 234", "a=b", ""])
def test_other_texts_stay_as_they_are(text):
    assert text == unformulated(text)


async def test_a_customer_called_like_a_formula_is_no_formula(visit):
    kept = shop.notifier(clock=shop.Clock())
    customer = Contact(name='=cmd|"/c calc"!A1', phone="+7 900 000-00-00")
    await kept.send(shop.order(1, customer=customer))

    answer = await visit(kept).get("/submissions.csv")

    assert "\"'=cmd" in answer.text
    assert ';"=' not in answer.text


async def test_a_file_that_ends_before_the_submissions_do_says_so(reader, monkeypatch):
    monkeypatch.setattr(listing, "_EXPORTED", 20)
    monkeypatch.setattr(listing, "_AT_ONCE", 10)

    answer = await reader.get("/submissions.csv")

    rows = list(csv.reader(StringIO(answer.text), delimiter=";"))
    assert [1 + 20 + 1, 1] == [len(rows), len(rows[-1])]
    assert "не больше 20 строк" in rows[-1][0]


async def test_where_the_database_is_away_there_is_no_broken_file(visit):
    class Away(MemoryRepository):
        async def recent(self, *asked, **wanted):
            raise StorageError("nobody answers")

    answer = await visit(Away()).get("/submissions.csv")

    assert 503 == answer.status_code
    assert "База данных не отвечает" in answer.text


async def test_a_sum_that_nobody_knows_is_not_nothing(visit):
    kept = shop.notifier(clock=shop.Clock())
    unpriced = OrderLine(code="1", title="Дверь", unit="шт", quantity="1", price=None)
    sent = await kept.send(shop.order(1, lines=(unpriced,)))

    page = await visit(kept).text(f"/submissions/{sent.id}")

    assert "0,00" not in page
    assert 2 == page.count("по запросу")
