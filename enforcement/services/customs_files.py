"""Exchanging files with a customs system: the licences it has to know, its answers, and the usage it tells."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from enforcement import policies
from enforcement.adapters import licences, records
from enforcement.adapters.records import Fault, File, Record
from enforcement.models import CustomsFile, SentLicence
from ledger import services as ledger
from licensing.models import Licence
from licensing.selectors.standings import standings
from members.models import Jurisdiction, User

#: What we are called in headers, and whom licences are sent to.
OURS, THEIRS = "ENTENTE", "CHIEF"
Kind, Action = CustomsFile.Kind, SentLicence.Action
USABLE = frozenset({"issued", "not_yet_valid"})
LIVE = (Licence.Status.ISSUED, Licence.Status.SUSPENDED, Licence.Status.EXHAUSTED)
LAST = 2_147_483_647


def locked_member(actor: User) -> Jurisdiction:
    """Let one file of a member be exchanged after the other."""
    found: Jurisdiction = Jurisdiction.objects.select_for_update(no_key=True).get(pk=actor.jurisdiction_code)
    return found


def known(member: Jurisdiction, kind: str, file: File, text: str) -> CustomsFile | None:
    """Return the file of the same run of the same sender that was exchanged already.

    Conflict where that had another content: a run has one.
    """
    run = int(file.head("runNum"))
    found: CustomsFile | None = CustomsFile.objects.filter(
        jurisdiction=member, kind=kind, sender=file.head("sourceSystem"), run_number=run
    ).first()
    if found is not None and found.sha256 != digest(text):
        raise Conflict(
            _("Run %(number)s of %(sender)s was received with another content. Send it with the next number.")
            % {"number": run, "sender": found.sender}
        )
    return found


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def opened(text: str, kind: str) -> File:
    """Read a file; Invalid, with every fault by line and field, where not even its header can be answered."""
    if "\x00" in text:
        raise Invalid.field("file", _("This is no text."))
    file = records.read(text, kind)
    sender, run = file.head("sourceSystem"), file.head("runNum")
    if not (0 < len(sender) <= 20) or not re.fullmatch(r"[0-9]{1,10}", run) or int(run) > LAST:
        raise Invalid(
            _("The header of the file cannot be read: there is nobody to answer."),
            fields={"file": [one.told for one in file.faults[:50]] or [_("The header is wrong.")]},
        )
    return file


def keep(actor: User, member: Jurisdiction, kind: str, file: File, text: str, **found: Any) -> CustomsFile:
    """Keep a file with what came of it, and record that."""
    row = CustomsFile.objects.create(
        jurisdiction=member,
        kind=kind,
        sender=file.head("sourceSystem"),
        run_number=int(file.head("runNum")),
        text=text,
        sha256=digest(text),
        exchanged_by=actor,
        exchanged_at=clock.now(),
        **found,
    )
    ledger.record(
        "customs_file.sent" if kind == Kind.LICENCES else "customs_file.received",
        actor=actor,
        subject=row,
        aggregate=ref(row),
        aggregate_label=str(row),
        audience=row.audience,
        facts={
            "file": str(row.uid),
            "kind": str(kind),
            "sender": row.sender,
            "run": row.run_number,
            "accepted": row.accepted,
            "rejected": row.rejected,
            "sha256": row.sha256,
        },
    )
    return row


@transaction.atomic
def send_licences(*, actor: User) -> CustomsFile:
    """Make the next file of licences for the customs of a member: what is new, reads otherwise, or has ended since.

    What they rejected is sent again. Conflict where there is nothing to tell, or the last file has no answer yet:
    until then it is not known what they know.
    """
    require(policies.can_exchange_files, actor)
    member = locked_member(actor)
    last = CustomsFile.objects.filter(jurisdiction=member, kind=Kind.LICENCES).order_by("-run_number").first()
    if last is not None and last.sent.filter(status=SentLicence.Status.PENDING).exists():
        raise Conflict(
            _("Run %(number)s has no answer yet. Read the answer of customs in first.")
            % {"number": last.run_number}
        )
    due = _to_tell(member.code)
    if not due:
        raise Conflict(_("There is nothing to tell: customs know every licence as it stands."))
    run = last.run_number + 1 if last else 1
    header = (OURS, THEIRS, str(Kind.LICENCES), clock.now().strftime("%Y%m%d%H%M"), str(run), "N")
    made = tuple(licences.record_of(licence, action, run) for licence, action in due)
    file = File(str(Kind.LICENCES), header, made)
    row = keep(actor, member, Kind.LICENCES, file, records.write(file))
    SentLicence.objects.bulk_create(
        SentLicence(
            file=row,
            licence=licence,
            action=action,
            reference=licences.reference_of(licence, action, run),
            edition=licence.edition,
        )
        for licence, action in due
    )
    return row


def _to_tell(member: str) -> list[tuple[Licence, str]]:
    """Which licences customs of a member do not know as they stand, and what to say of each."""
    told: dict[int, SentLicence] = {}
    accepted = SentLicence.objects.filter(file__jurisdiction=member, status=SentLicence.Status.ACCEPTED)
    for one in accepted.order_by("pk"):
        told[one.licence_id] = one
    rows = Licence.objects.filter(territory__contains=[member], status__in=LIVE) | Licence.objects.filter(
        pk__in=[pk for pk, one in told.items() if one.action != Action.CANCEL]
    )
    found = list(
        rows.select_related("issued_by", "holder__jurisdiction").prefetch_related("lines").order_by("pk")
    )
    now, due = standings(found), []
    for licence in found:
        last = told.get(licence.pk)
        is_known = last is not None and last.action != Action.CANCEL
        usable = now[licence.pk].status in USABLE and member in licence.territory
        if usable and not is_known:
            due.append((licence, str(Action.INSERT)))
        elif usable and last is not None and last.edition != licence.edition:
            due.append((licence, str(Action.REPLACE)))
        elif is_known and not usable and now[licence.pk].status not in ("expired", "exhausted"):
            due.append((licence, str(Action.CANCEL)))  # what is used up or over, customs know themselves
        elif is_known and member in licence.territory and _lowered(licence, last, now[licence.pk].status):
            due.append((licence, str(Action.REPLACE)))  # but not that a limit was lowered to what is used up
    return due


def _lowered(licence: Licence, last: SentLicence | None, status: str) -> bool:
    """Whether a licence is exhausted in another edition than customs were told: they may know a higher limit."""
    return status == Licence.Status.EXHAUSTED and last is not None and last.edition != licence.edition


@transaction.atomic
def receive_licence_reply(*, actor: User, text: str) -> CustomsFile:
    """Read customs' answer to a file of licences: which they took, and why not the others.

    Invalid where it is damaged or answers nothing that was sent. The same answer again is the first.
    """
    require(policies.can_exchange_files, actor)
    member = locked_member(actor)
    file = opened(text, Kind.LICENCE_REPLY)
    if (row := known(member, Kind.LICENCE_REPLY, file, text)) is not None:
        return row
    if faults := [*file.faults, *file.field_faults]:
        raise _damaged(faults)
    run = int(file.head("runNum"))
    asked = SentLicence.objects.select_for_update().filter(
        file__jurisdiction=member, file__kind=Kind.LICENCES, file__run_number=run
    )
    sent = {one.reference: one for one in asked}
    if not sent:
        raise Invalid.field(
            "file", _("Line 1, runNum: no licences were sent in run %(number)s.") % {"number": run}
        )
    answered = [one for one in file.records if one.kind != "fileError"]
    unknown, before = [], set[str]()
    for answer in answered:
        name = file.get(answer, "transactionRef")
        if name not in sent or name in before:
            told = _(
                "Line %(line)s, transactionRef: %(name)s was not sent in this run, or is answered twice."
            )
            unknown.append(told % {"line": answer.line, "name": name})
        before.add(name)
    if unknown:
        raise Invalid(_("Nothing was read in."), fields={"file": unknown[:50]})
    whole = [_error(file, one) for one in file.records if one.kind == "fileError"]
    by_name = {file.get(one, "transactionRef"): one for one in answered}
    counts = {"accepted": 0, "rejected": 0}
    for name, one in sent.items():
        said = by_name.get(name)
        if said is None and not whole:
            continue  # not answered: it waits
        if said is not None and said.kind == "accepted" and not whole:
            one.accept()
            counts["accepted"] += 1
        else:
            one.reject(
                [_error(file, error) for error in said.inside] if said is not None and said.inside else whole
            )
            counts["rejected"] += 1
        one.save(update_fields=["status", "answered_at", "errors"])
    faults_told = [*whole, *(f"{name}: {text}" for name, one in sent.items() for text in one.errors)]
    return keep(actor, member, Kind.LICENCE_REPLY, file, text, faults=faults_told[:500], **counts)


def _error(file: File, record: Record) -> str:
    return f"{file.get(record, 'code')} {file.get(record, 'text')}"


def _damaged(faults: Sequence[Fault]) -> Invalid:
    ordered = sorted(faults, key=lambda one: one.line)
    return Invalid(
        _("The file is damaged: nothing was read in."), fields={"file": [one.told for one in ordered[:50]]}
    )
