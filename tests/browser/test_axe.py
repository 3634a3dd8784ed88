"""WCAG 2.2 AA: axe finds nothing, on any page, in either language, light or dark."""

import pytest
from axe_playwright_python.async_playwright import Axe

from browser.serving import served
from notifykit.dashboard import app

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = {
    "front": "/",
    "list": "/submissions?status=attention",
    "failed over": "/submissions/{failed-over}",
    "unconfirmed": "/submissions/{unconfirmed}",
    "call": "/submissions/{call}",
    "bounced": "/submissions/{bounced}",
    "resend": "/submissions/{unconfirmed}/resend",
    "release": "/holds/gmail",
    "templates": "/templates",
    "person": "/person",
}
# The mail's own HTML belongs to its templates, which have tests of their own.
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "iframes": False,
}


def told(found):
    return [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found.response["violations"]
    ]


@pytest.mark.parametrize(
    ("width", "scheme", "locale"), [(1280, "light", "ru"), (360, "dark", "en")]
)
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing(window, fortnight, name, width, scheme, locale):
    opened = await window(fortnight, width, scheme, locale)
    path = PAGES[name]
    for known, id_ in fortnight.ids.items():
        path = path.replace(f"{{{known}}}", id_)
    page = await opened.open(path)
    for summary in await page.locator("summary").all():
        await summary.click()

    assert [] == told(await Axe().run(page, options=OPTIONS))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_at_the_door(window, fortnight, scheme):
    page = app(fortnight.notifier, password="correct horse")
    async with served(page, fortnight.notifier) as site:
        opened = await window(site, 360, scheme)
        await opened.open("/login")

        assert [] == told(await Axe().run(opened.page, options=OPTIONS))
