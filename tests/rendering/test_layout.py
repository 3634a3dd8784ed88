"""What a browser makes of the mails: no sideways scrolling on the smallest phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from notifykit.notifications import Contact, ManagerCall, Order, OrderLine
from notifykit.rendering import Brand, Rendered

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *(
        "--allow-file-access-from-files",
        "--virtual-time-budget=5000",
        "--dump-dom",
        "--hide-scrollbars",
    ),
]
MEASURE = """
<script>
addEventListener("load", () => {
  const widths = [...document.querySelectorAll("iframe")].map(
    (frame) => frame.contentDocument.documentElement.scrollWidth);
  document.body.innerHTML = "<pre>" + JSON.stringify(widths) + "</pre>";
});
</script>
"""

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium")


def widths(pages: list[str], width: int, folder: Path) -> list[int]:
    frames = ""
    for number, page in enumerate(pages):
        (folder / f"{number}.html").write_text(page, "utf-8")
        frames += f'<iframe src="{number}.html" width="{width}" style="border:0"></iframe>'
    whole = folder / "all.html"
    whole.write_text(f"<!DOCTYPE html><body>{frames}{MEASURE}", "utf-8")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", whole.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    measured = re.search(r"<pre>(.*)</pre>", shown)

    assert measured, shown
    return list(json.loads(measured[1]))


@pytest.fixture
def pages(
    order: Callable[..., Order], call: Callable[..., ManagerCall], render: Callable[..., Rendered]
) -> list[str]:
    long = order(
        number="W" * 64,
        conversation="W" * 128,
        customer=Contact(
            name="W" * 128, phone="12345" + "W" * 123, email=f"{'w' * 64}@example.com"
        ),
        lines=(
            OrderLine(code="W" * 64, title="W" * 1_000, unit="W" * 16, quantity="999999.999999"),
            OrderLine(code="1", title="x", quantity="123456", price="98765.432109", stock="-5"),
        ),
        comment="W" * 500,
    )
    mails = [order(), long, call(order=order()), call(summary="W" * 500, order=long)]
    brand = Brand(name="W" * 64)
    return [
        render(mail, locale=locale, brand=brand).html or ""
        for mail in mails
        for locale in ("ru", "en")
    ]


@pytest.mark.parametrize("width", [320, 360, 700])
def test_nothing_is_wider_than_the_screen(pages: list[str], tmp_path: Path, width: int) -> None:
    assert [width] * len(pages) == widths(pages, width, tmp_path)


def test_nothing_is_wider_where_media_queries_are_not_read(
    pages: list[str], tmp_path: Path
) -> None:
    bare = [re.sub(r"(?s)<style.*?</style>", "", page) for page in pages]

    assert [320] * len(pages) == widths(bare, 320, tmp_path)
