"""The pages say the same in both languages, and nothing that the code does not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from generated import MAKERS, fill

from notifykit.diagnosis import find
from notifykit.settings import Settings
from notifykit.settings.texts import SAID
from notifykit.storage.tables import metadata
from notifykit.submission import Outcome, Status
from notifykit.transports import RELAYS

ROOT = Path(__file__).parents[2]


def test_both_languages_have_the_same_pages(every_page):
    names = {language: set() for language in ("en", "ru")}
    for page in every_page:
        _, *rest = page.name.split("/")
        if rest and rest[0] in names:
            names[rest[0]].add(rest[1])

    assert names["en"] == names["ru"]


def test_both_languages_show_the_same_code(every_page):
    by_name = {page.name: page for page in every_page}
    pairs = [("README.md", "README.ru.md")]
    pairs += [(name, name.replace("/en/", "/ru/")) for name in by_name if "/en/" in name]

    for english, russian in pairs:
        for language in ("python", "ini", "sql", "console"):
            shown = [
                [_code(block.body) for block in by_name[name].blocks(language)]
                for name in (english, russian)
            ]

            assert shown[0] == shown[1], english


def _code(body: str) -> str:
    return body.replace('advice("ru")', 'advice("en")')


def test_nobody_is_sent_to_another_project(page):
    installs = re.findall(r"pip install.*", page.text)

    assert [] == [line for line in installs if re.search(r"notifykit(?!-mail)", line)]


def test_no_page_is_longer_than_it_may_be(text):
    for name in ("README.md", "README.ru.md"):
        assert 95 >= len(text(name).splitlines())


def test_links_between_files_lead_somewhere(page):
    here = (ROOT / page.name).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.text)

    assert [] == [link for link in links if not (here / link).exists()]


def test_every_variable_is_on_the_settings_page(locale, text):
    filled = fill(text(f"{locale}/settings.md"))

    assert {field.alias for field in Settings.model_fields.values()} == set(SAID)
    assert [] == [name for name in SAID if f"| `{name}` |" not in filled]


def test_every_default_is_on_the_settings_page(locale, text):
    filled = fill(text(f"{locale}/settings.md"))

    for value in ("Europe/Moscow", "#26a65b", "outbox", "us", "ru", "default"):
        assert f"| `{value}` |" in filled


def test_every_column_is_on_the_storage_page(locale, text):
    page = text(f"{locale}/storage.md")
    for table in metadata.sorted_tables:
        part = page.split(f"### {table.name}\n")[1].split("\n#")[0]
        described = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)

        assert [column.name for column in table.columns] == described


def test_every_status_and_outcome_is_on_the_pages(locale, text):
    for status in Status:
        assert f"| `{status}` |" in text(f"{locale}/submission.md")
    for outcome in Outcome:
        assert f"`{outcome}`" in text(f"{locale}/storage.md")


def test_every_relay_is_on_the_page_of_providers(locale, text):
    filled = fill(text(f"{locale}/providers.md"))

    for relay in RELAYS.values():
        assert f"| `{relay.host}` | {relay.port} | `{relay.security.value}` |" in filled


def test_troubleshooting_has_cause_and_advice_of_every_diagnosis(locale, text):
    filled = fill(text(f"{locale}/troubleshooting.md"))
    names = re.findall(r"^: `([a-z]+\.[a-z-]+)`$", filled, re.MULTILINE)

    assert names
    for name in names:
        known = find(name)
        assert known is not None
        assert known.cause(locale) in filled
        assert known.advice(locale) in filled


def test_every_place_for_generated_text_is_filled(page):
    assert "<!-- generated" not in fill(page.text)


@pytest.mark.parametrize("what", sorted(MAKERS))
def test_everything_that_is_generated_is_used_in_both_languages(what, every_page):
    everything = "\n".join(page.text for page in every_page)

    assert f"<!-- generated: {what} en -->" in everything
    assert f"<!-- generated: {what} ru -->" in everything


def test_the_documentation_builds_without_a_warning(tmp_path):
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    built = subprocess.run(
        [*build, "-d", tmp_path / "trees", ROOT / "docs", tmp_path / "html"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (0, "") == (built.returncode, built.stderr)
    page = (tmp_path / "html" / "ru" / "index.html").read_text("utf-8")
    assert '<html class="no-js" lang="ru"' in page
    assert "Быстрый старт" in page
    assert "Quick start" not in page
