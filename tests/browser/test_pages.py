"""What people do with the dashboard, done in a browser."""

import pytest
from playwright.async_api import expect

from browser.serving import served
from dashboard import shop
from notifykit.dashboard import Look, app, live
from notifykit.errors import StorageError
from notifykit.submission import Outcome, Status

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSWORD = "correct horse"
WIDTHS = (360, 1280)


class Away:
    """A store that nobody answers for."""

    def __getattr__(self, name):
        raise StorageError("nobody answers")


async def stored(site, name="lost"):
    return await site.notifier.repository.get(site.ids[name])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_no_page_is_wider_than_its_window(window, fortnight, width, locale):
    opened = await window(fortnight, width, locale=locale)
    wide = {}
    for path in (
        *("/", "/submissions", "/templates", "/person", "/submissions?status=attention"),
        f"/submissions/{fortnight.ids['failed-over']}",
        f"/submissions/{fortnight.ids['call']}",
        f"/submissions/{fortnight.ids['unconfirmed']}/resend",
    ):
        page = await opened.open(path)
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        wide[path] = await page.evaluate(script)

    assert {} == {path: by for path, by in wide.items() if by}
    assert [] == opened.alarms


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("acts", [True, False])
async def test_what_a_call_is_about_stands_below_its_name(window, fortnight, width, acts):
    page = app(fortnight.notifier if acts else fortnight.notifier.repository)
    async with served(page, fortnight.notifier) as site:
        opened = await window(site, width)
        calls = (await opened.open()).locator(".calls li")
        head, text = calls.first.locator(".head"), calls.first.locator("p")
        above, below = await head.bounding_box(), await text.bounding_box()

        await expect(calls.first.get_by_role("link", name="Беру")).to_have_count(int(acts))
        assert above["x"] == below["x"]
        assert above["y"] + above["height"] <= below["y"]
        assert below["width"] > width / 2


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_manager_filters_searches_and_reads_one(window, fortnight, width):
    opened = await window(fortnight, width)
    page = await opened.open("/submissions")
    await page.get_by_text("Отбор", exact=True).click()
    await page.get_by_label("Статус").select_option("FAILED")
    await page.locator(".selects").get_by_role("button", name="Найти").click()
    await expect(page.get_by_role("row").filter(has_text="не доставлено")).to_have_count(1)

    await page.get_by_role("link", name="Сбросить").click()
    await page.get_by_role("searchbox", name="Поиск").fill("A-901")
    await page.keyboard.press("Enter")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.locator("tbody a").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("заказ")
    await expect(page.locator(".standing")).to_contain_text("не подтверждено")
    await expect(page.get_by_role("heading", name="Что происходило")).to_be_visible()
    assert [] == opened.alarms


@pytest.mark.parametrize("width", WIDTHS)
async def test_the_mail_is_seen_as_on_a_phone_as_on_a_desktop_as_text_and_as_source(
    window, fortnight, width
):
    opened = await window(fortnight, width)
    page = await opened.open(f"/submissions/{fortnight.ids['sent']}")
    frame = page.locator(".view.phone iframe")
    await frame.scroll_into_view_if_needed()
    await expect(frame.content_frame.get_by_text("Новый заказ A-0")).to_be_visible()

    await page.get_by_text("Компьютер", exact=True).click()
    desktop = page.locator(".view.desktop iframe")
    await expect(desktop).to_be_visible()
    assert 760 == (await desktop.bounding_box())["width"]
    await page.get_by_text("Текст", exact=True).click()
    await expect(page.locator("pre.text")).to_contain_text("00-0123")
    await page.get_by_text("Исходник", exact=True).click()
    await expect(page.locator("pre.source")).to_contain_text("Message-ID: <")
    assert [] == opened.alarms


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_lost_answer_is_resent_by_whoever_knows_of_the_second_copy(window, one, javascript):
    opened = await window(one, java_script_enabled=javascript)
    page = await opened.open(f"/submissions/{one.ids['lost']}")
    await page.get_by_role("link", name="Отправить ещё раз").click()
    await expect(page.get_by_text("письмо могло уже дойти")).to_be_visible()
    await page.get_by_label("Знаю, что может прийти вторая копия").check()
    await page.get_by_label("Кто решил").fill("Анна")
    await page.get_by_role("button", name="Отправить ещё раз").click()

    await expect(page.get_by_role("status")).to_have_text("Отправлено.")
    await expect(page.get_by_text("решение: Анна")).to_be_visible()
    assert Status.SENT == (await stored(one)).status


