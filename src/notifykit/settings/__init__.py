"""The environment variables: the one place that reads them, and what is built from them."""

from notifykit.settings.environment import Environment, read_environment
from notifykit.settings.model import Settings

__all__ = ["Environment", "Settings", "read_environment"]
