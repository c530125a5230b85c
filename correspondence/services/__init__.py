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
from correspondence.services.webhooks import (
    KeyMade,
    change_webhook,
    forget_attempts,
    pause_webhook,
    register_webhook,
    remove_webhook,
    replay_from,
    replay_letter,
    resume_webhook,
    rotate_key,
    send_test,
)

__all__ = [
    "KeyMade",
    "change_webhook",
    "forget_attempts",
    "mark_read",
    "notify",
    "open_document",
    "pause_webhook",
    "queue_invitation",
    "queue_letter",
    "queue_recovery",
    "register_webhook",
    "remove_document",
    "remove_webhook",
    "replay_from",
    "replay_letter",
    "resume_webhook",
    "rotate_key",
    "send_test",
    "send_waiting",
    "share_documents",
    "store_document",
]
