"""Acts on shared parties and denials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core import audience as audiences
from core import clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from core.references import new_reference
from correspondence import services as correspondence
from deadlines import services as deadlines
from deadlines.calculus import Rule
from intelligence import policies
from intelligence.models import Denial, DenialParty, PartyLink, SharedParty
from intelligence.names import headings, normalise
from ledger import services as ledger
from members.models import Jurisdiction, Role, User

REVIEW_EVERY = Rule(36, "months")  # Reg (EU) 2021/821 Art 16(2)
EXPLAINED_FROM = 3  # the third review says why the denial is kept


@dataclass(frozen=True)
class Sighting:
    """A party as a source names it. `identifiers` are {"scheme", "value"}; `kind` is its role there."""

    name: str
    country: str
    kind: str
    identifiers: Sequence[Mapping[str, str]] = ()


def share_party(
    *,
    name: str,
    country: str,
    identifiers: Sequence[Mapping[str, str]] = (),
    kind: str,
    source_ref: str,
    audience: Audience,
) -> SharedParty:
    """Return the one shared party of a name and country, linked to a source for an audience."""
    (party,) = share_parties(
        sightings=[Sighting(name, country, kind, identifiers)], source_ref=source_ref, audience=audience
    )
    return party


@transaction.atomic
def share_parties(*, sightings: Sequence[Sighting], source_ref: str, audience: Audience) -> list[SharedParty]:
    """Return the shared party of each sighting, in the same order.

    Rows are made and locked in one order everywhere, so that two sources with the same parties neither make
    them twice nor wait for each other in a circle.
    """
    keys = [(normalise(sighting.name), sighting.country.strip().upper()) for sighting in sightings]
    for number, (name, country) in enumerate(keys):
        if not name:
            raise Invalid.field(f"{number}.name", _("A party needs a name."))
        if len(country) != 2:
            raise Invalid.field(f"{number}.country", _("Must be a country code of two letters."))
    now = clock.now()
    new = {
        key: SharedParty(
            name=sighting.name.strip()[:300], normalised=key[0][:300], country=key[1], first_seen_at=now
        )
        for key, sighting in zip(keys, sightings, strict=True)
    }
    SharedParty.objects.bulk_create((new[key] for key in sorted(new)), ignore_conflicts=True)
    parties: dict[tuple[str, str], SharedParty] = {}
    for name, country in sorted(new):
        parties[name, country] = SharedParty.objects.select_for_update().get(
            normalised=name[:300], country=country
        )
    for key, sighting in zip(keys, sightings, strict=True):
        party = parties[key]
        known = list(party.identifiers)
        known += [dict(found) for found in sighting.identifiers if dict(found) not in known]
        if known != party.identifiers:
            party.identifiers = known
            party.save(update_fields=["identifiers"])
        _link(party, kind=sighting.kind, source_ref=source_ref, audience=audience)
    return [parties[key] for key in keys]


def _link(party: SharedParty, *, kind: str, source_ref: str, audience: Audience) -> None:
    """Link a party to a source; a link there already keeps its audience and gains the new one."""
    link, made = PartyLink.objects.get_or_create(
        party=party,
        kind=kind,
        source_ref=source_ref,
        defaults={"audience": list(audience), "linked_at": clock.now()},
    )
    if not made and set(link.audience) != set(link.audience) | audience.keys:
        link.audience = sorted({*link.audience, *audience})
        link.save(update_fields=["audience"])


@transaction.atomic
def widen_links(*, source_ref: str, audience: Audience) -> None:
    """Let a further audience know of the parties of a source, as when a member gains a stake."""
    for link in PartyLink.objects.select_for_update().filter(source_ref=source_ref).order_by("pk"):
        link.audience = sorted({*link.audience, *audience})
        link.save(update_fields=["audience"])


@dataclass(frozen=True)
class DeniedParty:
    """A party of a refusal in its role there (`DenialParty.Role`), with the address the notice gives."""

    party: SharedParty
    entity_type: str = DenialParty.Role.END_USER
    address: str = ""


def audience_of(jurisdiction: str, releasable_to: Iterable[str]) -> list[str]:
    """Return the keys of whom a denial may be released to: some members and its own, or all where none is named."""
    named = {code.strip().upper() for code in releasable_to if code.strip()}
    return sorted(map(audiences.jurisdiction, named | {jurisdiction})) if named else [audiences.ALLIANCE]


@transaction.atomic
def record_denial(
    *,
    actor: Actor,
    source_ref: str,
    jurisdiction: Jurisdiction,
    parties: Iterable[SharedParty | DeniedParty],
    control_codes: Iterable[str],
    destination: str,
    ground_code: str,
    summary: str,
    takes_effect_at: datetime | None = None,
    lines: Sequence[Mapping[str, str]] = (),
    end_use: str = "",
    regime_reference: str = "",
    national_reference: str = "",
    notified_by: str = "",
    releasable_to: Iterable[str] = (),
) -> Denial:
    """Tell the alliance of a refusal, in the transaction of the refusal (Reg (EU) 2021/821 Art 16(1)).

    `summary` is what everyone may read to whom it is releasable: the members named, or all. `takes_effect_at`:
    where the refusal takes effect later than now. The rest is what a notice holds: see `Denial`.
    """
    if Denial.objects.filter(source_ref=source_ref).exists():
        raise Conflict(_("This refusal has its denial already."))
    now = clock.now()
    denial = Denial(
        reference=new_reference("DN"),
        source_ref=source_ref,
        jurisdiction=jurisdiction,
        control_codes=headings(control_codes),
        lines=[dict(line) for line in lines],
        end_use=end_use.strip(),
        destination=destination.strip().upper(),
        ground_code=ground_code,
        summary=summary,
        regime_reference=regime_reference.strip(),
        national_reference=national_reference.strip(),
        notified_by=notified_by.strip().upper(),
        audience=audience_of(jurisdiction.code, releasable_to),
        decided_at=now,
        takes_effect_at=takes_effect_at,
        review_due=now,
    )
    denial.save()
    denial.review_due = _set_review(denial)
    denial.save(update_fields=["review_due"])
    heard = Audience.of(*denial.audience)
    concerned = _name_parties(denial, parties, heard)
    ledger.record(
        "denial.recorded",
        actor=actor,
        subject=denial,
        aggregate=ref(denial),
        audience=heard,
        facts={
            "jurisdiction": jurisdiction.code,
            "control_codes": denial.control_codes,
            "destination": denial.destination,
            "ground": ground_code,
            "source": source_ref,
            "review_due": denial.review_due.isoformat(),
            **({"takes_effect_at": takes_effect_at.isoformat()} if takes_effect_at else {}),
            **({"notified_by": denial.notified_by} if denial.notified_by else {}),
        },
        private={"parties": [party.name for party in concerned]},
    )
    return denial


def _name_parties(
    denial: Denial, parties: Iterable[SharedParty | DeniedParty], heard: Audience
) -> list[SharedParty]:
    """Write the parties of a denial, each once: one that takes part in two roles in that of the end-user."""
    order = list(DenialParty.Role.values)
    named: dict[int, DeniedParty] = {}
    for given in parties:
        one = given if isinstance(given, DeniedParty) else DeniedParty(given)
        known = named.get(one.party.pk)
        if known is None or order.index(one.entity_type) < order.index(known.entity_type):
            named[one.party.pk] = one
    DenialParty.objects.bulk_create(
        DenialParty(
            denial=denial,
            sharedparty=one.party,
            entity_type=one.entity_type,
            address=one.address.strip()[:500],
        )
        for _pk, one in sorted(named.items())
    )
    for _pk, one in sorted(named.items()):
        _link(one.party, kind="denied", source_ref=ref(denial), audience=heard)
    return [one.party for _pk, one in sorted(named.items())]


def _set_review(denial: Denial) -> datetime:
    due = deadlines.set_due(
        kind="denial.review",
        aggregate=ref(denial),
        subject=ref(denial),
        start=clock.now(),
        rule=REVIEW_EVERY,
        calendar=denial.jurisdiction.calendar,
        zone=denial.jurisdiction.timezone,
        owner=str(denial.jurisdiction),
    )
    return due.due_at


@transaction.atomic
def call_for_review(*, denial: Denial) -> None:
    """Tell the deciders of the member that denied that the review is due."""
    event = ledger.record(
        "denial.review_due",
        actor=CLOCK,
        subject=denial,
        aggregate=ref(denial),
        audience=Audience.of(*denial.audience),
        facts={"review": denial.reviews + 1},
    )
    deciders = User.objects.in_roles(Role.DECIDER).filter(authority__jurisdiction=denial.jurisdiction_id)
    correspondence.notify(
        recipients=deciders,
        event=event,
        subject=_("Review of denial %(reference)s is due") % {"reference": denial.reference},
        text=_("A denial is reviewed every three years. Say whether it is kept."),
        path=f"/workbench/denials/{denial.reference}/",
    )


@transaction.atomic
def review_denial(*, actor: User, denial: Denial, keep: bool, explanation: str = "") -> Denial:
    """Keep a denial for three more years or withdraw it; from the third review on, keeping needs a reason."""
    denial = Denial.objects.select_for_update().get(pk=denial.pk)
    require(policies.can_review, actor, denial)
    number = denial.reviews + 1
    if keep and number >= EXPLAINED_FROM and not explanation.strip():
        raise Invalid.field("explanation", _("From the third review on, say why the denial is kept."))
    if denial.status != Denial.Status.VALID:
        raise Conflict(_("This denial was withdrawn."))
    denial.reviews = number
    if keep:
        denial.review_due = _set_review(denial)
        denial.save()
    else:
        _withdraw(denial, explanation.strip())
    ledger.record(
        "denial.reviewed",
        actor=actor,
        subject=denial,
        aggregate=ref(denial),
        audience=Audience.of(*denial.audience),
        facts={"review": number, "kept": keep, "explanation": explanation.strip()},
    )
    return denial


def _withdraw(denial: Denial, reason: str) -> None:
    denial.withdraw()
    denial.withdrawn_at = clock.now()
    denial.withdrawn_because = reason
    deadlines.cancel(kind="denial.review", subject=ref(denial))
    denial.save()


@transaction.atomic
def withdraw_denial(*, actor: User, denial: Denial, reason: str) -> Denial:
    """Withdraw a denial before its review is due, as its member: nobody is asked about it any more."""
    denial = Denial.objects.select_for_update().get(pk=denial.pk)
    require(policies.can_review, actor, denial)
    if denial.status != Denial.Status.VALID:
        raise Conflict(_("This denial was withdrawn."))
    if len(reason.strip()) < 10:
        raise Invalid.field(
            "reason", _("Say in at least 10 characters why it is withdrawn: members read it.")
        )
    _withdraw(denial, reason.strip()[:4000])
    ledger.record(
        "denial.withdrawn",
        actor=actor,
        subject=denial,
        aggregate=ref(denial),
        audience=Audience.of(*denial.audience),
        facts={"reason": reason.strip()[:1000]},
    )
    return denial


@transaction.atomic
def release_denial(*, actor: User, denial: Denial, releasable_to: Iterable[str]) -> Denial:
    """Let further members know of a denial, or all where none is named; who knows of it already goes on knowing."""
    denial = Denial.objects.select_for_update().get(pk=denial.pk)
    require(policies.can_review, actor, denial)
    wanted = {code.strip().upper() for code in releasable_to if code.strip()}
    unknown = wanted - set(Jurisdiction.objects.filter(code__in=wanted).values_list("code", flat=True))
    if unknown:
        raise Invalid.field(
            "releasable_to", _("No member: %(codes)s.") % {"codes": ", ".join(sorted(unknown))}
        )
    if audiences.ALLIANCE in denial.audience:
        raise Conflict(_("Every member may read this denial already."))
    keys = audience_of(denial.jurisdiction_id, wanted)
    denial.audience = keys if audiences.ALLIANCE in keys else sorted({*denial.audience, *keys})
    denial.save(update_fields=["audience"])
    heard = Audience.of(*denial.audience)
    widen_links(source_ref=ref(denial), audience=heard)
    ledger.widen(aggregate=ref(denial), audience=heard)
    ledger.record(
        "denial.released",
        actor=actor,
        subject=denial,
        aggregate=ref(denial),
        audience=heard,
        facts={"to": denial.releasable_to},
    )
    return denial