async def test_a_double_click_resends_once(window, one):
    gmail = one.notifier.transports[0]
    gmail.fails_with = [shop._lost(), shop._lost()]
    opened = await window(one)
    page = await opened.open(f"/submissions/{one.ids['lost']}/resend")
    await page.get_by_label("Знаю, что может прийти вторая копия").check()
    await page.get_by_role("button", name="Отправить ещё раз").dblclick()
    await expect(page.get_by_role("status")).to_be_visible()

    after = await stored(one)
    assert 1 == sum(attempt.outcome is Outcome.REOPENED for attempt in after.attempts)
    assert 1 == len(gmail.fails_with)


async def test_going_back_and_confirming_again_changes_nothing(window, one):
    one.notifier.transports[0].fails_with = [shop._lost(), shop._lost()]
    opened = await window(one)
    page = await opened.open(f"/submissions/{one.ids['lost']}/resend")
    await page.get_by_label("Знаю, что может прийти вторая копия").check()
    await page.get_by_role("button", name="Отправить ещё раз").click()
    await expect(page.get_by_role("status")).to_be_visible()
    before = await stored(one)

    stale = await window(one)
    form = await stale.open(f"/submissions/{one.ids['lost']}/resend")
    await form.get_by_label("Знаю, что может прийти вторая копия").check()
    await form.evaluate("document.querySelector('[name=seen]').value = '1.UNCONFIRMED.1'")
    await form.get_by_role("button", name="Отправить ещё раз").click()

    await expect(form.get_by_role("status")).to_contain_text("обращение изменилось")
    assert before == await stored(one)


async def test_a_new_order_appears_without_a_reload(window, one):
    opened = await window(one)
    page = await opened.open("/submissions")
    await expect(page.locator("html")).to_have_attribute("data-live", "stream")
    await page.evaluate("window.same = true")
    await page.get_by_role("searchbox", name="Поиск").fill("пишу")

    new = await one.notifier.send(shop.order(2))

    await expect(page.get_by_role("link", name=new.reference)).to_be_visible()
    assert True is await page.evaluate("window.same")
    await expect(page.get_by_role("searchbox", name="Поиск")).to_have_value("пишу")
    assert [] == opened.alarms


async def test_where_streams_are_used_up_the_page_asks_now_and_then(window, one):
    one.desk.streams = live.MOST
    opened = await window(one)
    await opened.page.clock.install()
    page = await opened.open("/submissions")
    await expect(page.locator("html")).to_have_attribute("data-live", "poll")
    new = await one.notifier.send(shop.order(2))
    await page.clock.run_for(16_000)

    await expect(page.get_by_role("link", name=new.reference)).to_be_visible()


async def test_the_password_lets_in_and_stays_asked_for_elsewhere(window, one):
    async with served(app(one.notifier, password=PASSWORD), one.notifier) as site:
        opened = await window(site)
        page = await opened.open("/submissions?status=UNCONFIRMED")
        await page.get_by_label("Ваше имя").fill("Анна")
        await page.get_by_label("Пароль").fill("wrong")
        await page.get_by_role("button", name="Войти").click()
        await expect(page.get_by_role("alert")).to_have_text("Пароль не подошёл.")
        await page.get_by_label("Пароль").fill(PASSWORD)
        await page.get_by_role("button", name="Войти").click()

        await expect(page).to_have_url(f"{site.url}/submissions?status=UNCONFIRMED")
        await expect(page.get_by_text("Анна")).to_be_visible()
        cookies = {cookie["name"]: cookie for cookie in await opened.context.cookies()}
        assert (True, "Strict") == (
            cookies["notifykit_dashboard"]["httpOnly"],
            cookies["notifykit_dashboard"]["sameSite"],
        )
        await page.get_by_role("button", name="Выйти").click()
        await expect(page.get_by_role("heading", name="Вход")).to_be_visible()


