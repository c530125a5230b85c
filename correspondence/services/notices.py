"""Notices: what a person should know, in the inbox and by e-mail."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from core import clock
from correspondence.models import Message, Notice
from ledger.models import Event
from members.models import User


@transaction.atomic(savepoint=False)
def notify(*, recipients: Iterable[User], event: Event | None, subject: str, text: str, path: str) -> int:
    """Put a notice into each recipient's inbox and queue an e-mail; return how many were new.

    The same event tells the same person the same thing once. The e-mail carries no case content: it says
    that something waits, and where. `path` is that of a page here.
    """
    people = {user.pk: user for user in recipients if user.is_active}
    subject, now = " ".join(subject.split())[:200], clock.now()
    if event is None:  # then nothing in the database keeps a subject from being told twice
        told = Notice.objects.filter(recipient__in=people, event=None, subject=subject)
        for pk in told.values_list("recipient", flat=True):
            people.pop(pk, None)
    if not people:
        return 0
    notices = Notice.objects.bulk_create(
        [
            Notice(
                recipient=person, event=event, subject=subject, text=text[:4000], path=path[:300], sent_at=now
            )
            for _pk, person in sorted(people.items())
        ],
        ignore_conflicts=True,
    )
    new = Notice.objects.filter(uid__in=[notice.uid for notice in notices]).order_by("pk")
    messages = Message.objects.bulk_create(
        Message(notice_id=pk, to=people[recipient].email, queued_at=now, next_attempt_at=now)
        for pk, recipient in new.values_list("pk", "recipient")
    )
    return len(messages)


@transaction.atomic
def mark_read(*, actor: User, notice: Notice | None = None) -> int:
    """Mark one notice of the person as read, or all of them; return how many were unread."""
    mine = Notice.objects.visible_to(actor).filter(read_at__isnull=True)
    if notice is not None:
        mine = mine.filter(pk=notice.pk)
    return mine.update(read_at=clock.now())
