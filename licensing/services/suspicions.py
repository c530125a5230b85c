"""Suspicious orders: reported, shared with the members concerned, reviewed by each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS, Actor
from core.audience import Audience, jurisdiction, organisation
from core.errors import Invalid
from core.models import hold, ref
from core.policies import require
from core.references import new_reference
from intelligence.identical import Named
from intelligence.selectors import numbers_of
from ledger import services as ledger
from licensing.dossier import identifiers
from licensing.dossier.fields import is_country
from licensing.models import (
    Application,
    Case,
    Party,
    SuspiciousOrder,
    SuspiciousOrderMatch,
    SuspiciousOrderReview,
    SuspiciousOrderShare,
)
from licensing.policies import suspicions as policies
from licensing.suspicions import RED_FLAGS, resemblance
from licensing.undercut import RECEIVING, RULER
from members.models import Jurisdiction, Organisation, User

#: For how long a report is held against new cases. A proposal, to be agreed.
REMEMBERED = timedelta(days=3 * 365)
Outcome = SuspiciousOrderReview.Outcome
Why = SuspiciousOrderShare.Why
EVENTS: dict[str, str] = {
    Outcome.NOTED: "suspicious_order.noted",
    Outcome.PASSED_ON: "suspicious_order.passed_on",
    Outcome.CLOSED: "suspicious_order.closed",
}


@transaction.atomic
def file(
    *,
    actor: User,
    organisation: Organisation,
    goods: str,
    party_name: str,
    party_country: str,
    red_flags: Sequence[str],
    reasons: str,
    outcome: str,
    party_address: str = "",
    identifiers: Sequence[Mapping[str, str]] = (),
    application: Application | None = None,
) -> SuspiciousOrder:
    """Report an order that an exporter finds suspicious. Its member reads it at once; the exporter learns no more
    of it than that it was received.

    Invalid, naming each field, for what is missing or no value of it.
    """
    require(policies.can_file, actor, organisation)
    numbers = [
        {"scheme": str(one.get("scheme", "")).strip().lower(), "value": str(one.get("value", "")).strip()}
        for one in identifiers
    ]
    country = party_country.strip().upper()
    flags = sorted(set(red_flags))
    errors = _mistakes(goods, party_name, country, party_address, flags, reasons, outcome)
    errors |= _wrong_numbers(numbers)
    if application is not None and application.organisation_id != organisation.pk:
        errors["application"] = [_("Name an application of the organisation you report for.")]
    if errors:
        raise Invalid(_("The report was not filed."), fields=errors)
    report = SuspiciousOrder.objects.create(
        reference=new_reference("SO"),
        organisation=organisation,
        filed_by=actor,
        filed_at=clock.now(),
        goods=goods.strip(),
        party_name=" ".join(party_name.split()),
        party_country=country,
        party_address=party_address.strip(),
        identifiers=numbers,
        red_flags=flags,
        reasons=reasons.strip(),
        outcome=outcome,
        application=application,
    )
    _share(report, organisation.jurisdiction_id, Why.ESTABLISHMENT)
    heard = _members(organisation.jurisdiction_id) | [_exporter(organisation)]
    _record("suspicious_order.filed", actor, report, heard)
    return report


def _mistakes(
    goods: str, name: str, country: str, address: str, flags: list[str], reasons: str, outcome: str
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for field, text, least, most in (
        ("goods", goods, 3, 2000),
        ("party_name", name, 2, 300),
        ("party_address", address, 0, 500),
        ("reasons", reasons, 20, 4000),
    ):
        if len(text.strip()) < least:
            errors[field] = [_("Write at least %(least)s characters.") % {"least": least}]
        elif len(text) > most:
            errors[field] = [_("Write at most %(most)s characters.") % {"most": most}]
    if not is_country(country):
        errors["party_country"] = [_("Use the two-letter ISO 3166 code, such as FR.")]
    if not flags:
        errors["red_flags"] = [_("Choose at least one red flag.")]
    elif unknown := [one for one in flags if one not in RED_FLAGS]:
        told = {"wrong": ", ".join(unknown)[:200], "all": ", ".join(RED_FLAGS)}
        errors["red_flags"] = [_("There is no %(wrong)s. Choose of: %(all)s.") % told]
    if outcome not in SuspiciousOrder.Outcome.values:
        errors["outcome"] = [_("One of: %(all)s.") % {"all": ", ".join(SuspiciousOrder.Outcome.values)}]
    return errors


def _wrong_numbers(numbers: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if len(numbers) > 20:
        errors["identifiers"] = [_("List at most 20 identifiers.")]
    for place, one in enumerate(numbers):
        if one["scheme"] not in identifiers.IDENTIFIERS:
            said = _("One of: %(all)s.") % {"all": ", ".join(identifiers.IDENTIFIERS)}
            errors[f"identifiers[{place}].scheme"] = [said]
        elif not 2 <= len(one["value"]) <= 60:
            errors[f"identifiers[{place}].value"] = [_("Give 2 to 60 characters.")]
        elif wrong := identifiers.problem(one["scheme"], one["value"]):
            errors[f"identifiers[{place}].value"] = [wrong[1]]
    return errors


# Whom it concerns ----------------------------------------------------------------------------------------


def _party(report: SuspiciousOrder) -> Named:
    return Named(report.party_name, "ordered", report.party_country, numbers=numbers_of(report.identifiers))


def _receivers(parties: Iterable[Party]) -> list[Named]:
    return [
        Named(name, party.role, party.country, numbers=numbers_of(party.identifiers))
        for party in parties
        for name in (party.name, *party.aliases)
    ]


@transaction.atomic
def look(*, report: SuspiciousOrder) -> list[SuspiciousOrderMatch]:
    """Hold a report against every open case and share it with whoever leads one with the like end-user or
    consignee; return what is new."""
    hold(report)
    like = Q(country=report.party_country)
    for one in report.identifiers:
        like |= Q(identifiers__contains=[one])
    parties = Party.objects.filter(
        like,
        role__in=RECEIVING,
        revision__in=Case.objects.open().values("revision"),  # type: ignore[attr-defined]
    )
    by_revision: dict[int, list[Party]] = {}
    for party in parties.order_by("revision", "pk"):
        by_revision.setdefault(party.revision_id, []).append(party)
    new = []
    for case in Case.objects.filter(revision__in=by_revision).order_by("pk"):
        new += _match(report, case, by_revision[case.revision_id])
    return new


@transaction.atomic
def look_for_case(*, case: Case) -> list[SuspiciousOrderMatch]:
    """Hold a case against the reports of the last three years; return what is new."""
    parties = list(case.revision.parties.filter(role__in=RECEIVING).order_by("pk"))
    like = Q(party_country__in=sorted({party.country for party in parties}))
    for party in parties:
        for one in party.identifiers:
            like |= Q(identifiers__contains=[one])
    reports = SuspiciousOrder.objects.filter(like, filed_at__gte=clock.now() - REMEMBERED)
    new = []
    for report in reports.select_related("organisation").order_by("pk"):
        hold(report)
        new += _match(report, case, parties)
    return new


def _match(report: SuspiciousOrder, case: Case, parties: Iterable[Party]) -> list[SuspiciousOrderMatch]:
    why = resemblance(_party(report), _receivers(parties), RULER)
    if not why:
        return []
    row, made = SuspiciousOrderMatch.objects.get_or_create(
        report=report, case=case, defaults={"sentence": why[:800], "found_at": clock.now()}
    )
    if not made:
        return []
    _share(report, case.lead_id, Why.OPEN_CASE)
    _record(
        "suspicious_order.matched", PROCESS, report, _members(case.lead_id), case=case.reference, because=why
    )
    return [row]


def _share(report: SuspiciousOrder, code: str, why: str, by: User | None = None) -> bool:
    _row, made = SuspiciousOrderShare.objects.get_or_create(
        report=report,
        jurisdiction_id=code,
        defaults={"why": why, "shared_at": clock.now(), "shared_by": by},
    )
    return made


# What members make of it ---------------------------------------------------------------------------------


@transaction.atomic
def review(
    *, actor: User, report: SuspiciousOrder, outcome: str, reason: str = "", to: Sequence[str] = ()
) -> SuspiciousOrderReview:
    """Say what the officer's member makes of a report: `noted`, `passed_on` to members, or `closed` with a reason.

    Passed on by the member of the exporter alone. The exporter is told none of it.
    """
    hold(report)
    report = SuspiciousOrder.objects.select_related("organisation").get(pk=report.pk)
    require(policies.can_review, actor, report)
    if outcome not in Outcome.values:
        raise Invalid.field("outcome", _("One of: %(all)s.") % {"all": ", ".join(Outcome.values)})
    if outcome == Outcome.PASSED_ON:
        require(policies.can_pass_on, actor, report)
    to = sorted({code.strip().upper() for code in to})
    _require_review(report, outcome, reason, to)
    assert actor.authority is not None
    row = SuspiciousOrderReview.objects.create(
        report=report,
        jurisdiction_id=actor.authority.jurisdiction_id,
        outcome=outcome,
        reason=reason.strip(),
        passed_to=to,
        by=actor,
        at=clock.now(),
    )
    for code in to:
        _share(report, code, Why.PASSED_ON, by=actor)
    heard = _members(row.jurisdiction_id, *to)
    _record(EVENTS[outcome], actor, report, heard, member=row.jurisdiction_id, to=to)
    return row


def _require_review(report: SuspiciousOrder, outcome: str, reason: str, to: Sequence[str]) -> None:
    errors: dict[str, list[str]] = {}
    if outcome != Outcome.NOTED and len(reason.strip()) < 10:
        errors["reason"] = [_("Give the reason in at least 10 characters.")]
    elif len(reason) > 4000:
        errors["reason"] = [_("Write at most %(most)s characters.") % {"most": 4000}]
    known = set(Jurisdiction.objects.filter(code__in=to).values_list("code", flat=True))
    # That a member reads it because of a case of its own is not given away: passing it on there changes nothing.
    told = {report.organisation.jurisdiction_id}
    told.update(*report.reviews.filter(outcome=Outcome.PASSED_ON).values_list("passed_to", flat=True))
    if outcome != Outcome.PASSED_ON and to:
        errors["to"] = [_("Name members only where you pass it on.")]
    elif outcome == Outcome.PASSED_ON and not to:
        errors["to"] = [_("Choose at least one member that may read it.")]
    elif strangers := [code for code in to if code not in known]:
        errors["to"] = [_("%(who)s is no member.") % {"who": ", ".join(strangers)[:200]}]
    elif already := [code for code in to if code in told]:
        errors["to"] = [_("%(who)s may read it already.") % {"who": ", ".join(already)}]
    if errors:
        raise Invalid(_("Nothing was recorded."), fields=errors)


def _members(*codes: str) -> Audience:
    return Audience.of(*map(jurisdiction, codes))


def _exporter(of: Organisation) -> str:
    return organisation(of.pk)


def _record(type_: str, actor: Actor, report: SuspiciousOrder, heard: Audience, **facts: Any) -> None:
    """Record under the report and not under a case, so that whoever gains a stake in that learns nothing of it."""
    ledger.record(
        type_,
        actor=actor,
        subject=report,
        aggregate=ref(report),
        aggregate_label=report.reference,
        audience=heard,
        facts={"reference": report.reference, **facts},
    )
