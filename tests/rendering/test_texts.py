from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from notifykit.notifications import Priority
from notifykit.rendering.sources import stock


def words(locale: str) -> dict[str, Any]:
    return tomllib.loads((stock() / f"{locale}.toml").read_text("utf-8"))


def used() -> set[str]:
    names: set[str] = set()
    for file in Path(str(stock())).rglob("*.*"):
        source = file.read_text("utf-8") if file.suffix != ".toml" else ""
        names.update(re.findall(r"\bt\.([a-z_]+)", source))
        for prefix in re.findall(r't\["([a-z_]+_)" ~ call\.priority\]', source):
            names.update(f"{prefix}{priority}" for priority in Priority)
    return names


def test_both_languages_have_the_same_words() -> None:
    assert words("ru").keys() == words("en").keys()


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    assert used() == set(words("ru"))


def test_a_word_takes_the_same_values_in_both_languages() -> None:
    def values(text: Any) -> list[str]:
        return re.findall(r"\{(\w*)\}", str(text))

    russian, english = words("ru"), words("en")

    assert {k: values(v) for k, v in russian.items()} == {k: values(v) for k, v in english.items()}


def test_words_that_are_counted_have_all_their_forms() -> None:
    forms = {
        locale: {len(word) for word in words(locale).values() if isinstance(word, list)}
        for locale in ("ru", "en")
    }

    assert {"ru": {3}, "en": {2}} == forms
