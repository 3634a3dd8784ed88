"""For tests of your own: a fake transport, and the contracts that every implementation passes."""

from notifykit.testing.fake import FakeTransport
from notifykit.testing.repositories import RepositoryContract
from notifykit.testing.transports import TransportContract

__all__ = ["FakeTransport", "RepositoryContract", "TransportContract"]
