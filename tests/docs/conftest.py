"""The pages, and what stands in them."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs" / "_ext"))


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    language: str
    body: str
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the documentation, or a README."""

    name: str
    text: str

    def blocks(self, *languages: str) -> list[Block]:
        """Find the blocks in some languages, or all."""
        found = [_block(match) for match in _FENCE.finditer(self.text)]
        return [block for block in found if not languages or block.language in languages]


_FENCE = re.compile(
    r"^```(?:\{code-block\} )?(?P<language>[a-z+]+)\n"
    r"(?::caption: (?P<caption>[^\n]+)\n)?"
    r"(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def _block(match: re.Match[str]) -> Block:
    return Block(match["language"], match["body"], match["caption"])


def pages(pattern: str = "docs/**/*.md") -> list[Page]:
    files = [file for file in sorted(ROOT.glob(pattern)) if "_build" not in file.parts]
    return [Page(str(file.relative_to(ROOT)), file.read_text("utf-8")) for file in files]


PAGES = [*pages("README*.md"), *pages()]


def _with(text: str, *languages: str) -> dict[str, Block]:
    """Find the blocks that hold a text; each by its page and its place there."""
    return {
        f"{page.name}-{number}": block
        for page in PAGES
        for number, block in enumerate(page.blocks(*languages))
        if text in block.body
    }


_GIVEN = {
    "page": {page.name: page for page in PAGES},
    "python_page": {page.name: page for page in PAGES if page.blocks("python")},
    "mail_settings": _with("SALES_EMAIL", "ini"),
    "database_settings": _with("DATABASE_URL", "ini"),
    "sql": _with("SELECT", "sql"),
    "template": _with("", "html+jinja", "jinja", "toml"),
    "locale": {"en": "en", "ru": "ru"},
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each page, or each block of a sort, to a test that wants one."""
    for name, given in _GIVEN.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, given.values(), ids=given.keys())


@pytest.fixture
def text():
    """The text of a page by its name below ``docs/``, or at the top."""
    return {page.name.removeprefix("docs/"): page.text for page in PAGES}.__getitem__


@pytest.fixture
def every_page() -> list[Page]:
    return PAGES
