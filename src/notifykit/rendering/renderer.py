"""Makes mails from Jinja templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import TemplateNotFound, TemplateSyntaxError

from notifykit.errors import ConfigurationError, RenderError
from notifykit.message import MAX_SUBJECT, clean_line, clean_text
from notifykit.notifications import ManagerCall, Notification, Order
from notifykit.rendering.base import Rendered
from notifykit.rendering.brand import Brand
from notifykit.rendering.environment import environment
from notifykit.rendering.filters import shorten
from notifykit.rendering.locales import LOCALES
from notifykit.rendering.proof import ROUND, gaps, mails
from notifykit.rendering.sources import Texts

if TYPE_CHECKING:
    from notifykit.rendering.pages import Pages

# What a template calls the notification, beside ``notification``.
_NAMES: tuple[tuple[type[Notification], str], ...] = ((Order, "order"), (ManagerCall, "call"))
_MEND = "NOTIFYKIT_TEMPLATES: mend your templates"


class TemplateRenderer:
    """
    Renders ``<kind>.subject.txt``, ``<kind>.txt`` and ``<kind>.html``; the last may be left out.

    A template sees ``notification`` (also as ``order`` or ``call``), ``reference``,
    ``created_at`` in the local time zone, ``brand``, ``t`` (the texts of the language) and
    ``locale``. Values are escaped in files that end with ``.html`` and nowhere else; a name that
    does not exist is an error, not an empty string. Safe to use from several threads.

    Args:
        templates: The user's own folder, looked into before ours.
        locale: ``ru`` or ``en``.
        timezone: A name of the IANA database, such as ``Europe/Moscow``.
        brand: Whose mails these are.

    Raises:
        ConfigurationError: There is no such folder, language or time zone.
    """

    def __init__(
        self,
        *,
        templates: Path | None = None,
        locale: str = "ru",
        timezone: str = "Europe/Moscow",
        brand: Brand | None = None,
    ) -> None:
        if problems := tuple(_problems(templates, locale, timezone)):
            raise ConfigurationError(*problems)
        self._folder = templates
        self._zone = ZoneInfo(timezone)
        self._brand = brand or Brand()
        self._texts = Texts(locale, templates)
        self._environment = environment(templates, LOCALES[locale])

    def check(self) -> None:
        """
        Read and compile the user's own templates, and ours with them, before there is a mail.

        That is every kind with a ``<kind>.subject.txt`` in the folder, and the stock ones. It takes
        some tenths of a second, which the first mail is spared then; call it off the event loop.
        Without a folder of one's own there is nothing to check.

        Raises:
            ConfigurationError: Everything that no mail could be made of, with file and line.
        """
        if self._folder is None:
            return
        names = mails(self._environment, self._folder)
        # One layout may spoil every page.
        if faults := dict.fromkeys(fault for name in names for fault in self._faults(name)):
            raise ConfigurationError(*(f"{_MEND}: {fault}" for fault in faults))

    def render(
        self, notification: Notification, *, reference: str, created_at: datetime
    ) -> Rendered:
        """
        Render the notification.

        Args:
            notification: A template gets it as it is.
            reference: The short one that people say aloud.
            created_at: Aware; shown in the renderer's time zone.

        Raises:
            RenderError: Which template is missing or broken, in which line and why.
        """
        values = self._values(notification, reference, created_at)
        kind = notification.kind
        return Rendered(
            subject=self._subject(f"{kind}.subject.txt", values),
            text=clean_text(self._filled(f"{kind}.txt", values)) + "\n",
            html=self._html(f"{kind}.html", values),
        )

    def _faults(self, name: str) -> list[str]:
        found: list[str] = []
        try:
            with _explained(name):
                for gap in gaps(self._environment, name):
                    found.append(gap)  # noqa: PERF402 - kept if the next one is an error
                if name.endswith(".html") and not found:
                    self._pages.get(name).compile()
        except RenderError as exc:
            found.append(str(exc))
        return found

    def _values(
        self, notification: Notification, reference: str, created_at: datetime
    ) -> dict[str, Any]:
        names = [name for model, name in _NAMES if isinstance(notification, model)]
        return {
            **dict.fromkeys(["notification", *names], notification),
            "reference": reference,
            "created_at": created_at.astimezone(self._zone),
            "brand": self._brand,
            "t": self._texts,
        }

    def _subject(self, name: str, values: Mapping[str, Any]) -> str:
        subject = shorten(clean_line(self._filled(name, values)), MAX_SUBJECT)
        if not subject:
            raise RenderError(f"{name}: the subject is empty")
        return subject

    def _html(self, name: str, values: Mapping[str, Any]) -> str | None:
        with _explained(name):
            page = self._pages.get(name)
            return page.render(values) if page.exists else None

    @cached_property
    def _pages(self) -> Pages:
        # Loaded where first used: premailer and lxml are the slowest imports of all.
        from notifykit.rendering.pages import Pages  # noqa: PLC0415 - the slowest imports

        return Pages(self._environment)

    def _filled(self, name: str, values: Mapping[str, Any]) -> str:
        with _explained(name):
            return self._environment.get_template(name).render(values)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn whatever goes wrong in a template into one sentence that says where and what."""
    try:
        yield
    except TemplateNotFound as exc:
        missing = " or ".join(getattr(exc, "templates", [exc.name or ""]))
        place = "" if missing == name else f"{_place(name, exc.__traceback__)}: "
        raise RenderError(
            f"{place}{missing} is missing: put it into the folder of NOTIFYKIT_TEMPLATES"
        ) from exc
    except TemplateSyntaxError as exc:
        raise RenderError(f"{exc.name or name}, line {exc.lineno}: {exc.message}") from exc
    except Exception as exc:  # a template may call anything, so anything may come out of it
        raise RenderError(f"{_place(name, exc.__traceback__)}: {_reason(exc)}") from exc


def _reason(exc: Exception) -> str:
    if isinstance(exc, RecursionError):
        return ROUND
    # A KeyError says nothing but the key.
    return f"{exc} is missing" if isinstance(exc, KeyError) else str(exc) or type(exc).__name__


def _place(name: str, trace: TracebackType | None) -> str:
    """Find the innermost frame of a template; Jinja has put template lines into the traceback."""
    place = name
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            file = Path(trace.tb_frame.f_code.co_filename).name
            place = f"{file}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _problems(templates: Path | None, locale: str, timezone: str) -> Iterator[str]:
    if templates is not None and not templates.is_dir():
        yield "NOTIFYKIT_TEMPLATES: there is no such folder; it holds your own templates"
    if locale not in LOCALES:
        yield f"NOTIFYKIT_LOCALE: the language of mails and advice is one of {', '.join(LOCALES)}"
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "NOTIFYKIT_TIMEZONE: the zone of the times in mails is written like Europe/Moscow"
