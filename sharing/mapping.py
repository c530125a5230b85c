"""What of a denial, a report or a notice of guidance is told as STIX objects: never more than REST tells of it.

Each function returns what has no owner (markings, definitions, members) and what is of this thing alone. A party
or place is an object of its own notice: nobody learns from its identifier where else it appears.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from core import audience
from escalation.models import Guidance
from intelligence.models import Denial
from licensing.models import SuspiciousOrder
from members.models import Jurisdiction
from sharing import stix
from sharing.stix import Extension, Json

DENIAL = Extension(
    "denial-notice",
    "Denial notice of a licensing authority",
    "What was refused, by whom, on what ground, and until when the notice stands.",
    (
        "reference", "status", "member", "denied_by", "regime_reference", "national_reference",
        "control_codes", "lines", "destination", "end_use", "ground_code", "releasable_to", "takes_effect_at",
        "review_due", "reviews", "withdrawn_at", "withdrawn_because",
    ),
)  # fmt: skip
SUSPICION = Extension(
    "suspicious-order",
    "Suspicious order reported by an exporter",
    "What was ordered, what made the order suspicious, and whether it was taken.",
    ("reference", "member", "goods", "red_flags", "outcome", "application"),
)
GUIDANCE = Extension(
    "crisis-guidance",
    "Guidance of the crisis unit",
    "Which trade a notice means, what it asks for, until when it is valid, and the notice as it was signed.",
    (
        "reference", "effect", "status", "items", "destinations", "parties", "legal_basis", "written_for",
        "issued_for", "issued_at", "valid_until", "ended_at", "jws",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The STIX objects of one thing, each before what refers to it; `common` are of no thing alone."""

    common: list[Json]
    own: list[Json]


@dataclass
class _Writer:
    """Writes the objects of one thing, with what they all have."""

    path: tuple[str, str]
    by: Json
    created: datetime
    markings: list[Json]
    revoked: bool
    own: list[Json] = field(default_factory=list)

    def add(self, kind: str, *place: object, **properties: Any) -> str:
        """Write an object and return its identifier; `place`: what it is of the thing."""
        made = stix.checked(
            type=kind,
            id=stix.id_of(kind, *self.path, *place),
            created_by_ref=self.by["id"],
            created=self.created,
            modified=self.created,
            object_marking_refs=[one["id"] for one in self.markings],
            **({"revoked": True} if self.revoked else {}),
            **properties,
        )
        self.own.append(made)
        return str(made["id"])

    def party(self, key: object, *, country: str, address: str = "", **identity: Any) -> list[str]:
        """Write a party and where it is."""
        who = self.add("identity", "party", key, **identity)
        where = self.add("location", "party", key, country=country, street_address=address)
        return [who, where, self.related("located-at", who, where)]

    def related(self, how: str, one: str, other: str) -> str:
        return self.add(
            "relationship", how, one, other, relationship_type=how, source_ref=one, target_ref=other
        )

    def told(self, extension: Extension) -> Told:
        return Told([*self.markings, stix.PLATFORM, extension.definition(), self.by], self.own)


def _at(address: str, reference: str) -> list[Json]:
    """Return where REST tells the same."""
    place = f"{settings.SITE_URL}/api/v1/{address}/{reference}/"
    return [{"source_name": "entente", "external_id": reference, "url": place}]


def _member(row: Jurisdiction) -> Json:
    return stix.member(row.code, row.name)


def of_denial(denial: Denial) -> Told:
    """Return a denial as a report on its parties and their places."""
    to = denial.releasable_to
    write = _Writer(
        ("denial", str(denial.uid)),
        _member(denial.jurisdiction),
        denial.decided_at,
        stix.markings(to),
        revoked=denial.status == Denial.Status.WITHDRAWN,
    )
    refs: list[str] = []
    for one in denial.named.select_related("sharedparty").order_by("pk"):
        refs += write.party(
            one.sharedparty.uid,
            name=one.sharedparty.name,
            identity_class="unknown",
            roles=[one.entity_type],
            country=one.sharedparty.country,
            address=one.address,
        )
    refs.append(write.add("location", "destination", country=denial.destination))
    write.add(
        "report",
        name=f"Denial {denial.reference}",
        description=denial.summary,
        report_types=["denial-notice"],
        published=denial.decided_at,
        object_refs=refs,
        external_references=_at("denials", denial.reference),
        extensions=DENIAL.of(denial, member=denial.jurisdiction_id, releasable_to=to),
    )
    return write.told(DENIAL)


def of_suspicious_order(report: SuspiciousOrder) -> Told:
    """Return a suspicious order as a report on who ordered of whom. With whom it is shared is not in it."""
    write = _Writer(
        ("suspicious-order", str(report.uid)),
        _member(report.organisation.jurisdiction),
        report.filed_at,
        stix.markings((), apart=True),
        revoked=False,
    )
    seller = write.add(
        "identity",
        "exporter",
        name=report.organisation.name,
        identity_class="organization",
        roles=["exporter"],
    )
    refs = write.party(
        "ordered",
        name=report.party_name,
        identity_class="unknown",
        roles=["ordered"],
        external_references=[
            {"source_name": one["scheme"], "external_id": one["value"]} for one in report.identifiers
        ],
        country=report.party_country,
        address=report.party_address,
    )
    write.add(
        "report",
        name=f"Suspicious order {report.reference}",
        description=report.reasons,
        report_types=["suspicious-order"],
        published=report.filed_at,
        object_refs=[seller, *refs],
        external_references=_at("suspicious-orders", report.reference),
        extensions=SUSPICION.of(
            report,
            member=report.organisation.jurisdiction_id,
            application=report.application.reference if report.application else "",
        ),
    )
    return write.told(SUSPICION)


def of_guidance(notice: Guidance) -> Told:
    """Return an issued notice as a course of action, with the parties and destinations it means."""
    assert notice.issued_for is not None
    assert notice.issued_at is not None
    write = _Writer(
        ("guidance", str(notice.uid)),
        _member(notice.issued_for),
        notice.issued_at,
        stix.markings(()),
        revoked=notice.status != Guidance.Status.IN_FORCE,
    )
    meant = [
        write.add("identity", "party", name, name=name, identity_class="unknown") for name in notice.parties
    ]
    meant += [write.add("location", "destination", code, country=code) for code in notice.destinations]
    what = write.add(
        "course-of-action",
        name=f"Guidance {notice.reference}: {notice.effect}",
        description=notice.text,
        external_references=_at("guidance", notice.reference),
        extensions=GUIDANCE.of(notice, written_for=notice.proposed_for_id, issued_for=notice.issued_for_id),
    )
    for one in meant:
        write.related("related-to", what, one)
    return write.told(GUIDANCE)


def members_of(keys: list[str]) -> list[str]:
    """Return the codes of the members that audience keys name; none for all of them."""
    if audience.ALLIANCE in keys:
        return []
    return sorted(key.removeprefix("jurisdiction:") for key in keys)
