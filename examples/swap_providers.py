"""
One script, four providers: only the variables differ.

Put your own values into a copy of ``examples/env/gmail.env`` and run it from the top of the
repository::

    python examples/swap_providers.py examples/env/gmail.env
    python examples/swap_providers.py examples/env/mailgun.env

Without a file it reads the variables of the process alone; those win over a file's.
"""

import asyncio
import sys
from pathlib import Path

from notifykit import Contact, Notifier, Order, OrderLine, Pickup, Submission
from notifykit.settings import read_environment

ORDER = Order(
    customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
    lines=[
        OrderLine(code="00-0123", title="Цемент М500", unit="меш", quantity="10", price="512.50"),
        OrderLine(code="00-0457", title="Песок речной", unit="т", quantity="1.5"),
    ],
    delivery=Pickup(point="Склад на Ленина, 1"),
)


async def main(env_file: Path | None) -> Submission:
    """Send one order through whatever the variables name, and say what became of it."""
    environment = read_environment(env_file)
    async with Notifier.from_env(environment.values) as notifier:
        submission = await notifier.send(ORDER)
    for attempt in submission.attempts:
        print(f"{attempt.provider}: {attempt.outcome} {attempt.error or ''}".rstrip())
    print(f"{submission.reference}: {submission.status}")
    return submission


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
