"""
The agent's tools: plain typed coroutines that any framework takes as they are.

A model can neither choose who gets the mail nor say what something costs, and it is told no more
than is true.
"""

# No `from __future__ import annotations` here: frameworks that read signatures need real types.

import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import (
    Any,
    Literal,
    NotRequired,  # pydantic needs this one before Python 3.12
)

from pydantic import ValidationError
from typing_extensions import TypedDict

from notifykit import figures
from notifykit.catalogue import Catalogue, CatalogueItem, looked_up
from notifykit.cleaning import clean_line
from notifykit.contacts import says_nothing
from notifykit.errors import LimitExceededError
from notifykit.faults import described
from notifykit.journal import Journal
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
_MAX_CODE = 64


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
            and cannot, name another one.
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
        self._conversation = conversation
        self._say = SAY[notifier.options.locale]
        self._journal = Journal(notifier.options.locale)

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
            "customer_name": customer_name,
            "phone": phone,
            "email": email,
            "telegram": telegram,
            "delivery_address": delivery_address,
            "pickup_point": pickup_point,
            "comment": comment,
        }
        return await self._answered("collect_order_info", self._order(lines, said))

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
        return await self._answered("call_manager", self._call(said))

    async def _answered(self, tool: str, work: Awaitable[ToolReply]) -> ToolReply:
        try:
            return await work
        except LimitExceededError:
            return _refusal(self._say["limited"], [])
        except Exception as error:  # noqa: BLE001 - a traceback must never reach the model
            self._journal.write(logging.ERROR, "tool", tool=tool, error=described(error))
            return _refusal(self._say["broken"], [])

    async def _order(self, lines: Any, said: Mapping[str, Any]) -> ToolReply:
        problems: list[str] = []
        if isinstance(lines, list | tuple) and len(lines) > MAX_LINES:
            too_many = self._say["too_many"].format(number=len(lines), most=MAX_LINES)
            return _refusal(self._say["mend"], [too_many])
        texts = self._texts(said, problems)
        values = {
            "conversation": self._conversation,
            "customer": _contact(texts),
            "lines": await self._priced(lines, problems),
            "delivery": self._delivery(texts, problems),
            "comment": texts["comment"],
        }
        return await self._pass_on(Order, values, problems)

    async def _call(self, said: Mapping[str, Any]) -> ToolReply:
        problems: list[str] = []
        texts = self._texts(said, problems)
        values = {
            "conversation": self._conversation,
            "summary": texts["summary"],
            "priority": texts["priority"] or "medium",
            "customer": _contact(texts),
        }
        return await self._pass_on(ManagerCall, values, problems)

    def _texts(self, said: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
        texts = {}
        for name, value in said.items():
            # A phone or the number of a pickup point may well come as a number.
            number = isinstance(value, int) and not isinstance(value, bool)
            text = str(value) if number else "" if value is None else value
            if not isinstance(text, str):
                problems.append(self._say["text"].format(name=name))
                text = ""
            texts[name] = "" if says_nothing(text) else text
        return texts

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
        except ValidationError as error:
            name = "delivery_address" if address else "pickup_point"
            problems.append(_problem((name,), error.errors()[0]["msg"]))
            return None

    async def _priced(self, lines: Any, problems: list[str]) -> Any:
        if not isinstance(lines, list | tuple):
            return lines
        wanted = [_wanted(line) for line in lines]
        found = await self._looked_up(code for line in wanted if (code := _code(line)))
        for number, line in enumerate(wanted):
            code = _code(line)
            item = found.get(code)
            if item:
                known = {"title": item.title, "unit": item.unit}
                line |= {name: text for name, text in known.items() if text}
                line |= {"price": item.price, "stock": item.stock}
            elif code in found:
                problems.append(self._say["unknown_code"].format(number=number, code=code))
            if "quantity" in line:
                line["quantity"] = figures.quantity(line["quantity"], str(line.get("unit", "шт")))
        return wanted

    async def _looked_up(self, codes: Iterable[str]) -> dict[str, CatalogueItem | None]:
        if self._catalogue is None:
            return {}
        return await looked_up(self._catalogue, codes, self._journal)

    async def _pass_on(
        self, kind: type[Notification], values: dict[str, Any], problems: list[str]
    ) -> ToolReply:
        try:
            notification = kind.model_validate(values)
        except ValidationError as error:
            problems = [*_problems(error), *problems]
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


def _contact(texts: Mapping[str, str]) -> dict[str, str] | None:
    contact = {name: texts[name] for name in ("phone", "email", "telegram")}
    contact["name"] = texts["customer_name"]
    return contact if any(contact.values()) else None


def _wanted(line: Any) -> dict[str, Any]:
    known = line if isinstance(line, Mapping) else {}
    # Whatever the model says of price and stock is not looked at.
    wanted = {name: known[name] for name in WantedLine.__annotations__ if name in known}
    if wanted.get("unit") in (None, ""):
        wanted.pop("unit", None)
    return wanted


def _code(line: Mapping[str, Any]) -> str:
    code = line.get("code")
    return clean_line(code) if isinstance(code, str) and len(code) <= _MAX_CODE else ""


def _problems(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    # A list whose members are wrong is called too short as well: that would only confuse.
    deeper = {problem["loc"][0] for problem in found if len(problem["loc"]) > 1}
    return [
        _problem(problem["loc"], problem["msg"])
        for problem in found
        if len(problem["loc"]) != 1 or problem["loc"][0] not in deeper
    ]


def _problem(place: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, place))}: {message}" if place else message


def _refusal(say: str, problems: list[str]) -> ToolReply:
    shown = [clean_line(problem)[:_MAX_PROBLEM] for problem in problems[:_MAX_PROBLEMS]]
    return ToolReply(ok=False, status="REFUSED", reference=None, say=say, problems=shown)
