"""Registering for an authorisation: what the exporter undertakes, the notice before its first use, and its end.

The registration's row is the lock of it, its reports and its uses; what was granted under a template goes first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import IO, Any, TypeVar, cast

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import instruments
from alliance.declaring import CALENDAR, ZONE, said
from alliance.instruments import Terms
from alliance.models import Instrument
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from correspondence import services as correspondence
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from exemptions import authorising
from exemptions import instrument_policies as policies
from exemptions import instrument_selectors as selectors
from exemptions.models import Authorisation, Registration, RegistrationReport
from ledger import services as ledger
from members.models import Organisation, User

FIRST_USE, EXPIRY, REPORT = "registration.first_use", "registration.expiry", "registration.report"
Status = Registration.Status
Act = TypeVar("Act", bound=Callable[..., Any])


@aggregate_lock("registration")
def lock_registrations(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock registrations; see `deadlines.registry.AggregateLock`."""
    rows = Registration.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def locked(pk: int) -> Registration:
    """Return a registration, locked, after whatever was due of it has been applied."""
    Registration.objects.select_for_update().get(pk=pk)
    deadlines.lapse_due(f"registration:{pk}")
    rows = Registration.objects.select_related("organisation__jurisdiction", "instrument", "authorisation")
    return rows.get(pk=pk)


def due_first(act: Act) -> Act:
    """Apply what was due of the registration before an act, in a transaction of its own: it stays even where the
    act is then refused because of it."""

    @wraps(act)
    def after_what_was_due(**given: Any) -> Any:
        with transaction.atomic():
            locked(given["registration"].pk)
        return act(**given)

    return cast(Act, after_what_was_due)


@transaction.atomic
def register(
    *,
    actor: User,
    organisation: Organisation,
    instrument: Instrument,
    undertakings: Sequence[str],
    authorisation: Authorisation | None = None,
    programme: str = "",
    document: tuple[IO[bytes], str] | None = None,
) -> Registration:
    """Register an exporter for an authorisation in force; where it asks for notice, its first use waits for that.

    Every report falls due, and the last day. `document`: (file, name), what proves the compliance programme.
    Invalid names what was not undertaken; Conflict where it is registered already, barred, or a report is missing.
    """
    require(policies.can_register, actor, organisation)
    organisation = (
        Organisation.objects.select_for_update(of=("self",))
        .select_related("jurisdiction")
        .get(pk=organisation.pk)
    )
    terms = _usable(instrument, organisation, authorisation)
    _check_undertaken(terms, undertakings, programme)
    _check_free(organisation, terms, authorisation)
    now = clock.now()
    made = Registration(
        reference=new_reference("RG"),
        organisation=organisation,
        instrument=instrument,
        key=terms.key,
        authorisation=authorisation,
        undertakings=[one.key for one in terms.undertakings],
        programme=programme.strip(),
        registered_by=actor,
        registered_at=now,
        usable_from=now,
        valid_until=now + timedelta(days=1),  # until it is derived
    )
    made.save()
    if document is not None:
        upload, name = document
        made.document = correspondence.store_document(
            actor=actor, upload=upload, filename=name, aggregate=ref(made), audience=audience_of(made),
            kind="compliance_programme",
        )  # fmt: skip
    _set_dates(made, terms)
    if made.usable_from > now:
        made.start_notice()
    else:
        made.activate()
    made.save()
    record("registration.registered", actor, made, usable_from=made.usable_from.isoformat())
    return made


def _usable(instrument: Instrument, organisation: Organisation, authorisation: Authorisation | None) -> Terms:
    found = selectors.in_force(instrument.key)
    if found is None or found[0].pk != instrument.pk:
        raise Conflict(_("This version of the authorisation is no longer in force. Read the one that is."))
    terms = found[1]
    if not terms.open_to(organisation.jurisdiction_id):
        raise Conflict(_("It is not open to exporters of your member."))
    if terms.granted != (authorisation is not None):
        raise Invalid.field("authorisation", _("Name what was granted under this template."))
    if authorisation is not None:
        found_here = authorising.locked(authorisation.pk)
        if found_here.instrument.key != terms.key:
            raise Invalid.field("authorisation", _("It was granted under another template."))
        if found_here.holder_id not in (None, organisation.pk):
            raise Invalid.field("authorisation", _("It was granted to another exporter."))
        if why := selectors.off(found_here, organisation.jurisdiction_id):
            raise Conflict(why)
    if why := selectors.barred(organisation.pk, terms.key):
        raise Conflict(_("Your authority has barred you from it: %(why)s") % {"why": why})
    return terms


def _check_undertaken(terms: Terms, undertakings: Sequence[str], programme: str) -> None:
    errors: dict[str, list[str]] = {}
    for one in terms.undertakings:
        if one.key not in undertakings:
            errors.setdefault("undertakings", []).append(
                _("Undertake this: %(sentence)s") % {"sentence": one.sentence}
            )
    if terms.compliance_programme:
        try:
            said(programme, "programme", 4000)
        except Invalid as error:
            errors["programme"] = error.fields["programme"]
    if errors:
        raise Invalid(_("This authorisation asks for more."), fields=errors)


