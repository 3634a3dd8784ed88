"""
What SendGrid and Mailgun tell after acceptance: verified, brought into one form, and kept.

`app` is a plain ASGI application that mounts anywhere; `from_env` makes one that stands alone.
"""

from notifykit.webhooks.application import Webhooks, app, from_env

__all__ = ["Webhooks", "app", "from_env"]
