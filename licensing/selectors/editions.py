"""The history of a licence: each edition with what it changed, and requests to change it in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import ref
from ledger import selectors as ledger
from ledger.models import Event
from licensing import amending
from licensing.models import Licence, LicenceChange, LicenceCredential
from members.models import User

#: What makes an edition, in words.
MAKES = {
    "licence.issued": gettext_lazy("Issued"),
    "provisional.confirmed": gettext_lazy("Confirmed by two members"),
    "licence.widened": gettext_lazy("One more member consented"),
    "licence.narrowed": gettext_lazy("A member took its consent back"),
    "licence.extended": gettext_lazy("Extended"),
    "licence.amended": gettext_lazy("Amended"),
}
#: What else becomes of a licence.
BECOMES = (
    "licence.suspended", "licence.reinstated", "licence.revoked", "licence.surrendered", "licence.replaced",
    "licence.expired", "licence.exhausted", "licence.refilled", "provisional.repealed",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """What one field said, and what it says."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Edition:
    """One edition: what made it, what it changed, and who stood behind it."""

    number: int
    at: datetime
    in_force: bool
    title: str = ""
    reason: str = ""
    reference: str = ""  # of the request that it answers
    by: tuple[str, ...] = ()  # both keys where two were needed
    differences: list[Difference] = field(default_factory=list)


def history(user: User, licence: Licence) -> list[Edition]:
    """Return the editions of a licence, the last first; as far as the person may read who made them."""
    rows = list(LicenceCredential.objects.filter(licence=licence).order_by("edition"))
    made = {
        int(event.facts.get("edition", 1)): event
        for event in ledger.timeline(ref(licence.case), user.audience).filter(type__in=MAKES)
        if event.facts.get("number") == licence.number
    }
    changes = {
        change.edition: change
        for change in LicenceChange.objects.visible_to(user)  # type: ignore[attr-defined]
        .filter(licence=licence, edition__isnull=False)
        .select_related("recommended_by", "decided_by")
    }
    zone = licence.issued_by.timezone
    found, before = [], dict[str, str]()
    for row in rows:
        says, change, event = _says(row.claims, zone), changes.get(row.edition), made.get(row.edition)
        differences = [] if not before else _between(before, says)
        if change is not None:
            known = {one.label for one in differences}
            differences += [one for one in shown(change) if one.label not in known]
        found.append(
            Edition(
                row.edition,
                row.made_at,
                row.edition == licence.edition,
                str(MAKES.get(event.type, "")) if event else "",
                change.reason if change else str(event.facts.get("reason", "")) if event else "",
                change.reference if change else "",
                _by(user, licence, row.edition, change, event),
                differences,
            )
        )
        before = says
    return found[::-1]


def _by(
    user: User, licence: Licence, edition: int, change: LicenceChange | None, event: Event | None
) -> tuple[str, ...]:
    """Officers read names; others that it was two."""
    names: list[str] = []
    if change is not None:
        names = [person.name for person in (change.recommended_by, change.decided_by) if person]
    elif edition == 1 and licence.decision is not None and licence.decision.countersigned_by is not None:
        names = [licence.decision.proposed_by.name, licence.decision.countersigned_by.name]
    elif event is not None:
        names = [event.actor_label]
    if user.is_officer:
        return tuple(names)
    return (_("Two officers of %(member)s") % {"member": licence.issued_by.name},) if len(names) > 1 else ()


def became(user: User, licence: Licence) -> list[Event]:
    """Return what else became of a licence, oldest first, as far as the person may read it."""
    rows = ledger.timeline(ref(licence.case), user.audience).filter(type__in=BECOMES)
    return [event for event in rows if event.facts.get("number") == licence.number]


def _says(claims: dict[str, Any], zone: str) -> dict[str, str]:
    """Return what an edition certifies as labels and texts; its days in the zone of the issuer."""
    subject = claims["subject"]
    found = {
        _("First day"): _worded(amending.LAST_DAY, _on(claims["validFrom"], zone)),
        amending.label_of(amending.LAST_DAY): _worded(
            amending.LAST_DAY, _on(claims["validUntil"], zone, timedelta(microseconds=1))
        ),
        _("Valid in"): ", ".join(subject["territory"]),
        _("National reference"): subject.get("nationalReference", ""),
        _("Conditions"): "; ".join(one["says"] for one in subject["conditions"]),
    }
    for item in subject["items"]:
        name = _("Line %(n)s") % {"n": item["line"]}
        found[name] = f"{item['quantity']} {item['unit']}, {item['value']} {item['currency']}"
    for number, party in enumerate(subject["parties"], start=1):
        found[_("Party %(n)s") % {"n": number}] = f"{party['name']}, {party['country']}"
    return found


def _on(instant: str, zone: str, before: timedelta = timedelta(0)) -> str:
    return (datetime.fromisoformat(instant) - before).astimezone(ZoneInfo(zone)).date().isoformat()


def _between(before: dict[str, str], after: dict[str, str]) -> list[Difference]:
    labels = [*before, *(label for label in after if label not in before)]
    return [
        Difference(label, before.get(label, ""), after.get(label, ""))
        for label in labels
        if before.get(label, "") != after.get(label, "")
    ]


def shown(change: LicenceChange) -> list[Difference]:
    """Return what a request asks for, field by field, as people read it."""
    return [
        Difference(
            ": ".join(filter(None, [one["of"], amending.label_of(one["path"])])),
            _worded(one["path"], one["before"]),
            _worded(one["path"], one["after"]),
        )
        for one in change.changes
    ]


def _worded(path: str, said: str) -> str:
    if path == amending.LAST_DAY:
        return date_format(date.fromisoformat(said), "j F Y", use_l10n=False)
    return said
