"""Links that open something are a credential: no log says more of one than what kind it is."""

from __future__ import annotations

import logging
import re
from typing import Any

#: What stands before the part of an address that opens something: a monitor's link, an invitation, a new password.
OPENING = ("deliveries", "invitation", "account/password/reset/key", "account/confirm-email")
_LINK = re.compile(rf"(/(?:{'|'.join(OPENING)})/)[^/\s\"'?]+")


def hidden(text: str) -> str:
    """Return a text without the secret part of any link in it."""
    return _LINK.sub(r"\1hidden", text)


class HideLinks(logging.Filter):
    """Takes the secret parts of links out of whatever is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, dict):  # an event of structlog
            record.msg = {key: _plain(value) for key, value in record.msg.items()}
        else:
            record.msg, record.args = hidden(record.getMessage()), ()
        return True


def _plain(value: Any) -> Any:
    return hidden(value) if isinstance(value, str) else value


def hide_in_server_logs() -> None:
    """Keep links out of what the web server itself logs: it names the address of every request."""
    for name in ("gunicorn.access", "gunicorn.error"):
        logging.getLogger(name).addFilter(HideLinks())
