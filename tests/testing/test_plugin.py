"""The fixtures, as another project's tests meet them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PAGES = Path(__file__).parents[2] / "docs"
STRICT = ["--strict-markers", "--strict-config", "-W", "error", "-p", "no:cacheprovider"]
BARE = [*STRICT, "-p", "no:asyncio", "-p", "no:anyio"]

INI = "[pytest]\nasyncio_default_fixture_loop_scope = function"

APPLICATION = """
    import asyncio
    from notifykit import Contact, Notifier, Order, OrderLine

    LINE = OrderLine(code="00-0123", title="Цемент М500", quantity="10", price="512.50")
    ORDER = Order(customer=Contact(name="Иван", phone="+7 900 000-00-00"), lines=[LINE])

    async def place_order(**wishes):
        async with Notifier.from_env() as notifier:
            return await notifier.send(ORDER, **wishes)
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Another project, with an application that reads its settings from the environment."""
    pytester.makepyfile(application=APPLICATION)
    return pytester


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_example_of_the_page_runs(pytester, language) -> None:
    page = (PAGES / language / "testing.md").read_text("utf-8")
    example = page.split("```python\n")[1].split("```")[0]
    pytester.makepyfile(example)
    pytester.makeini(f"{INI}\nasyncio_mode = auto")

    pytester.runpytest_subprocess(*STRICT, "-p", "no:anyio").assert_outcomes(passed=1)


def test_no_plugin_for_async_tests_is_needed(project) -> None:
    project.makepyfile(
        """
        import asyncio, os, pathlib, subprocess, sys
        import pytest
        from application import ORDER, place_order
        from notifykit import Settings

        def test_what_the_application_sends_is_in_the_outbox(notifykit_environ, outbox):
            asyncio.run(place_order(to=["иван@example.com".replace("иван", "ivan")]))

            outbox.assert_sent(to="ivan@example.com", subject="Заказ", contains="00-0123")
            assert notifykit_environ["SMTP_PORT"] == os.environ["SMTP_PORT"]

        def test_what_another_process_sends_is_there_too(notifykit_environ, outbox):
            code = "import asyncio, application; asyncio.run(application.place_order())"
            subprocess.run([sys.executable, "-c", code], check=True)

            outbox.assert_sent(to="sales@example.com", count=1)

        def test_every_test_begins_with_nothing(notifykit_environ, outbox):
            outbox.assert_nothing_sent()
            assert not pathlib.Path("notifykit.db").exists()

        def test_the_notifier_of_the_outbox_needs_no_environment(outbox):
            asyncio.run(outbox.notifier.send(ORDER))
            outbox.assert_sent(count=1)

        def test_servers(smtp_server, sendgrid_server, mailgun_server):
            servers = (smtp_server, sendgrid_server, mailgun_server)
            found = [Settings.from_env(server.environ).transports()[0].name for server in servers]
            assert ["smtp", "sendgrid", "mailgun"] == found

        @pytest.mark.parametrize("smtp_server", ["gmail"], indirect=True)
        @pytest.mark.parametrize("mailgun_server", [{"domain": "mg.example.com"}], indirect=True)
        def test_other_servers(smtp_server, mailgun_server):
            assert "gmail" == smtp_server.environ["MAIL_PROVIDER"]
            assert "mg.example.com" == mailgun_server.environ["MAILGUN_DOMAIN"]
        """
    )

    project.runpytest_subprocess(*BARE).assert_outcomes(passed=6)


ASYNC_TEST = """
    import pytest
    from application import place_order

    {mark}
    async def test_an_order(notifykit_environ, outbox):
        await place_order()
        await outbox.until(1)
        outbox.assert_sent(to="sales@example.com", contains="00-0123")
