"""Telling people, and keeping what they give us."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from core import clock
from core.actors import Actor
from core.audience import Audience
from core.errors import NotFound
from correspondence import sniffing
from correspondence.models import Document, Message, Notice
from ledger import services as ledger
from ledger.models import Event
from members.models import User

log = structlog.get_logger(__name__)
ATTEMPTS = 10
PAUSE = timedelta(minutes=1)  # doubles with each failure


@transaction.atomic
def notify(*, recipients: Iterable[User], event: Event | None, subject: str, text: str, path: str) -> int:
    """Put a notice into each recipient's inbox and queue an e-mail; return how many were new.

    The same event tells the same person the same thing once. The e-mail carries no case content: it says
    that something waits, and where.
    """
    now = clock.now()
    new = 0
    for person in {user.pk: user for user in recipients if user.is_active}.values():
        notice, created = Notice.objects.get_or_create(
            recipient=person,
            event=event,
            subject=subject[:200],
            defaults={"text": text[:4000], "path": path[:300], "sent_at": now},
        )
        if created:
            Message.objects.create(notice=notice, to=person.email, queued_at=now, next_attempt_at=now)
            new += 1
    return new


def send_waiting(limit: int = 200) -> int:
    """Send queued e-mail, each message in a transaction of its own; return how many went out."""
    due = list(
        Message.objects.filter(
            sent_at__isnull=True, given_up_at__isnull=True, next_attempt_at__lte=clock.now()
        ).values_list("pk", flat=True)[:limit]
    )
    return sum(_send(pk) for pk in due)


@transaction.atomic
def _send(pk: int) -> bool:
    message = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("notice")
        .filter(pk=pk, sent_at__isnull=True, given_up_at__isnull=True)
        .first()
    )
    if message is None:
        return False
    link = f"{settings.SITE_URL}{message.notice.path}"
    mail = EmailMessage(
        subject=message.notice.subject,
        body=f"{message.notice.text}\n\n{link}\n",
        to=[message.to],
        headers={"Message-ID": f"<notice-{message.notice.uid}@{settings.SITE_NAME}>"},
    )
    try:
        mail.send()
    except OSError as error:
        message.attempts += 1
        message.last_error = str(error)[:2000]
        message.next_attempt_at = clock.now() + PAUSE * 2 ** min(message.attempts - 1, 8)
        if message.attempts >= ATTEMPTS:
            message.given_up_at = clock.now()
        message.save()
        log.warning("mail_failed", message=pk, error=message.last_error)
        return False
    message.sent_at = clock.now()
    message.save()
    return True


@transaction.atomic
def mark_read(*, actor: User, notice: Notice | None = None) -> int:
    """Mark one notice of the person as read, or all of them."""
    mine = Notice.objects.filter(recipient=actor, read_at__isnull=True)
    if notice is not None:
        mine = mine.filter(pk=notice.pk)
    return mine.update(read_at=clock.now())


def _path(sha256: str) -> Path:
    return Path(settings.DATA_DIR) / "documents" / sha256[:2] / sha256


@transaction.atomic
def store_document(
    *, actor: User, upload: IO[bytes], filename: str, aggregate: str, audience: Audience, kind: str
) -> Document:
    """Keep a file: what it is is judged by its content. Invalid, naming `file`, for what we do not take."""
    content = upload.read(sniffing.LARGEST + 1)
    name = sniffing.safe_name(filename)
    media = sniffing.media_type(name, content)
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(content)
        part.chmod(0o600)
        part.rename(path)
    document = Document.objects.create(
        name=name,
        kind=kind[:40],
        media_type=media,
        size=len(content),
        sha256=sha256,
        aggregate=aggregate,
        audience=sorted(audience.keys),
        stored_by=actor,
        stored_at=clock.now(),
    )
    ledger.record(
        "document.stored",
        actor=actor,
        subject=document,
        aggregate=aggregate,
        audience=audience,
        facts={"kind": document.kind, "size": document.size, "sha256": sha256},
        private={"name": name},
    )
    return document


@transaction.atomic
def share_documents(*, aggregate: str, audience: Audience) -> None:
    """Let a further audience read the documents of an aggregate: a stake was added."""
    for document in Document.objects.select_for_update().filter(aggregate=aggregate):
        document.audience = sorted(set(document.audience) | audience.keys)
        document.save(update_fields=["audience"])


def open_document(document: Document) -> IO[bytes]:
    """Open the file of a document whose reader has been checked; NotFound if its file is gone."""
    try:
        return _path(document.sha256).open("rb")
    except FileNotFoundError:
        raise NotFound("The file of this document is not there any more.") from None


@transaction.atomic
def remove_document(*, actor: Actor, document: Document) -> None:
    """Take a document off a draft. The file goes when no other document has the same content."""
    sha256 = document.sha256
    ledger.record(
        "document.removed",
        actor=actor,
        subject=document,
        aggregate=document.aggregate,
        audience=Audience(frozenset(document.audience)),
        facts={"kind": document.kind, "sha256": sha256},
    )
    document.delete()
    if not Document.objects.filter(sha256=sha256).exists():
        transaction.on_commit(lambda: _path(sha256).unlink(missing_ok=True))