def _check_free(organisation: Organisation, terms: Terms, authorisation: Authorisation | None) -> None:
    own = Registration.objects.filter(organisation=organisation, key=terms.key)
    for pk in own.exclude(status=Status.ENDED).order_by("pk").values_list("pk", flat=True):
        locked(pk)  # one whose last day is over ends now
    if own.filter(authorisation=authorisation).exclude(status=Status.ENDED).exists():
        raise Conflict(_("You are registered for it already."))
    if own.missing_a_report().exists():  # type: ignore[attr-defined]
        raise Conflict(_("File the report that is missing on your earlier registration first."))


def _set_dates(made: Registration, terms: Terms) -> None:
    """Derive when it may be used from, until when, and when each report is due."""
    if terms.notice_days:
        made.usable_from = _set_due(
            FIRST_USE, made, ref(made), made.registered_at, Rule(terms.notice_days, "calendar_days")
        ).due_at
    authorisation = made.authorisation
    if authorisation is None:
        days, every = terms.valid_days, terms.report_every_days
    else:
        begin = max(made.usable_from, authorisation.valid_from or made.usable_from)
        made.usable_from = begin
        days, every = (authorisation.last_day - begin.date()).days, authorisation.report_every_days
    made.valid_until = _set_due(EXPIRY, made, ref(made), made.usable_from, _days(days)).due_at
    made.save()
    for number, day in enumerate([*range(every, days, every), days], 1):
        report = RegistrationReport.objects.create(registration=made, number=number, due_at=made.valid_until)
        report.due_at = _set_due(REPORT, made, ref(report), made.usable_from, _days(day)).due_at
        report.save(update_fields=["due_at"])


def _days(days: int) -> Rule:
    return Rule(days, "calendar_days", rollover=False)


def _set_due(kind: str, made: Registration, subject: str, start: datetime, rule: Rule) -> DueInstant:
    member = made.organisation.jurisdiction
    bound = made.authorisation_id is not None  # counted as what was granted is, so that both end together
    return deadlines.set_due(
        kind=kind,
        aggregate=ref(made),
        subject=subject,
        start=start,
        rule=rule,
        calendar=CALENDAR if bound else member.calendar,
        zone=ZONE if bound else member.timezone,
        owner=made.organisation.name,
    )


def first_use(due: DueInstant) -> None:
    """The notice period is over: the authorisation may be used."""
    found = _row(due)
    if found.status == Status.IN_NOTICE:
        found.activate()
        found.save()
        record("registration.active", CLOCK, found)


def ended(due: DueInstant) -> None:
    """The last day of a registration is over; a report that is missing can still be filed, and has to be."""
    found = _row(due)
    if found.status != Status.ENDED:
        found.end(due.due_at, _("Its last day is over."))
        found.save()
        record("registration.ended", CLOCK, found, reason=found.ended_because)


@due_first
@transaction.atomic
def end(*, actor: User, registration: Registration, reason: str) -> Registration:
    """End a registration that is no longer needed. What is due by then stays due; later dates fall away."""
    found = locked(registration.pk)
    require(policies.can_end, actor, found)
    now = clock.now()
    found.end(now, said(reason, "reason"))
    found.save()
    for later in found.reports.filter(due_at__gt=now, filed_at__isnull=True):
        deadlines.cancel(kind=REPORT, subject=ref(later))
        later.delete()
    deadlines.cancel(kind=EXPIRY, subject=ref(found))
    deadlines.cancel(kind=FIRST_USE, subject=ref(found))
    record("registration.ended", actor, found, reason=found.ended_because)
    return found


def _row(due: DueInstant) -> Registration:
    rows = Registration.objects.select_related("organisation__jurisdiction", "instrument", "authorisation")
    return rows.get(pk=ref_id(due.subject, "registration"))


def terms_now(registration: Registration) -> Terms | None:
    """Return the terms of the instrument in force now: a later version bears on registrations too."""
    found = selectors.in_force(registration.key)
    return found[1] if found else None


def terms_then(registration: Registration) -> Terms:
    """Return the terms as they stood when the exporter registered."""
    return instruments.terms_of(registration.instrument)


def audience_of(registration: Registration) -> Audience:
    organisation = registration.organisation
    return Audience.of(
        audience.organisation(organisation.pk), audience.jurisdiction(organisation.jurisdiction_id)
    )


def record(type: str, actor: Actor, found: Registration, subject: Any = None, **facts: object) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=subject or found,
        aggregate=ref(found),
        aggregate_label=found.reference,
        audience=audience_of(found),
        facts={
            "reference": found.reference,
            "instrument": found.key,
            "authorisation": found.authorisation.reference if found.authorisation else "",
            "status": str(found.status),
            **facts,
        },
    )