"""


@pytest.mark.parametrize(
    ("mark", "plugins"),
    [("@pytest.mark.asyncio", ["-p", "no:anyio"]), ("@pytest.mark.anyio", ["-p", "no:asyncio"])],
    ids=["asyncio", "anyio"],
)
def test_async_tests_run_with_whichever_plugin_there_is(project, mark, plugins) -> None:
    project.makepyfile(ASYNC_TEST.format(mark=mark))
    project.makeconftest("import pytest\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'")
    if "asyncio" in mark:
        project.makeini(INI)

    project.runpytest_subprocess(*STRICT, *plugins).assert_outcomes(passed=1)


def test_a_failure_shows_what_was_sent_and_not_the_inside_of_the_outbox(project) -> None:
    project.makepyfile(
        """
        import asyncio
        from application import place_order

        def test_an_order(notifykit_environ, outbox):
            asyncio.run(place_order())
            outbox.assert_sent(to="boss@example.com")
        """
    )
    result = project.runpytest_subprocess(*BARE)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*outbox.assert_sent(to=*boss@example.com*",
            "E *no email was sent to boss@example.com",
            "E *1. to sales@example.com",
            "E *00-0123*",
            "E *! to: boss@example.com is not among sales@example.com",
        ]
    )
    assert "__tracebackhide__" not in result.stdout.str()


def test_a_fixture_of_the_projects_own_comes_first(project) -> None:
    project.makeconftest("import pytest\n@pytest.fixture\ndef outbox(): return 'mine'")
    project.makepyfile("def test_mine(outbox): assert 'mine' == outbox")

    project.runpytest_subprocess(*BARE).assert_outcomes(passed=1)


def test_it_can_be_turned_off(project) -> None:
    project.makepyfile("def test_none(outbox): pass")

    project.runpytest_subprocess(*BARE, "-p", "no:notifykit").assert_outcomes(errors=1)


def test_a_project_that_uses_nothing_of_it_loads_nothing_of_it(pytester) -> None:
    pytester.makepyfile(
        """
        import json, pathlib, sys

        def test_what_is_loaded():
            pathlib.Path("loaded.json").write_text(json.dumps(list(sys.modules)))
        """
    )
    pytester.runpytest_subprocess(*BARE).assert_outcomes(passed=1)

    loaded = json.loads((pytester.path / "loaded.json").read_text("utf-8"))
    assert {"notifykit", "notifykit.testing", "notifykit.testing.plugin"} == {
        name for name in loaded if name.startswith("notifykit")
    }


def test_variables_of_the_developer_neither_leak_in_nor_are_lost(project, monkeypatch) -> None:
    theirs = {
        "MAIL_PROVIDER": "gmail",
        "GMAIL_APP_PASSWORD": "abcd efgh ijkl mnop",
        "MAILGUN_API_KEY": "key-real",
        "DATABASE_URL": "postgresql://db.example.com/shop",
        "NOTIFYKIT_LOCALE": "en",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    project.makepyfile(
        f"""
        import asyncio, os
        from application import place_order

        THEIRS = {theirs!r}

        def test_first(notifykit_environ, outbox):
            assert not {{"GMAIL_APP_PASSWORD", "MAILGUN_API_KEY"}} & os.environ.keys()
            assert THEIRS["DATABASE_URL"] == os.environ["DATABASE_URL"]
            asyncio.run(place_order())
            outbox.assert_sent(subject="Order")

        def test_second():
            assert THEIRS.items() <= os.environ.items()
        """
    )

    project.runpytest_subprocess(*BARE).assert_outcomes(passed=2)


@pytest.mark.parametrize("name", ["notifykit.testing", "notifykit.testing.plugin"])
def test_importing_it_loads_no_client_and_no_database(name) -> None:
    import subprocess  # noqa: PLC0415 - for this test alone

    code = f"import sys, {name}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    heavy = {"httpx", "sqlalchemy", "pydantic", "jinja2", "lxml", "aiosmtplib", "asyncio", "ssl"}

    assert set() == (heavy - ({"asyncio", "ssl"} if "plugin" in name else set())) & set(
        done.stdout.split()
    )
