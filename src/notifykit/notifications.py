"""What is to be told: orders, calls for a manager, and kinds of your own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from notifykit.cleaning import harmless
from notifykit.contacts import (
    dialled,
    dialling_url,
    phone_number,
    says_nothing,
    telegram_name,
    telegram_url,
)
from notifykit.message import MAX_NAME, Address, clean_line, clean_text
from notifykit.spelling import folded, measure

MAX_LINES = 2_000
MAX_TEXT = 64 * 1024

_HOPELESS = 8_000
_CENT = Decimal("0.01")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _on_one_line(value: Any) -> Any:
    # Cleaning makes text shorter; what is so much too long is not even cleaned.
    if not isinstance(value, str) or len(value) > _HOPELESS:
        return value
    return clean_line(value)


def _on_many_lines(value: Any) -> Any:
    return clean_text(value) if isinstance(value, str) else value


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _nothing_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and says_nothing(value) else value


# A model with nothing to say often says "", and means the same as leaving it out.
_BLANK = BeforeValidator(_blank_is_none)
_LINE = BeforeValidator(_on_one_line)
_SILENT = BeforeValidator(_nothing_is_none)

Line = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME), _LINE]
LongLine = Annotated[str, StringConstraints(min_length=1, max_length=1_000), _LINE]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT), BeforeValidator(_on_many_lines)]
OptionalLine = Annotated[Line | None, _BLANK]
OptionalText = Annotated[Text | None, _BLANK]
Money = Annotated[Decimal, Field(ge=0, le=10**12, max_digits=18, decimal_places=6)]
Quantity = Annotated[Decimal, Field(gt=0, le=10**12, max_digits=18, decimal_places=6)]


def _mailbox(value: str) -> str:
    return Address(value).email


class _Value(BaseModel):
    """Frozen, closed to unknown fields, and silent about the values it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Contact(_Value):
    """
    How to reach the customer.

    A text such as ``нет``, ``-`` or ``n/a`` counts as left out.

    Args:
        name: As they gave it.
        phone: At least five digits. Kept as typed; `tel` has the number to dial where it can be
            made out.
        email: A mailbox; answers to the mail go there.
        telegram: ``@user``, a link, a numeric id or the account's phone number. Kept as typed.
    """

    name: Annotated[Line | None, _SILENT] = None
    phone: Annotated[Annotated[Line, AfterValidator(phone_number)] | None, _SILENT] = None
    email: Annotated[Annotated[Line, AfterValidator(_mailbox)] | None, _SILENT] = None
    telegram: Annotated[Annotated[Line, AfterValidator(telegram_name)] | None, _SILENT] = None

    @property
    def reachable(self) -> bool:
        """Whether there is any way to reach them."""
        return bool(self.phone or self.email or self.telegram)

    @property
    def tel(self) -> str | None:
        """The number in E.164, such as ``+79000000000``; ``None`` where it cannot be made out."""
        return dialled(self.phone) if self.phone else None

    @property
    def tel_url(self) -> str | None:
        """The link that dials it, such as ``tel:+74950000000;ext=12`` (RFC 3966, 3 and 5.3)."""
        return dialling_url(self.phone) if self.phone else None

    @property
    def telegram_url(self) -> str | None:
        """A link that opens the dialogue; ``None`` where the text is no user name or id."""
        return telegram_url(self.telegram) if self.telegram else None


class OrderLine(_Value):
    """
    One position of an order.

    Args:
        code: The ERP's code, as text: leading zeros count.
        title: What it is.
        unit: Such as ``шт`` or ``меш``.
        quantity: More than zero.
        price: For one unit; ``None`` is shown as "on request" and left out of the total.
        stock: What is in stock; marked where it is less than ordered.
    """

    code: Annotated[str, StringConstraints(min_length=1, max_length=64), _LINE]
    title: LongLine
    unit: Annotated[str, StringConstraints(min_length=1, max_length=16), _LINE] = "шт"
    quantity: Quantity
    price: Money | None = None
    stock: Annotated[Decimal, Field(le=10**12, max_digits=18, decimal_places=6)] | None = None

    if TYPE_CHECKING:
        # Numbers may be written as text, exactly; type checkers cannot know that by themselves.
        def __init__(
            self,
            *,
            code: str,
            title: str,
            quantity: Decimal | int | str,
            unit: str = ...,
            price: Decimal | int | str | None = ...,
            stock: Decimal | int | str | None = ...,
        ) -> None: ...

    @property
    def sum(self) -> Decimal | None:
        """Quantity times price, rounded half up to a hundredth; ``None`` without a price."""
        if self.price is None:
            return None
        return (self.quantity * self.price).quantize(_CENT, ROUND_HALF_UP)

    @property
    def short(self) -> bool:
        """Whether less is in stock than was ordered."""
        return self.stock is not None and self.stock < self.quantity


