"""
An agent's backend with FastAPI: the two tools as endpoints that the agent calls.

Run it from the top of the repository, with mails shown instead of sent::

    pip install fastapi uvicorn
    MAIL_PROVIDER=console SALES_EMAIL=sales@example.com \
        uvicorn --app-dir examples fastapi_backend:app

    curl localhost:8000/tools/collect_order_info -H 'X-Conversation: tg:42' --json '
        {"customer_name": "Иван Петров", "phone": "+7 900 000-00-00",
         "lines": [{"code": "00-0123", "title": "Цемент М500", "quantity": 10}]}'

The conversation comes from the backend's own header, never from the model.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel

from notifykit import Notifier
from notifykit.tools import CatalogueItem, NotifierTools, ToolReply, WantedLine

PRICES = {
    "00-0123": CatalogueItem(
        title="Цемент М500", unit="меш", price=Decimal("512.50"), stock=Decimal(84)
    ),
}


async def catalogue(code: str) -> CatalogueItem | None:
    """Look a code up; a real shop asks its ERP here."""
    return PRICES.get(code)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one notifier for as long as the backend runs; it delivers in the background."""
    async with Notifier.from_env() as notifier:
        app.state.notifier = notifier
        yield


app = FastAPI(lifespan=lifespan)


def tools(
    request: Request, x_conversation: Annotated[str | None, Header(max_length=128)] = None
) -> NotifierTools:
    """Bind the tools to the dialogue that this request belongs to."""
    notifier = request.app.state.notifier
    return NotifierTools(notifier, catalogue=catalogue, conversation=x_conversation)


class Reach(BaseModel):
    """How the client can be reached."""

    customer_name: str | None = None
    phone: str | None = None
    email: str | None = None
    telegram: str | None = None


class OrderArguments(Reach):
    """What the model passes to ``collect_order_info``."""

    lines: list[WantedLine]
    delivery_address: str | None = None
    pickup_point: str | None = None
    comment: str | None = None


class CallArguments(Reach):
    """What the model passes to ``call_manager``."""

    summary: str | None = None
    priority: Literal["low", "medium", "high"] | None = None


Tools = Annotated[NotifierTools, Depends(tools)]


@app.post("/tools/collect_order_info")
async def collect_order_info(arguments: OrderArguments, tools: Tools) -> ToolReply:
    """Pass a finished order on to the sales team."""
    return await tools.collect_order_info(**arguments.model_dump())


@app.post("/tools/call_manager")
async def call_manager(arguments: CallArguments, tools: Tools) -> ToolReply:
    """Call a human."""
    return await tools.call_manager(**arguments.model_dump())
