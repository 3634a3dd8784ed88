"""Every page works over every store of ours."""

import pytest

from dashboard import shop
from notifykit.storage import MemoryRepository, SqlRepository


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def url(request, tmp_path) -> str | None:
    """Where the submissions are; nowhere but in memory without one."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/shop.db" if request.param == "sqlite" else None


@pytest.fixture
async def kept(url):
    clock = shop.Clock()
    clock.now = clock.end
    repository = SqlRepository(url) if url else MemoryRepository(clock=clock)
    kept = shop.notifier(repository, clock=clock)
    yield kept
    await kept.aclose()


async def test_every_page_works_over_every_store(visit, kept):
    sent = await kept.send(shop.order(1))
    kept.transports[0].fails_with = [shop._lost()]
    lost = await kept.send(shop.order(3))
    call = await kept.send(shop.call(1))
    visitor = visit(kept)

    for path in (
        *("/", "/submissions", "/submissions?status=calls", "/templates", "/metrics"),
        *("/submissions.csv", "/readyz", f"/submissions/{sent.id}", f"/submissions/{call.id}"),
        *(f"/submissions/{lost.id}/resend", f"/submissions/{call.id}/acknowledge", "/person"),
    ):
        answer = await visitor.get(path)
        assert 200 == answer.status_code, (path, answer.text)
    assert lost.reference in await visitor.text("/submissions?search=A-3")
    assert sent.reference not in await visitor.text("/submissions?search=A-3")


async def test_a_decision_is_made_once_over_every_store(visit, kept):
    kept.transports[0].fails_with = [shop._lost()]
    lost = await kept.send(shop.order(3))
    visitor, path = visit(kept), f"/submissions/{lost.id}/resend"
    form = await visitor.hidden(path)

    said = [await visitor.post(path, **form, by="Анна", risk="known") for _ in range(2)]

    assert ["done=resend_SENT", "done=changed"] == [
        answer.headers["Location"].partition("?")[2] for answer in said
    ]
    assert 1 == len(kept.transports[0].sent)
