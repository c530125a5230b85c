"""Documents: kept by their hash outside the web root, told by their content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import Actor
from core.audience import Audience
from core.errors import NotFound
from correspondence import sniffing
from correspondence.models import Document
from ledger import services as ledger
from members.models import User


def _path(sha256: str) -> Path:
    return Path(settings.DATA_DIR) / "documents" / sha256[:2] / sha256


@transaction.atomic
def store_document(
    *, actor: Actor, upload: IO[bytes], filename: str, aggregate: str, audience: Audience, kind: str
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
        stored_by=actor if isinstance(actor, User) else None,
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


@transaction.atomic(savepoint=False)
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
        raise NotFound(_("The file of this document is not there any more.")) from None


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
