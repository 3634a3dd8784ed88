"""
The agent's tools: plain typed coroutines that any framework takes as they are.

A model can neither choose who gets the mail nor say what something costs, and it is told no more
than is true.
"""

# No `from __future__ import annotations` here: frameworks that read signatures need real types.

import inspect
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import wraps
from typing import (
    Any,
    Concatenate,
    Literal,
    NotRequired,  # pydantic needs this one before Python 3.12
    ParamSpec,
    TypeAlias,
)

from pydantic import ValidationError
from typing_extensions import TypedDict

from notifykit import figures
from notifykit import tool_arguments as arguments
from notifykit.catalogue import Catalogue, CatalogueItem, looked_up
from notifykit.cleaning import clean_line
from notifykit.errors import LimitExceededError
from notifykit.faults import described
from notifykit.journal import Journal
from notifykit.message import MAX_NAME
from notifykit.notifications import (
    MAX_LINES,
    DeliveryTo,
    ManagerCall,
    Notification,
    Order,
    Pickup,
)
from notifykit.notifier import Notifier
from notifykit.submission import Status, Submission
from notifykit.tool_texts import SAY

__all__ = ["Catalogue", "CatalogueItem", "NotifierTools", "ToolReply", "WantedLine"]

_MAX_PROBLEMS = 20
_MAX_PROBLEM = 300

_P = ParamSpec("_P")


class WantedLine(TypedDict):
    """
    One position as the agent knows it. There is no price: prices come from the catalogue.

    ``code`` is the ERP code as text, leading zeros included; ``quantity`` a number.
    """

    code: str
    title: str
    quantity: float | str
    unit: NotRequired[str | None]


class ToolReply(TypedDict):
    """
    What the model is told.

    ``ok``: whether the request was taken over. ``reference``: to be read to the client. ``say``:
    what may be told to the client, or what is to be asked of them. ``problems``: what to mend
    before calling again.
    """

    ok: bool
    status: str
    reference: str | None
    say: str
    problems: list[str]


_Tool: TypeAlias = Callable[Concatenate["NotifierTools", _P], Coroutine[Any, Any, ToolReply]]


def _answering(work: _Tool[_P]) -> _Tool[_P]:
    """Make a tool answer whatever it is called with: what is missing counts as ``None``."""
    signature = inspect.signature(work)
    known = tuple(name for name in signature.parameters if name != "self")
    needed = [
        name for name in known if signature.parameters[name].default is inspect.Parameter.empty
    ]

    @wraps(work)
    async def answered(self: "NotifierTools", /, *args: _P.args, **said: _P.kwargs) -> ToolReply:
        if unknown := arguments.unknown(said, known, self._say):
            return _refusal(self._say["mend"], unknown)
        named = {name: value for name, value in said.items() if name in known}
        call = signature.bind_partial(self, *args, **named)
        for name in needed:
            call.arguments.setdefault(name, None)
        try:
            return await work(*call.args, **call.kwargs)
        except LimitExceededError:
            return _refusal(self._say["limited"], [])
        except Exception as error:  # noqa: BLE001 - a traceback must never reach the model
            fault = described(error)
            self._journal.write(logging.ERROR, "tool", tool=work.__name__, error=fault)
            return _refusal(self._say["broken"], [])

    return answered


