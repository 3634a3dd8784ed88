"""Gives each page the words of its own language and only the pages of that language beside it."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

_SPHINX = '<a href="https://www.sphinx-doc.org/">Sphinx</a>'
_RUSSIAN = {
    "Back to top": "Наверх",
    "Home": "Главная",
    "Made with ": "Собрано с помощью ",
    "Next": "Дальше",
    "On this page": "На этой странице",
    "Previous": "Назад",
    "Search": "Поиск",
    "View this page": "Исходный текст страницы",
    f"{_SPHINX} and ": f"{_SPHINX} и ",
}


def _speak(app: Sphinx, page: str, *rest: Any) -> None:
    context: dict[str, Any] = rest[1]
    language = page.partition("/")[0]
    if language not in ("en", "ru"):
        return
    context["language"] = language
    context["furo_navigation_tree"] = _only(context["furo_navigation_tree"], page)
    if language == "ru":
        context["_"] = context["gettext"] = lambda text: _RUSSIAN.get(text, text)


def _only(tree: str, page: str) -> str:
    """Keep the branch of the page that is open: the other one is the other language."""
    soup = BeautifulSoup(tree, "html.parser")
    for branch in soup.select("li.toctree-l1"):
        if "current" not in branch.get("class", []):
            branch.decompose()
    return str(soup)


def setup(app: Sphinx) -> dict[str, bool]:
    # Furo puts its own context together at the usual priority, 500.
    app.connect("html-page-context", _speak, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
