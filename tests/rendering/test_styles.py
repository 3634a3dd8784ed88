from __future__ import annotations

import pytest

from notifykit.rendering import marks
from notifykit.rendering.styles import Styles
from notifykit.rendering.tags import start_tag


def made(styles: Styles, attributes: str) -> str:
    return marks.TAGS.sub(styles.write, f"{marks.open_tag(0)}{attributes}{marks.TAG_ENDS}")


@pytest.mark.parametrize("attribute", ["class='a n{0}'", "class=a id=n{0}", "class=a title=n{0}"])
def test_what_a_client_writes_is_not_kept(attribute: str) -> None:
    tag = start_tag("p", " class='a \0' id='\0'", "page.html, line 1")
    styles = Styles([".a{x:y}"], [], [tag])
    styles.prepare("page.html")
    known = len(styles._known)
    texts = [f" {attribute.format(number)}" for number in range(1_100)]

    assert [f'{text} style="x:y"' for text in texts] == [made(styles, text) for text in texts]
    assert (known, 1) == (len(styles._known), len(styles._made))


def test_styles_that_never_come_again_are_not_all_kept() -> None:
    tag = start_tag("td", " class=a width='\0'", "page.html, line 1")
    styles = Styles([".a{x:y}"], [], [tag])
    texts = [f" class=a width={number}" for number in range(1_100)]

    assert [f' class=a width="{number}" style="x:y"' for number in range(1_100)] == [
        made(styles, text) for text in texts
    ]
    assert 1_000 == len(styles._made)
