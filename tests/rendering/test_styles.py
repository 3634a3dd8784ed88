from __future__ import annotations

from notifykit.rendering import marks
from notifykit.rendering.styles import Styles
from notifykit.rendering.tags import start_tag


def test_classes_that_never_come_again_are_not_all_kept() -> None:
    styles = Styles([".a{x:y}"], [], [start_tag("p", " class='a \0'", "page.html, line 1")], {})
    made = [
        marks.TAGS.sub(styles.write, f"{marks.open_tag(0)} class='a n{number}'{marks.TAG_ENDS}")
        for number in range(1_100)
    ]

    assert [f" class='a n{number}' style=\"x:y\"" for number in range(1_100)] == made
    assert 1_000 == len(styles._seen)
