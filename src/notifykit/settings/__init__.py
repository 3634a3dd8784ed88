"""The environment variables: the one place that reads them, and what is built from them."""

from notifykit.settings.environment import Environment, Sources, read_environment, read_sources
from notifykit.settings.model import Settings

__all__ = ["Environment", "Settings", "Sources", "read_environment", "read_sources"]