async def test_a_link_in_a_chat_opens_the_page_for_whoever_has_entered(window, one):
    async with served(app(one.notifier, password=PASSWORD), one.notifier) as site:
        opened = await window(site)
        page = await opened.open("/login")
        await page.get_by_label("Пароль").fill(PASSWORD)
        await page.get_by_role("button", name="Войти").click()
        await expect(page.get_by_role("heading", name="Обзор")).to_be_visible()
        chat = f'<a href="{site.url}/submissions">open</a>'
        await opened.context.route(
            "http://chat.example.com/",
            lambda route: route.fulfill(body=chat, content_type="text/html"),
        )
        await page.goto("http://chat.example.com/")

        await page.get_by_role("link", name="open").click()

        await expect(page.get_by_role("heading", name="Обращения")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
async def test_the_language_is_switched_where_the_visitor_stands(window, fortnight, width):
    opened = await window(fortnight, width)
    page = await opened.open("/submissions?status=FAILED")
    await page.get_by_role("button", name="English").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Submissions")
    await expect(page).to_have_url(f"{fortnight.url}/submissions?status=FAILED")
    await expect(page.locator("tbody")).to_contain_text("not delivered")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_everything_is_reached_with_the_keyboard(window, fortnight):
    opened = await window(fortnight)
    page = await opened.open(f"/submissions/{fortnight.ids['sent']}")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="К содержанию")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()

    await page.get_by_label("Телефон", exact=True).focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")

    await expect(page.locator("pre.text")).to_be_visible()


async def test_a_template_that_is_saved_is_shown_without_a_reload(window, one, tmp_path):
    folder = tmp_path
    (folder / "order.txt").write_text("Первый текст", "utf-8")
    async with served(app(one.notifier, look=Look(templates=folder)), one.notifier) as site:
        opened = await window(site)
        page = await opened.open("/templates?kind=order")
        await expect(page.locator("pre")).to_contain_text("Первый текст")
        await expect(page.locator("html")).to_have_attribute("data-live", "stream")

        (folder / "order.txt").write_text("Второй текст", "utf-8")

        await expect(page.locator("pre")).to_contain_text("Второй текст")
        assert [] == opened.alarms


@pytest.mark.parametrize(("scheme", "color"), [("light", 255), ("dark", 23)])
async def test_a_sample_is_shown_light_and_dark(window, fortnight, scheme, color):
    opened = await window(fortnight)
    page = await opened.open(f"/templates?scheme={scheme}&width=desktop")
    body = page.locator("iframe").content_frame.locator("body")
    script = "e => [...e.querySelectorAll('*')].map(x => getComputedStyle(x).backgroundColor)"
    found = await body.evaluate(script)

    assert any(each.startswith(f"rgb({color}, ") for each in found), set(found)


async def test_paper_shows_what_matters_and_no_buttons(window, fortnight):
    opened = await window(fortnight)
    page = await opened.open(f"/submissions/{fortnight.ids['unconfirmed']}")
    await page.emulate_media(media="print")

    await expect(page.locator("header.top")).to_be_hidden()
    await expect(page.get_by_role("link", name="Отправить ещё раз")).to_be_hidden()
    await expect(page.get_by_role("heading", name="Что происходило")).to_be_visible()
    await expect(page.locator("pre.text")).to_be_visible()


HIDE = """is => {
    Object.defineProperty(document, "hidden", {get: () => is, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_tabs_that_nobody_looks_at_leave_the_connections_to_those_that_are(window, one):
    # A browser opens no more than six connections to one server.
    opened = await window(one)
    tabs = [opened.page, *[await opened.context.new_page() for _ in range(7)]]
    for tab in tabs:
        await tab.goto(f"{one.url}/submissions")
        await expect(tab.locator("html")).to_have_attribute("data-live", "stream")
        await tab.evaluate(HIDE, True)

    new = await one.notifier.send(shop.order(2))
    await tabs[0].evaluate(HIDE, False)

    await expect(tabs[0].get_by_role("link", name=new.reference)).to_be_visible()
    await expect(tabs[1].get_by_role("link", name=new.reference)).to_have_count(0)


async def test_an_open_page_says_that_the_database_is_away_until_it_is_back(window, one):
    opened = await window(one)
    page = await opened.open("/submissions")
    await expect(page.locator("html")).to_have_attribute("data-live", "stream")
    kept, one.desk.repository = one.desk.repository, Away()
    await expect(page.get_by_role("alert")).to_contain_text("не отвечает")
    await expect(page.locator("tbody tr")).to_have_count(1)

    one.desk.repository = kept

    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_page_whose_submission_is_gone_says_so(window, one):
    opened = await window(one)
    page = await opened.open(f"/submissions/{one.ids['lost']}")
    await expect(page.locator("html")).to_have_attribute("data-live", "stream")

    one.notifier.repository._submissions.clear()

    await expect(page.get_by_role("heading", name="Такой страницы нет")).to_be_visible()
