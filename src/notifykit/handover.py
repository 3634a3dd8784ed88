"""Asks one transport, and makes of whatever it does one outcome. Nothing escapes."""

from __future__ import annotations

import asyncio
import socket
import traceback
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from notifykit.diagnosis import scrub
from notifykit.errors import (
    DeliveryError,
    InvalidEmailError,
    NotifykitError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from notifykit.message import Email
from notifykit.submission import Outcome, Receipt, Refusal, outcome_of
from notifykit.transports.base import Transport

# Nothing can have been sent where nobody was reached.
_NEVER_REACHED = (ConnectionRefusedError, socket.gaierror, NotifykitError)


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What a transport's receipt comes to for the recipients it was asked for.

    Attributes:
        provider_message_id: The provider's own id.
        accepted: Everybody who was not refused; at least one.
        refused: The rest.
    """

    provider_message_id: str | None
    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...]


async def hand_over(transport: Transport, email: Email) -> Taken | DeliveryError:
    """Ask the transport; the answer is a value, never an exception but a real cancellation."""
    try:
        receipt = await transport.send(email)
    except DeliveryError as error:
        return error
    except InvalidEmailError as error:
        return RejectedError(scrub(str(error)), provider=transport.name)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return _broken(transport, error)
    except Exception as error:  # noqa: BLE001 - a transport of the user's own may raise anything
        return _broken(transport, error)
    if not isinstance(receipt, Receipt):
        text = f"the transport gave no receipt but {type(receipt).__name__}"  # type: ignore[unreachable]  # untyped code forgets it
        return OutcomeUnknownError(text, provider=transport.name)
    return _taken(receipt, email.envelope.rcpt_to)


def result(answer: Taken | DeliveryError) -> dict[str, Any]:
    """Give the fields of an attempt that ended so."""
    if isinstance(answer, Taken):
        return {
            "outcome": Outcome.ACCEPTED,
            "provider_message_id": answer.provider_message_id,
            "accepted": answer.accepted,
            "refused": answer.refused,
        }
    return {
        "outcome": outcome_of(answer),
        "stage": answer.stage,
        "code": answer.code,
        "enhanced_code": answer.enhanced_code,
        "error": answer.message,
        "diagnosis": answer.diagnosis,
    }


def _taken(receipt: Receipt, asked: tuple[str, ...]) -> Taken | DeliveryError:
    # A receipt is for everybody but the refused, however a transport spells the addresses.
    refusals = {refusal.recipient.lower(): refusal for refusal in receipt.refused}
    refused = tuple(refusals[address.lower()] for address in asked if address.lower() in refusals)
    accepted = tuple(address for address in asked if address.lower() not in refusals)
    if accepted:
        return Taken(receipt.message_id, accepted, refused)
    kind = RejectedError if all(refusal.permanent for refusal in refused) else UnavailableError
    words = "; ".join(f"{refusal.recipient}: {refusal.text}" for refusal in refused)
    return kind(words, provider=receipt.provider, stage="rcpt", code=refused[0].code)


def _broken(transport: Transport, error: BaseException) -> DeliveryError:
    """Name the fault and its place; its text might hold a secret of the transport's own."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    fault = f"the transport failed with {type(error).__name__}{place}"
    if isinstance(error, _NEVER_REACHED):
        return UnavailableError(f"{fault}; nothing was sent", provider=transport.name)
    text = f"{fault}; whether anything was sent is not known"
    return OutcomeUnknownError(text, provider=transport.name)
