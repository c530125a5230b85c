"""How authorisations and registrations for them stand now: what is due decides, not the tick."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from alliance import instruments
from alliance import selectors as alliance
from alliance.instruments import Terms
from alliance.models import Declaration, Instrument
from core import clock
from exemptions import authorising
from exemptions.bench import Bounds
from exemptions.models import Authorisation, Bar, Registration
from exemptions.waiving import adopted_by
from members.models import Organisation, User

Status = Registration.Status


@dataclass(frozen=True)
class Standing:
    """A registration as everyone reads it. `status`: one of its states, or barred; `why`: it is not active."""

    status: str
    why: str

    @property
    def active(self) -> bool:
        return self.status == Status.ACTIVE


def standings(registrations: Iterable[Registration]) -> dict[int, Standing]:
    """Return how registrations stand now, by key: two queries, however many they are."""
    rows = list(registrations)
    if not rows:
        return {}
    missing = set(
        Registration.objects.filter(pk__in=[one.pk for one in rows])
        .missing_a_report()  # type: ignore[attr-defined]
        .values_list("pk", flat=True)
    )
    bars: dict[int, list[Bar]] = {}
    for bar in Bar.objects.filter(organisation__in={one.organisation_id for one in rows}).standing():  # type: ignore[attr-defined]
        bars.setdefault(bar.organisation_id, []).append(bar)
    now = clock.now()
    return {one.pk: _standing(one, one.pk in missing, bars.get(one.organisation_id, []), now) for one in rows}


def standing(registration: Registration) -> Standing:
    return standings([registration])[registration.pk]


def _standing(one: Registration, missing: bool, bars: Iterable[Bar], now: datetime) -> Standing:
    barred = next((bar for bar in bars if bar.bears_on(one.key)), None)
    if one.status == Status.ENDED or one.valid_until <= now:
        return Standing(str(Status.ENDED), one.ended_because or _("Its last day is over."))
    if barred is not None:
        return Standing("barred", barred.reason)
    if missing or one.status == Status.SUSPENDED:
        why = one.suspended_because or _("A report was not filed by its date.")
        return Standing(str(Status.SUSPENDED), why)
    if one.usable_from > now:
        return Standing(str(Status.IN_NOTICE), _("The notice period runs."))
    return Standing(str(Status.ACTIVE), "")


def barred(organisation: int, key: str) -> str:
    """Return why an exporter is barred from an instrument now; empty where it is not."""
    rows = Bar.objects.filter(organisation=organisation).standing()  # type: ignore[attr-defined]
    return next((bar.reason for bar in rows if bar.bears_on(key)), "")


def told_to(user: User, organisation: Organisation, reasons: Iterable[str]) -> list[str]:
    """Return why something does not hold as a reader may know it: of a bar that the other members are not told of
    they learn that it stands, since their customs meet the goods, and not on what suspicion."""
    if not user.serves or user.jurisdiction_code == organisation.jurisdiction_id:
        return list(reasons)
    kept = Bar.objects.filter(organisation=organisation, told=False).standing()  # type: ignore[attr-defined]
    untold = set(kept.values_list("reason", flat=True))
    instead = _("The exporter's member has barred it.")
    return [instead if any(why in one for why in untold) else one for one in reasons]


def status_now(found: Authorisation) -> str:
    """The status as everyone reads it: over with its last day or its crisis, ticked or not."""
    if found.status != Authorisation.Status.GRANTED or found.valid_until is None:
        return str(found.status)
    crisis = found.declaration
    over = found.valid_until <= clock.now() or (
        crisis is not None
        and (crisis.status != Declaration.Status.IN_FORCE or crisis.sunset_at <= clock.now())  # type: ignore[operator]
    )
    return str(Authorisation.Status.EXPIRED if over else found.status)


def off(authorisation: Authorisation, member: str) -> str:
    """Return why what was granted does not hold now for a member's exporters; empty where it does."""
    now = clock.now()
    if authorisation.status == Authorisation.Status.REVOKED:
        return _("It was taken back: %(why)s") % {"why": authorisation.ended_because}
    if authorisation.status == Authorisation.Status.DRAFTED:
        return _("It waits for the second key.")
    crisis = authorisation.declaration
    if crisis is not None:
        if (
            crisis.status != Declaration.Status.IN_FORCE
            or crisis.sunset_at is None
            or crisis.sunset_at <= now
        ):
            return _("The crisis %(reference)s is over, and it ended with it.") % {
                "reference": crisis.reference
            }
        if not adopted_by(crisis, member):
            return _("Your member has not adopted the measures of %(reference)s.") % {
                "reference": crisis.reference
            }
    if authorisation.valid_until is None or authorisation.valid_until <= now:
        return _("Its last day is over.")
    if authorisation.valid_from is None or authorisation.valid_from > now:
        return _("Its first day has not come.")
    return ""


def bounds(authorisation: Authorisation | None, member: str) -> Bounds | None:
    """Return what was granted as the rules hold a use against it; the caller holds its lock for the cap."""
    if authorisation is None:
        return None
    why = off(authorisation, member)
    return Bounds(
        off=why,
        control_codes=tuple(authorisation.control_codes),
        destinations=tuple(authorisation.destinations),
        recipients=tuple(authorisation.recipients),
        cap_of=authorisation.cap_of,
        unit=authorisation.unit,
        left=authorisation.cap - authorising.used(authorisation),
        crisis=authorisation.declaration_id is not None and not why,
    )


def in_force(key: str) -> tuple[Instrument, Terms] | None:
    """Return an instrument in force with its terms; None where it is not."""
    found = next((one for one in instruments.in_force() if one.key == key), None)
    return (found, instruments.terms_of(found)) if found else None


@dataclass(frozen=True)
class Fit:
    """An instrument held against goods and a destination. `fits`: None where an officer has to look."""

    row: Instrument
    terms: Terms
    fits: bool | None
    why: tuple[str, ...]


@alliance.pinned()
def fitting(member: str, codes: Iterable[str], country: str) -> list[Fit]:
    """Return every instrument open to a member's exporters, those that fit in front, then those that may."""
    codes = [instruments.code_of(code) for code in codes]
    found = []
    for row in instruments.in_force():
        terms = instruments.terms_of(row)
        if not terms.open_to(member):
            continue
        said = [(code, instruments.covers_item(terms, code)) for code in codes]
        why = [_("%(code)s is not covered.") % {"code": code} for code, covered in said if covered is False]
        why += [_("%(code)s is critical.") % {"code": code} for code in codes if alliance.critical([code])]
        answers = [covered for _code, covered in said]
        if country:
            answers.append(instruments.covers_destination(terms, country))
            if answers[-1] is False:
                name = alliance.country_facts(country).name
                why.append(_("%(country)s is not covered.") % {"country": name})
        fits = False if why else None if None in answers else True
        if fits is None:
            why = [one for one in (terms.items.unnamed, terms.destinations.unnamed) if one]
            why = why or [_("It covers only part of an entry.")]
        found.append(Fit(row, terms, fits, tuple(why)))
    order = {True: 0, None: 1, False: 2}
    return sorted(found, key=lambda one: (order[one.fits], one.terms.granted, one.row.key))
