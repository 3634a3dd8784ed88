"""
The agent's tools: plain typed coroutines that any framework takes as they are.

A model can neither choose who gets the mail nor say what something costs, and it is told no more
than is true.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import (
    Any,
    Literal,
    NotRequired,  # pydantic needs this one before Python 3.12
)

from pydantic import ValidationError
from typing_extensions import TypedDict

from notifykit.errors import NotifykitError
from notifykit.journal import logger
from notifykit.notifications import ManagerCall, Notification, Order
from notifykit.notifier import Notifier
from notifykit.submission import Status, Submission
from notifykit.tool_texts import SAY


class WantedLine(TypedDict):
    """
    One position as the agent knows it. There is no price: prices come from the catalogue.

    ``code`` is the ERP code as text, leading zeros included; ``quantity`` a number.
    """

    code: str
    title: str
    quantity: float | str
    unit: NotRequired[str]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """
    What the shop knows about a code.

    Attributes:
        title, unit: In place of what the model said.
        price: For one unit; ``None``: on request.
        stock: ``None``: not known.
    """

    title: str
    unit: str = "шт"
    price: Decimal | None = None
    stock: Decimal | None = None


Catalogue = Callable[[str], Awaitable[CatalogueItem | None]]


class NotifierTools:
    """
    The two tools of an agent, bound to a notifier.

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

    async def collect_order_info(  # noqa: PLR0913 - a model fills flat arguments more reliably
        self,
        customer_name: str,
        lines: list[WantedLine],
        *,
        phone: str = "",
        email: str = "",
        telegram: str = "",
        delivery_address: str = "",
        pickup_point: str = "",
        comment: str = "",
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
        problems: list[str] = []
        values = {
            "conversation": self._conversation,
            "customer": _contact(customer_name, phone, email, telegram),
            "lines": await self._priced(lines, problems),
            "delivery": _delivery(delivery_address, pickup_point),
            "comment": comment,
        }
        return await self._pass_on(Order, values, problems)

    async def call_manager(
        self,
        summary: str = "",
        priority: Literal["low", "medium", "high"] = "medium",
        *,
        customer_name: str = "",
        phone: str = "",
        email: str = "",
        telegram: str = "",
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
        values = {
            "conversation": self._conversation,
            "summary": summary,
            "priority": priority,
            "customer": _contact(customer_name, phone, email, telegram),
        }
        return await self._pass_on(ManagerCall, values, [])

    async def _priced(self, lines: Any, problems: list[str]) -> list[dict[str, Any]]:
        priced = []
        for number, line in enumerate(lines if isinstance(lines, list) else [], 1):
            known = dict(line) if isinstance(line, Mapping) else {}
            # Whatever the model says of price and stock is not looked at.
            wanted = {name: known[name] for name in WantedLine.__annotations__ if name in known}
            item = await self._look_up(wanted, number, problems)
            if item:
                wanted |= {
                    "title": item.title,
                    "unit": item.unit,
                    "price": item.price,
                    "stock": item.stock,
                }
            priced.append(wanted)
        return priced

    async def _look_up(
        self, wanted: dict[str, Any], number: int, problems: list[str]
    ) -> CatalogueItem | None:
        code = wanted.get("code")
        if self._catalogue is None or not isinstance(code, str) or not code.strip():
            return None
        try:
            item = await self._catalogue(code.strip())
        except Exception as error:  # noqa: BLE001 - a catalogue that is down must not lose an order
            logger.exception("Email: the catalogue failed: %s", type(error).__name__)
            return None
        if item is None:
            problems.append(self._say["unknown_code"].format(number=number, code=code[:64]))
        return item

    async def _pass_on(
        self, kind: type[Notification], values: dict[str, Any], problems: list[str]
    ) -> ToolReply:
        try:
            notification = kind.model_validate(values)
        except ValidationError as error:
            problems = [*_problems(error), *problems]
        if problems:
            return _refusal(self._say["mend"], problems)
        try:
            return self._reply(await self._notifier.send(notification))
        except NotifykitError as error:
            logger.error("Email: %s: %s", kind.kind, error)
            return _refusal(self._say["broken"], [])
        except Exception as error:  # noqa: BLE001 - a traceback must never reach the model
            logger.exception("Email: %s: %s", kind.kind, type(error).__name__)
            return _refusal(self._say["broken"], [])

    def _reply(self, submission: Submission) -> ToolReply:
        failed = submission.status is Status.FAILED
        key = "repeated" if submission.repeated and not failed else submission.status.value
        say = self._say[key].format(
            reference=submission.notification.get("number") or submission.reference
        )
        return ToolReply(
            ok=not failed,
            status=submission.status.value,
            reference=submission.reference,
            say=say,
            problems=[],
        )


def _contact(name: str, phone: str, email: str, telegram: str) -> dict[str, str] | None:
    contact = {"name": name, "phone": phone, "email": email, "telegram": telegram}
    return contact if any(contact.values()) else None


def _delivery(address: str, point: str) -> dict[str, str] | None:
    if address.strip():
        return {"type": "delivery", "address": address}
    return {"type": "pickup", "point": point} if point.strip() else None


def _problems(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    # A list whose members are wrong is called too short as well: that would only confuse.
    deeper = {problem["loc"][0] for problem in found if len(problem["loc"]) > 1}
    return [
        _problem(problem["loc"], problem["msg"])
        for problem in found
        if len(problem["loc"]) != 1 or problem["loc"][0] not in deeper
    ][:20]


def _problem(place: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, place))}: {message}" if place else message


def _refusal(say: str, problems: list[str]) -> ToolReply:
    return ToolReply(ok=False, status="REFUSED", reference=None, say=say, problems=problems)
