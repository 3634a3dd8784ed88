"""Where templates and their texts come from: the user's folder first, then ours."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    TemplateSyntaxError,
)

from notifykit.errors import ConfigurationError, RenderError


@cache
def stock() -> Traversable:
    """Give our own templates: inside the package, or at the top of a checkout."""
    packaged = files("notifykit") / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "templates"


class _Folder(FileSystemLoader):
    """A folder of templates; a file that is no text is told with its name."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as exc:
            line = exc.object.count(b"\n", 0, exc.start) + 1
            why = "this is not UTF-8: save the file in that encoding"
            raise TemplateSyntaxError(why, line, template) from exc


def loader(folder: Path | None) -> BaseLoader:
    """
    Look into the user's folder, into ours, and into ours under ``notifykit/``.

    So one file can be replaced, ``notifykit/order.html`` can be extended by an ``order.html`` that
    fills one block, and replacing ``layout.html`` alone changes every mail.
    """
    ours = _stock_loader()
    prefixed = PrefixLoader({"notifykit": ours})
    return ChoiceLoader([*([_Folder(folder)] if folder else []), ours, prefixed])


def _stock_loader() -> BaseLoader:
    folder = stock()
    if isinstance(folder, Path):
        return FileSystemLoader(folder)
    return FunctionLoader(_zipped)


def _zipped(name: str) -> tuple[str, str, None] | None:
    file = stock().joinpath(name)
    return (file.read_text("utf-8"), name, None) if file.is_file() else None


class Texts:
    """
    The words of one language: ``t.total`` in a template.

    The user's own ``ru.toml`` adds words or replaces ours.

    Raises:
        ConfigurationError: A file with words is not TOML.
    """

    def __init__(self, locale: str, folder: Path | None) -> None:
        self._file = f"{locale}.toml"
        self._words: Mapping[str, Any] = {
            **_words(stock() / self._file),
            **(_words(folder / self._file) if folder else {}),
        }

    def __getattr__(self, name: str) -> Any:
        if name in self._words:
            return self._words[name]
        raise RenderError(f"the text {name!r} is missing: add it to {self._file}")


def _words(file: Traversable) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"NOTIFYKIT_TEMPLATES: {file.name} is not TOML: {exc}") from exc
