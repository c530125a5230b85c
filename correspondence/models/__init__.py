"""What we send and keep."""

from correspondence.models.letters import Document, DocumentQuerySet, Message, Notice, NoticeQuerySet
from correspondence.models.webhooks import (
    SCHEMES,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookEndpointQuerySet,
    WebhookKey,
    WebhookLetter,
)

__all__ = [
    "SCHEMES",
    "Document",
    "DocumentQuerySet",
    "Message",
    "Notice",
    "NoticeQuerySet",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookEndpointQuerySet",
    "WebhookKey",
    "WebhookLetter",
]
