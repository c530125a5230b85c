"""Telling people, and keeping what they give us."""

from correspondence.services.documents import (
    open_document,
    remove_document,
    share_documents,
    store_document,
)
from correspondence.services.mail import (
    queue_invitation,
    queue_letter,
    queue_recovery,
    send_waiting,
)
from correspondence.services.notices import mark_read, notify

__all__ = [
    "mark_read",
    "notify",
    "open_document",
    "queue_invitation",
    "queue_letter",
    "queue_recovery",
    "remove_document",
    "send_waiting",
    "share_documents",
    "store_document",
]