class DeliveryTo(_Value):
    """Bring it to this address."""

    type: Literal["delivery"] = "delivery"
    address: LongLine


class Pickup(_Value):
    """The customer fetches it at this point."""

    type: Literal["pickup"] = "pickup"
    point: LongLine


class Audience(StrEnum):
    """Which of the two lists of the settings gets a kind of notification."""

    SALES = "sales"
    MANAGER = "manager"


class Notification(_Value):
    """
    Something to be told. Inherit from it for a kind of your own. Its texts are made harmless: no
    control characters, no marks that turn the reading direction, no half characters.

    A kind is a model and three templates, ``<kind>.html``, ``<kind>.txt`` and
    ``<kind>.subject.txt``::

        class Refund(Notification):
            kind = "refund"
            amount: Decimal

    Attributes:
        kind: Names the templates and the column in the table; the class name in snake case where
            left out.
        audience: Who gets it where the caller names nobody.
        window: For how long the same content counts as a repeat; ``None``: for ever.
        conversation: The dialogue it came from, such as ``tg:42``.
    """

    kind: ClassVar[str] = ""
    audience: ClassVar[Audience] = Audience.SALES
    window: ClassVar[timedelta | None] = None

    conversation: OptionalLine = None

    @field_validator("*", mode="before")
    @classmethod
    def _made_harmless(cls, value: Any) -> Any:
        return harmless(value) if isinstance(value, str) else value

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if "kind" not in cls.__dict__:
            cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        if not _KIND.fullmatch(cls.kind):
            raise TypeError(f"{cls.__name__}.kind = {cls.kind!r}: use a-z, 0-9 and _")

    @property
    def reply_to(self) -> Address | None:
        """Who gets the answer to the mail; nobody unless a kind says so."""
        return None

    @property
    def headers(self) -> Mapping[str, str]:
        """Further headers of the mail, such as its importance."""
        return {}

    def repeats_within(self) -> timedelta | None:
        """Say for how long the same content counts as a repeat; ``None``: for ever."""
        return self.window

    def identity(self) -> Any:
        """
        Give what makes two of them the same, as JSON values.

        Two notifications of one kind with equal identities are one submission.
        """
        return self.model_dump(mode="json")


