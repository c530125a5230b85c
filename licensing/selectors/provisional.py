"""What pages and partners are told of a provisional grant."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.policies import Verdict, deny
from licensing.models import Case, Decision, InformationRequest, Licence, ProvisionalGrant
from licensing.policies.information import can_ask
from licensing.policies.provisional import can_refuse
from members.models import User


def standing_on(case: Case) -> ProvisionalGrant:
    """Return the provisional grant of a case that has the status."""
    found = case.provisional
    found.case = case
    return found


@dataclass(frozen=True)
class Share:
    """Of one line, what was asked for, what was granted provisionally, and the percentage that is, rounded down."""

    line: int
    description: str
    unit: str
    asked: Decimal
    granted: Decimal

    @property
    def percent(self) -> int:
        return int(self.granted * 100 / self.asked)


@dataclass(frozen=True)
class Told:
    """A provisional grant as an officer reads it: its lines, who has signed, what the exporter was asked meanwhile,
    and whether the reader may ask or refuse."""

    grant: ProvisionalGrant
    shares: list[Share]
    pending: Decision | None
    may_refuse: Verdict
    may_ask: Verdict
    questions: list[InformationRequest]


def told(user: User, case: Case) -> Told | None:
    """Return the provisional grant of a visible case; None where it never had one."""
    rows = ProvisionalGrant.objects.visible_to(user).select_related(  # type: ignore[attr-defined]
        "licence__issued_by",
        "licence__decision__proposed_by",
        "licence__decision__countersigned_by",
        "ended_by",
    )
    grant: ProvisionalGrant | None = rows.filter(case=case).first()
    if grant is None:
        return None
    grant.case = case
    return Told(
        grant=grant,
        shares=shares(grant),
        pending=case.decisions.filter(status=Decision.Status.PROPOSED).select_related("proposed_by").first()
        if grant.is_standing
        else None,
        may_refuse=can_refuse(user, grant),
        may_ask=can_ask(user, case) if grant.is_standing else deny(""),
        questions=list(
            case.information_requests.filter(asked_at__gte=grant.granted_at).order_by("asked_at", "pk")
        ),
    )


def shares(grant: ProvisionalGrant) -> list[Share]:
    """Return every line of the case with what was granted of it, nothing where its share came to nothing."""
    given = {entry["line"]: Decimal(entry["quantity"]) for entry in grant.lines}
    return [
        Share(item.line, item.description, item.unit, item.quantity, given.get(item.line, Decimal(0)))
        for item in grant.case.revision.items.order_by("line")
    ]


def grant_of(licence: Licence) -> ProvisionalGrant | None:
    """Return the grant a licence began with, where it was provisional."""
    if licence.confirm_by is None:
        return None
    return ProvisionalGrant.objects.filter(licence=licence).first()
