"""
Orders and calls for a human, delivered by mail through whichever provider is up, and recorded.

``import notifykit`` is cheap: every name is loaded where it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifykit.message import Address, Attachment, Email
    from notifykit.notifications import (
        Contact,
        DeliveryTo,
        ManagerCall,
        Notification,
        Order,
        OrderLine,
        Pickup,
        Priority,
    )
    from notifykit.notifier import Notifier
    from notifykit.settings import Settings
    from notifykit.storage.base import SubmissionRepository
    from notifykit.submission import Attempt, Receipt, Status, Submission
    from notifykit.transports.base import Transport

__version__ = "0.1.0"

__all__ = [
    "Address",
    "Attachment",
    "Attempt",
    "Contact",
    "DeliveryTo",
    "Email",
    "ManagerCall",
    "Notification",
    "Notifier",
    "Order",
    "OrderLine",
    "Pickup",
    "Priority",
    "Receipt",
    "Settings",
    "Status",
    "Submission",
    "SubmissionRepository",
    "Transport",
]

_HOMES = {
    "message": ("Address", "Attachment", "Email"),
    "notifications": (
        "Contact",
        "DeliveryTo",
        "ManagerCall",
        "Notification",
        "Order",
        "OrderLine",
        "Pickup",
        "Priority",
    ),
    "notifier": ("Notifier",),
    "settings": ("Settings",),
    "storage.base": ("SubmissionRepository",),
    "submission": ("Attempt", "Receipt", "Status", "Submission"),
    "transports.base": ("Transport",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
