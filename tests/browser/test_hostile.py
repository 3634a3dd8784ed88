"""Whatever a client, a model or a provider wrote: nothing of it runs, and nothing is fetched."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import Error, expect

from browser.serving import served
from dashboard import shop
from notifykit import Contact, DeliveryTo, ManagerCall, Order, OrderLine, Priority
from notifykit.dashboard import app
from notifykit.errors import OutcomeUnknownError, RejectedError
from notifykit.rendering import Rendered
from notifykit.submission import Event, EventKind, Hold

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAYLOADS = (Path(__file__).parent / "payloads.txt").read_text("utf-8").splitlines()
EVERYTHING = "\n".join(PAYLOADS)


class Raw:
    """A template that somebody wrote without escaping anything."""

    def render(self, notification, *, reference, created_at):
        html = f"<p>{reference}</p>{EVERYTHING}<p id=end>end</p>"
        return Rendered(subject=PAYLOADS[0], text=EVERYTHING, html=html)


def hostile_order(number, payload):
    return Order(
        number=payload[:64],
        conversation=f"{number} {payload}",
        customer=Contact(name=payload, phone=f"+7 900 000-00-00 {payload}"),
        lines=[
            OrderLine(code=each[:64], title=each, unit=each[:16], quantity=1, price=1)
            for each in (PAYLOADS if number == 0 else [payload])
        ],
        delivery=DeliveryTo(address=payload),
        comment=EVERYTHING,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def attacked():
    """Every payload in every field that somebody else can fill."""
    clock = shop.Clock()
    clock.now = clock.end
    notifier = shop.notifier(clock=clock)
    notifier._drafts._renderer = Raw()
    gmail = notifier.transports[0]
    ids = []
    for number, payload in enumerate(PAYLOADS):
        if number % 3 == 0:
            gmail.fails_with = [RejectedError(EVERYTHING, provider="gmail", stage=payload)]
        elif number % 3 == 1:
            gmail.fails_with = [OutcomeUnknownError(payload, provider="gmail", stage="content")]
        ids.append((await notifier.send(hostile_order(number, payload))).id)
    call = ManagerCall(
        summary=EVERYTHING,
        priority=Priority.HIGH,
        customer=Contact(name=PAYLOADS[0], phone="+7 900 000-00-00", telegram='@ab"><b>bold'),
        conversation=PAYLOADS[1],
    )
    ids.append((await notifier.send(call)).id)
    for number, payload in enumerate(PAYLOADS):
        await notifier.repository.record(
            Event(
                id=payload,
                submission_id=ids[0],
                provider=payload,
                kind=tuple(EventKind)[number % len(EventKind)],
                recipient=payload,
                enhanced_code=payload,
                text=payload,
                occurred_at=datetime.now(UTC),
            )
        )
    await notifier.resend(ids[1], by=PAYLOADS[1])
    hold = Hold(source="default", provider='"><img src=x onerror=alert(1)>', reason=EVERYTHING)
    await notifier.repository.hold(hold, lasting=timedelta(hours=1))
    async with served(app(notifier), notifier) as site:
        site.ids = {str(number): id_ for number, id_ in enumerate(ids)}
        yield site


def _lured(trap):
    return [said for said in trap.heard if b"evil.example.com" in said]


async def test_the_trap_catches_what_leaves(window, attacked, trap):
    opened = await window(attacked)
    with pytest.raises(Error):
        await opened.page.goto("http://evil.example.com/")

    assert _lured(trap)
    trap.heard.clear()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/submissions",
        "/submissions?status=attention",
        "/submissions/{0}",
        "/submissions/{1}",
        "/submissions/{4}/resend",
        f"/submissions/{{{len(PAYLOADS)}}}",
        "/person",
    ],
)
async def test_hostile_text_runs_no_script_and_fetches_nothing(window, attacked, trap, path):
    for name, id_ in attacked.ids.items():
        path = path.replace(f"{{{name}}}", id_)
    opened = await window(attacked)
    page = await opened.open(path)
    for summary in await page.locator("summary").all():
        await summary.click()
    # What a payload put off runs before this does.
    await page.evaluate("new Promise(done => setTimeout(done, 100))")

    assert None is await page.evaluate("window.xss ?? null")
    assert 0 == await page.locator("main script, main style, main base, main meta").count()
    allowed = ["IFRAME"] * (2 if "/submissions/" in path and "resend" not in path else 0)
    framed = "[...document.querySelectorAll('iframe, object, embed')].map(each => each.tagName)"
    assert allowed == await page.evaluate(framed)
    # The mail's frame says that it blocked things; the page itself has nothing to block.
    assert [] == opened.alarms
    assert [] == _lured(trap)


async def test_hostile_text_is_shown_as_it_was_written(window, attacked):
    opened = await window(attacked)
    page = await opened.open(f"/submissions/{attacked.ids['0']}")

    titles = await page.locator("table.lines tbody td.title").all_inner_texts()
    assert [" ".join(each.split()) for each in PAYLOADS] == [" ".join(t.split()) for t in titles]


@pytest.mark.parametrize(
    "place", ["search", "status", "kind", "provider", "source", "period", "before"]
)
async def test_a_hostile_address_runs_nothing(window, attacked, place):
    opened = await window(attacked)
    for payload in (PAYLOADS[1], PAYLOADS[16], PAYLOADS[48]):
        await opened.open(f"/submissions?{urlencode({place: payload, 'done': payload})}")

    assert [] == opened.alarms


async def test_a_mail_whose_template_escapes_nothing_stays_in_its_frame(window, attacked, trap):
    opened = await window(attacked)
    page = await opened.open(f"/submissions/{attacked.ids['2']}")
    frame = page.locator(".view.phone iframe")
    await frame.scroll_into_view_if_needed()
    await expect(frame.content_frame.locator("p").first).to_be_visible()

    assert f"{attacked.url}/submissions/{attacked.ids['2']}" == page.url
    assert [] == opened.alarms
    assert [] == _lured(trap)


async def test_a_mail_that_is_opened_by_itself_is_no_page_of_ours(window, attacked, trap):
    opened = await window(attacked)
    page = await opened.open(f"/submissions/{attacked.ids['2']}/mail.html")

    assert "null" == await page.evaluate("self.origin")
    assert [] == opened.alarms
    assert [] == _lured(trap)