class Order(Notification):
    """
    An order that is ready for a person.

    Args:
        number: The shop's own; the submission's reference is shown where there is none.
        conversation: The dialogue it came from.
        customer: Needs a name and at least one way to reach them.
        lines: 1 to 2,000.
        delivery: `DeliveryTo`, `Pickup` or ``None`` where it is not settled.
        comment: In the customer's words.
        currency: ISO 4217.
    """

    kind: ClassVar[str] = "order"
    window: ClassVar[timedelta | None] = timedelta(days=1)

    number: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=64), _LINE] | None, _BLANK
    ] = None
    customer: Contact
    lines: Annotated[
        Sequence[OrderLine], Field(min_length=1, max_length=MAX_LINES), AfterValidator(tuple)
    ]
    delivery: Annotated[DeliveryTo | Pickup, Field(union_mode="smart")] | None = None
    comment: OptionalText = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "RUB"

    @model_validator(mode="after")
    def _has_somebody_to_call(self) -> Self:
        if not self.customer.name:
            raise ValueError("customer.name is missing: ask the customer for a name")
        if not self.customer.reachable:
            raise ValueError(
                "customer: a phone, an email or a Telegram name is needed; ask for one"
            )
        return self

    @property
    def total(self) -> Decimal:
        """The sum of all lines that have a price. It is computed and cannot be passed in."""
        return sum((line.sum for line in self.lines if line.sum is not None), Decimal(0))

    @property
    def unpriced(self) -> int:
        """How many lines have no price and are left out of the total."""
        return sum(line.price is None for line in self.lines)

    @property
    def reply_to(self) -> Address | None:
        """The customer, where they gave a mail address."""
        return _reply_to(self.customer)

    def repeats_within(self) -> timedelta | None:
        """
        Say for how long the same order counts as a repeat: for a day, or for ever with a number.

        Without a number the same order next month is a new one: customers order as always.
        """
        return None if self.number else self.window

    def identity(self) -> Any:
        """
        Leave out what changes without the order changing.

        That is stock and price, which are the shop's; the order of lines; spelling; and what a
        model words anew each time, as long as a code says what is meant. Ten bags and ten tonnes
        are two orders; ten bags and ten pieces are one.
        """
        return {
            "number": folded(self.number or self.conversation),
            "customer": _who(self.customer),
            "lines": sorted(_what(line) for line in self.lines),
            "delivery": _where(self.delivery),
            "comment": folded(self.comment),
            "currency": self.currency,
        }


class Priority(StrEnum):
    """How soon a manager should call."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ManagerCall(Notification):
    """
    A client wants a human.

    Args:
        summary: The dialogue in short; may be empty.
        priority: See `Priority`.
        customer: How to reach them; may be left out where ``conversation`` is known.
        order: What they had chosen so far.
        conversation: The dialogue to take over.
    """

    kind: ClassVar[str] = "manager_call"
    audience: ClassVar[Audience] = Audience.MANAGER
    window: ClassVar[timedelta | None] = timedelta(minutes=10)

    summary: Text = ""
    priority: Priority = Priority.MEDIUM
    customer: Contact | None = None
    order: Order | None = None

    @model_validator(mode="after")
    def _has_somebody_to_call(self) -> Self:
        known = self.contact is not None and self.contact.reachable
        if not (known or self.conversation or (self.order and self.order.conversation)):
            raise ValueError(
                "customer: a phone, an email, a Telegram name or the conversation is needed "
                "to reach them; ask for one"
            )
        return self

    @property
    def contact(self) -> Contact | None:
        """Whom to call: the customer, or the one of the order."""
        return self.customer or (self.order.customer if self.order else None)

    @property
    def reply_to(self) -> Address | None:
        """The customer, where they gave a mail address."""
        return _reply_to(self.contact)

    @property
    def headers(self) -> Mapping[str, str]:
        """High priority is marked for mail programs too."""
        if self.priority is not Priority.HIGH:
            return {}
        return {"X-Priority": "1", "Importance": "high"}

    def identity(self) -> Any:
        """Leave out the model's wording: it says the same thing differently every time."""
        return {
            "conversation": folded(self.conversation),
            "priority": self.priority,
            "customer": _who(self.contact),
            "order": self.order and self.order.identity(),
        }


def _who(contact: Contact | None) -> list[str]:
    if contact is None:
        return []
    phone = contact.tel_url or folded(contact.phone)
    telegram = contact.telegram_url or contact.telegram
    return [folded(contact.name), phone, folded(contact.email), folded(telegram)]


def _what(line: OrderLine) -> list[str]:
    # "—" and the like stand for many things; only the title tells them apart.
    names_it = any(char.isdecimal() for char in line.code)
    title = "" if names_it else folded(line.title)
    # What is counted adds nothing, so that most keys are those of earlier versions.
    unit = [found] if (found := measure(line.unit)) else []
    return [line.code.casefold(), title, str(line.quantity.normalize()), *unit]


def _where(delivery: DeliveryTo | Pickup | None) -> list[str]:
    if delivery is None:
        return []
    place = delivery.address if isinstance(delivery, DeliveryTo) else delivery.point
    return [delivery.type, folded(place)]


def _reply_to(contact: Contact | None) -> Address | None:
    if contact is None or contact.email is None:
        return None
    return Address(contact.email, contact.name or "")
