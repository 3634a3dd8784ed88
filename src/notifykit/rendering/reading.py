"""Reads all templates of a page, and looks for what leaves its style in doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from jinja2 import BaseLoader, Environment, TemplateNotFound, TemplateSyntaxError, nodes

from notifykit.errors import RenderError
from notifykit.message import clean_line
from notifykit.rendering import marks
from notifykit.rendering.doubts import Doubt, Uses, named
from notifykit.rendering.filters import shorten
from notifykit.rendering.flat import VALUE
from notifykit.rendering.inline import RefusedError, rules
from notifykit.rendering.losses import Loss, found_in
from notifykit.rendering.markup import Markup, Style
from notifykit.rendering.styles import Styles
from notifykit.rendering.tags import Tag

MAX_STYLE = 64 * 1024
_LONGEST = 100

# What stands in a template, which file that is, and whether it is still the same.
Source = tuple[str, str | None, Callable[[], bool] | None]


class Reading(BaseLoader):
    """
    The templates of a page as they were when it was read, so that they fit one another.

    Args:
        environment: Where the templates are.

    Attributes:
        tags: Those of all templates, by number.
        filled: The blocks that stand within ``<style>``.
        losses: What the styles say in vain: where that is and why, by what it is.
    """

    def __init__(self, environment: Environment) -> None:
        self.tags: list[Tag] = []
        self.filled: set[str] = set()
        self.losses: dict[str, str] = {}
        self._doubt: Doubt | None = None
        self._plain = environment
        self._sources: dict[str, Source] = {}
        self._parsed: dict[str, nodes.Template] = {}
        self._markups: dict[str, Markup] = {}

    def read(self, page: str) -> None:
        """
        Read a page and whatever it names.

        Raises:
            Doubt: It takes the mail to tell what becomes of the style.
            TemplateSyntaxError: A template cannot be read, or a selector in it.
            RenderError: The style is larger than 64 KB.
        """
        self._take([page])
        texts, values = self._check_styles()
        if self._doubt:
            raise self._doubt
        self._check_tags(page, texts, values)
        self._check()

    def has(self, name: str) -> bool:
        """Tell whether there is such a template."""
        return name in self._sources

    def names(self) -> Iterable[str]:
        """Name the templates that were read."""
        return self._sources

    def is_up_to_date(self) -> bool:
        """Tell whether the files are still the ones that were read."""
        return all(check() for _, _, check in self._sources.values() if check)

    def get_source(self, environment: Environment, template: str) -> Source:
        """Give a template to Jinja; whether it is up to date is asked of all at once."""
        if template in self._sources:
            text, file, _ = self._sources[template]
            return text, file, None
        return _source(self._plain, template)

    def place(self, loss: Loss) -> str | None:
        """Say where something is written; ``None`` where no template says it in these words."""
        for name, (text, _, _) in self._sources.items():
            if (at := found_in(text, loss.text)) is not None:
                return f"{name}, line {text.count(chr(10), 0, at) + 1}"
        return None

    def weave(self, template: nodes.Template, name: str) -> None:
        """
        Put the marks into what Jinja has parsed.

        Raises:
            Doubt: The template was not there when the page was read.
        """
        if name not in self._markups:
            raise Doubt(f"{name}: it was not there when the page was read")
        Markup(template, name, self._markups[name].first).weave(self.filled)

    def _take(self, names: Sequence[str]) -> None:
        """Read the first template that there is, and whatever it names."""
        for name in names:
            if name in self._sources:
                return
            try:
                source = _source(self._plain, name)
            except TemplateNotFound:
                continue
            self._parsed[name] = self._plain.parse(source[0], name, source[1])
            markup = Markup(self._parsed[name], name, len(self.tags))
            self._sources[name], self._markups[name] = source, markup
            self.tags += markup.tags
            self.filled |= markup.filled
            for node, wanted in named(self._parsed[name]):
                if wanted is None:
                    why = "only the mail tells which template is meant"
                    self._doubt = self._doubt or Doubt(f"{name}, line {node.lineno}: {why}")
                else:
                    self._take(wanted)
            return

    def _check_styles(self) -> tuple[list[str], int]:
        styles = [(markup, style) for markup in self._markups.values() for style in markup.styles]
        size = sum(len(style.text.replace(VALUE, "").encode()) for _, style in styles)
        if size > MAX_STYLE:
            raise RenderError(f"the style has {size:,} bytes: the limit is {MAX_STYLE:,}")
        texts: list[str] = []
        values = 0
        for markup, style in styles:
            texts.append(marks.numbered(style.text, VALUE, values))
            values += style.text.count(VALUE)
            for loss in _read(markup, style):
                place = f"{markup.name}, line {markup.line(style, loss.text)}"
                self.losses[loss.text] = told(loss, place)
        return texts, values

    def _check_tags(self, page: str, texts: Sequence[str], values: int) -> None:
        try:
            styles = Styles(texts, ["x"] * values, self.tags)
            styles.check(page)
        except RefusedError as exc:
            raise Doubt(f"{page}: {exc}") from exc
        for place, loss in styles.losses_in_tags():
            self.losses[f"{place}: {loss.text}"] = told(loss, place)

    def _check(self) -> None:
        """Look for whatever it takes a mail to tell."""
        uses = Uses(self._parsed)
        for markup in self._markups.values():
            for line, why in markup.doubts:
                raise Doubt(f"{markup.name}, line {line}: {why}")
            for line, node in markup.within:
                if uses.brings_tags(node):
                    raise Doubt(f"{markup.name}, line {line}: tags may come to stand within a tag")
        for name, line in uses.as_text():
            raise Doubt(f"{name}, line {line}: tags are kept or changed as a text")
        for name, template in self._parsed.items():
            switch = template.find(nodes.ScopedEvalContextModifier)
            if switch or not self._is_escaped(name):
                line = switch.lineno if switch else 1
                raise Doubt(f"{name}, line {line}: not everything is escaped")

    def _is_escaped(self, name: str) -> bool:
        plain = "<" not in self._sources[name][0]
        escaped = self._plain.autoescape
        return plain or (escaped(name) if callable(escaped) else escaped)


def _read(markup: Markup, style: Style) -> list[Loss]:
    try:
        found = rules((marks.numbered(style.text, VALUE, 0),))
    except RefusedError as exc:
        line = markup.line(style, exc.selector)
        if style.settled:
            raise TemplateSyntaxError(str(exc), line, markup.name) from exc
        raise Doubt(f"{markup.name}, line {line}: {exc}") from exc
    losses = [as_written(loss) for loss in found.losses]
    # With every condition met at once, or without its values, it may say what no mail says.
    return [loss for loss in losses if style.settled and VALUE not in loss.text]


def as_written(loss: Loss) -> Loss:
    """Put signs in place of the words that stand for values."""
    return Loss(marks.WORDS.sub(VALUE, loss.text), loss.why)


def told(loss: Loss, place: str) -> str:
    """Say in one line what is lost."""
    text = shorten(clean_line(loss.text.replace(VALUE, "{{ … }}")), _LONGEST)
    return f"{place}: {text}: {loss.why}"


def _source(environment: Environment, name: str) -> Source:
    return cast("BaseLoader", environment.loader).get_source(environment, name)
