"""What a claim costs beside ever more old rows, and which plan it has."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import DateTime, func
from sqlalchemy.dialects import postgresql

from benchmarks.support.accepting import drafted
from notifykit.storage import SqlRepository, statements
from notifykit.submission import Lease

INDEX = "ix_order_submissions_source_due_at"

_LEASE = Lease(owner="benchmark")


@dataclass(frozen=True)
class Claims:
    """
    Claims beside so many old rows.

    Attributes:
        seconds: Of each claim of one submission.
    """

    rows: int
    url: str
    seconds: list[float] = field(default_factory=list)

    async def round(self, count: int) -> None:
        """Add so many submissions and claim them one by one."""
        repository, ready = SqlRepository(self.url), await drafted()
        try:
            for _ in range(count + 1):
                await repository.add(ready.next())
            await repository.claim(source="default", lease=_LEASE)
            for _ in range(count):
                started = time.perf_counter()
                claimed = await repository.claim(source="default", lease=_LEASE)
                self.seconds.append(time.perf_counter() - started)
                if len(claimed) != 1:
                    raise RuntimeError(f"claimed {len(claimed)} where one was due")
        finally:
            await repository.aclose()

    def plan(self) -> Mapping[str, Any]:
        """
        Explain the statement that claims, as it runs, and take the claim back.

        Returns:
            Milliseconds in the server, blocks touched, and whether what is due is found by the
            partial index, and no table read as a whole.
        """
        now = func.statement_timestamp(type_=DateTime(timezone=True))
        claiming = statements.claiming("default", _LEASE, 1, now).compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )
        with psycopg.connect(self.url) as connection:
            row = connection.execute(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {claiming}".replace("%", "%%")
            ).fetchone()
            connection.rollback()
            kept = connection.execute(
                "SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX]
            ).fetchone()
        found = row[0] if row else []
        (explained,) = json.loads(found) if isinstance(found, str) else found
        nodes = list(_nodes(explained["Plan"]))
        indexes = [node["Index Name"] for node in nodes if "Index Name" in node]
        whole = [node for node in nodes if node["Node Type"] == "Seq Scan"]
        return {
            "ms": explained["Execution Time"],
            "blocks": explained["Plan"]["Shared Hit Blocks"]
            + explained["Plan"]["Shared Read Blocks"],
            "nodes": " < ".join(node["Node Type"] for node in nodes),
            "indexes": indexes,
            "by_index": INDEX in indexes and not whole,
            "index": kept[0] if kept else None,
        }


def _nodes(plan: Mapping[str, Any]) -> Any:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