class NotifierTools:
    """
    The two tools of an agent, bound to a notifier.

    Whatever a model passes is answered; nothing but a cancellation is raised. ``None`` counts as
    left out.

    Args:
        notifier: Delivers.
        catalogue: Looks an ERP code up; without one every price is on request. An unknown code is
            reported to the model.
        conversation: The dialogue these tools serve, such as ``tg:42``: then the model need not,
            and cannot, name another one. Limits for an agent that has run wild count by it.

    Raises:
        ValueError: ``conversation`` is no text, or longer than 128 characters.
    """

    def __init__(
        self,
        notifier: Notifier,
        *,
        catalogue: Catalogue | None = None,
        conversation: str | None = None,
    ) -> None:
        self._notifier = notifier
        self._catalogue = catalogue
        self._conversation = _checked(conversation)
        self._locale = notifier.options.locale
        self._say = SAY[self._locale]
        self._journal = Journal(self._locale)

    @_answering
    async def collect_order_info(  # noqa: PLR0913 - a model fills flat arguments more reliably
        self,
        customer_name: str,
        lines: list[WantedLine],
        *,
        phone: str | None = None,
        email: str | None = None,
        telegram: str | None = None,
        delivery_address: str | None = None,
        pickup_point: str | None = None,
        comment: str | None = None,
    ) -> ToolReply:
        """
        Pass a finished order on to the sales team.

        Call it once the client has confirmed what they want. Needed are the client's name, at least
        one way to reach them (phone, email or Telegram), and at least one line. Never invent a
        value: ask the client. Prices are filled in by the shop.

        Args:
            customer_name: The client's name.
            lines: What they order: code (ERP code, exactly as in the catalogue), title, quantity
                and unit.
            phone: The client's phone number.
            email: The client's mail address.
            telegram: The client's Telegram user name.
            delivery_address: Where to bring the order.
            pickup_point: Where the client fetches it, in place of a delivery address.
            comment: Anything the client wants the sales team to know, in their words.
        """
        said = {
            "lines": lines,
            "customer_name": customer_name,
            "phone": phone,
            "email": email,
            "telegram": telegram,
            "delivery_address": delivery_address,
            "pickup_point": pickup_point,
            "comment": comment,
        }
        return await self._order(said)

    @_answering
    async def call_manager(
        self,
        summary: str | None = None,
        priority: Literal["low", "medium", "high"] | None = "medium",
        *,
        customer_name: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        telegram: str | None = None,
    ) -> ToolReply:
        """
        Call a human: the client asks for one, or you cannot help them.

        Args:
            summary: The dialogue in a few sentences: what the client wants and what is settled.
            priority: high: the client is upset or loses money now; low: it can wait for days.
            customer_name: The client's name, where known.
            phone: The client's phone number.
            email: The client's mail address.
            telegram: The client's Telegram user name.
        """
        said = {
            "summary": summary,
            "priority": priority,
            "customer_name": customer_name,
            "phone": phone,
            "email": email,
            "telegram": telegram,
        }
        return await self._call(said)

    async def _order(self, said: dict[str, Any]) -> ToolReply:
        problems: list[str] = []
        lines = arguments.listed(said.pop("lines"))
        if lines and len(lines) > MAX_LINES:
            too_many = self._say["too_many"].format(number=len(lines), most=MAX_LINES)
            return _refusal(self._say["mend"], [too_many])
        texts = arguments.texts(said, self._say, problems)
        values = {
            "conversation": self._conversation,
            "customer": arguments.contact(texts),
            "lines": await self._priced(lines, problems),
            "delivery": self._delivery(texts, problems),
            "comment": texts["comment"],
        }
        return await self._pass_on(Order, values, texts, problems)

    async def _call(self, said: dict[str, Any]) -> ToolReply:
        problems: list[str] = []
        texts = arguments.texts(said, self._say, problems)
        values = {
            "conversation": self._conversation,
            "summary": texts["summary"],
            "priority": texts["priority"].strip().lower() or "medium",
            "customer": arguments.contact(texts) or None,
        }
        return await self._pass_on(ManagerCall, values, texts, problems)

    def _delivery(
        self, texts: Mapping[str, str], problems: list[str]
    ) -> DeliveryTo | Pickup | None:
        address, point = texts["delivery_address"], texts["pickup_point"]
        if address and point:
            problems.append(self._say["both"])
            return None
        try:
            if address:
                return DeliveryTo(address=address)
            return Pickup(point=point) if point else None
        except ValidationError:
            name = "delivery_address" if address else "pickup_point"
            problems.append(arguments.told(name, self._locale))
            return None

    async def _priced(self, lines: list[Any] | None, problems: list[str]) -> Any:
        wanted = [arguments.wanted(line) for line in lines or ()]
        found = await self._looked_up(code for line in wanted if (code := arguments.code_of(line)))
        for number, line in enumerate(wanted):
            code = arguments.code_of(line)
            item = found.get(code)
            if item:
                self._put_in(line, item, number, problems)
            elif code in found:
                problems.append(self._say["unknown_code"].format(number=number, code=code))
            if "quantity" in line:
                line["quantity"] = figures.quantity(line["quantity"], str(line.get("unit", "шт")))
        return wanted

    def _put_in(
        self, line: dict[str, Any], item: CatalogueItem, number: int, problems: list[str]
    ) -> None:
        """Put in what the shop knows, which counts more than what the model says."""
        if said := arguments.other_unit(line, item.unit):
            told = self._say["unit"].format(number=number, unit=item.unit, said=said)
            problems.append(told)
        known = {"title": item.title, "unit": item.unit}
        line |= {name: text for name, text in known.items() if text}
        line |= {"price": item.price, "stock": item.stock}

    async def _looked_up(self, codes: Iterable[str]) -> dict[str, CatalogueItem | None]:
        if self._catalogue is None:
            return {}
        return await looked_up(self._catalogue, codes, self._journal)

    async def _pass_on(
        self,
        kind: type[Notification],
        values: dict[str, Any],
        texts: Mapping[str, str],
        problems: list[str],
    ) -> ToolReply:
        try:
            notification = kind.model_validate(values)
        except ValidationError as error:
            problems = [*arguments.wrong(error, texts, self._locale), *problems]
        if problems:
            return _refusal(self._say["mend"], problems)
        return self._reply(await self._notifier.send(notification))

    def _reply(self, submission: Submission) -> ToolReply:
        failed = submission.status is Status.FAILED
        say = self._say[submission.status.value].format(reference=submission.reference)
        if submission.repeated and not failed:
            say = f"{self._say['repeated']} {say}"
        return ToolReply(
            ok=not failed,
            status=submission.status.value,
            reference=submission.reference,
            say=say,
            problems=[],
        )


def _checked(conversation: object) -> str | None:
    if conversation is None:
        return None
    if isinstance(conversation, str) and len(clean_line(conversation)) <= MAX_NAME:
        return conversation
    raise ValueError(f"conversation: text of up to {MAX_NAME} characters, such as tg:42")


def _refusal(say: str, problems: list[str]) -> ToolReply:
    shown = [clean_line(problem)[:_MAX_PROBLEM] for problem in problems[:_MAX_PROBLEMS]]
    return ToolReply(ok=False, status="REFUSED", reference=None, say=say, problems=shown)
