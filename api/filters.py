"""Filters of lists, each documented in the schema; what is no value of a filter answers 422 at its name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from alliance.models import Declaration
from core.errors import Invalid
from core.references import normalise_reference
from correspondence.models import Notice
from enforcement.models import CustomsFile, OfflineConflict, OfflineToken, OfflineUse, Reservation, Shipment
from escalation.models import Guidance, JointEffect, Preposition, SituationReport
from exemptions.models import Registration, TrustedTrader, Waiver
from intelligence.models import Denial, DenialImport
from intelligence.names import headings
from licensing.models import (
    Application,
    Case,
    CaseMessage,
    ClockStop,
    Consultation,
    InformationRequest,
    Licence,
    LicenceChange,
    SuspiciousOrder,
    UndercutCheck,
)
from licensing.selectors.queue import mentioning


def _one_of(choices: list[tuple[str, Any]]) -> dict[str, Any]:
    names = ", ".join(str(value) for value, _label in choices)
    return {
        "choices": choices,
        "error_messages": {"invalid_choice": _("One of: %(names)s.") % {"names": names}},
    }


def status(enum: Any, **told: Any) -> filters.MultipleChoiceFilter:
    """Rows in one of the states named; given more than once it means any of them."""
    words = _("May be given more than once: any of them.")
    return filters.MultipleChoiceFilter(help_text=words, **_one_of(enum.choices), **told)


def choice(name: str, choices: Any, **told: Any) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(field_name=name, **_one_of(choices), **told)


def flag(method: str, told: Any = "") -> filters.ChoiceFilter:
    """Yes or no: anything else is refused, where a plain filter would leave it out and answer with everything."""
    words = [("true", _("Yes")), ("false", _("No"))]
    return filters.ChoiceFilter(method=method, help_text=told or None, **_one_of(words))


def text(name: str, told: Any = "") -> filters.CharFilter:
    return filters.CharFilter(field_name=name, max_length=200, help_text=told or None)


class InstantField(IsoDateTimeField):
    def clean(self, value: Any) -> datetime | None:
        """Return the instant in UTC: the database knows no zone beyond 16 hours."""
        found = super().clean(value)
        try:
            return found.astimezone(UTC) if found is not None else None
        except (OverflowError, ValueError):
            raise forms.ValidationError(_("This instant is out of range.")) from None


class InstantFilter(filters.IsoDateTimeFilter):
    field_class = InstantField


def after(name: str) -> InstantFilter:
    return InstantFilter(
        field_name=name, lookup_expr="gte", help_text=_("At this instant or later (RFC 3339).")
    )


def before(name: str) -> InstantFilter:
    return InstantFilter(field_name=name, lookup_expr="lt", help_text=_("Before this instant (RFC 3339)."))


class ReferenceField(forms.CharField):
    def clean(self, value: Any) -> str:
        cleaned = super().clean(value)
        return normalise_reference(cleaned)[:20] if cleaned else ""


class ReferenceFilter(filters.CharFilter):
    """A reference as people type it."""

    field_class = ReferenceField


class MemberField(forms.CharField):
    def clean(self, value: Any) -> str:
        return str(super().clean(value)).upper()


class MemberFilter(filters.CharFilter):
    field_class = MemberField


def member(name: str) -> MemberFilter:
    return MemberFilter(field_name=name, min_length=2, max_length=2, help_text=_("Two letters, e.g. DE."))


LANES = [("standard", _("Standard")), ("crisis", _("Crisis")), ("humanitarian", _("Humanitarian"))]


class ApplicationFilters(filters.FilterSet):
    status = status(Application.Status)
    own_reference = text("own_reference", _("The exporter's own reference, exactly."))
    national_reference = text("national_reference")
    created_after, created_before = after("created_at"), before("created_at")

    class Meta:
        model = Application
        fields: tuple[str, ...] = ()


class CaseFilters(filters.FilterSet):
    status = status(Case.Status)
    officer = filters.CharFilter(
        method="held", max_length=36, help_text=_("Who holds it: `me`, `nobody`, or the uid of an officer.")
    )
    mentions = filters.CharFilter(
        method="mentioning", max_length=100, help_text=_("In a reference, the exporter's name or a party's.")
    )
    lane = choice("lane", LANES)
    lead = member("lead")
    application = ReferenceFilter(field_name="application__reference")
    national_reference = text("national_reference")
    opened_after, opened_before = after("opened_at"), before("opened_at")
    decided_after, decided_before = after("decided_at"), before("decided_at")

    class Meta:
        model = Case
        fields: tuple[str, ...] = ()

    def held(self, rows: Any, name: str, value: str) -> Any:
        """An exporter is not told who works on its case, and so finds none by that."""
        person = self.request.user
        if not person.serves:
            return rows.none()
        if value == "nobody":
            return rows.filter(officer__isnull=True)
        try:
            return rows.filter(officer__uid=person.uid if value == "me" else UUID(value))
        except ValueError:
            raise Invalid.field("officer", gettext("Say me, nobody, or the uid of an officer.")) from None

    def mentioning(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(mentioning(value))


class NoticeFilters(filters.FilterSet):
    unread = flag("by_reading")
    sent_after, sent_before = after("sent_at"), before("sent_at")

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()

    def by_reading(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(read_at__isnull=value == "true")


class CaseMessageFilters(filters.FilterSet):
    sender = member("sender")
    sent_after, sent_before = after("sent_at"), before("sent_at")

    class Meta:
        model = CaseMessage
        fields: tuple[str, ...] = ()


class SuspiciousOrderFilters(filters.FilterSet):
    party_country = member("party_country")
    filed_after, filed_before = after("filed_at"), before("filed_at")

    class Meta:
        model = SuspiciousOrder
        fields: tuple[str, ...] = ()


class LicenceChangeFilters(filters.FilterSet):
    status = status(LicenceChange.Status)
    kind = choice("kind", LicenceChange.Kind.choices)
    licence = ReferenceFilter(field_name="licence__number")
    asked_after, asked_before = after("asked_at"), before("asked_at")

    class Meta:
        model = LicenceChange
        fields: tuple[str, ...] = ()


class ConsultationFilters(filters.FilterSet):
    status = status(Consultation.Status)
    case = ReferenceFilter(field_name="case__reference")
    jurisdiction = member("jurisdiction")
    due_after, due_before = after("due_at"), before("due_at")

    class Meta:
        model = Consultation
        fields: tuple[str, ...] = ()


class StopFilters(filters.FilterSet):
    case = ReferenceFilter(field_name="case__reference")
    opened_after, opened_before = after("opened_at"), before("opened_at")

    class Meta:
        model = ClockStop
        fields: tuple[str, ...] = ()


class InformationRequestFilters(filters.FilterSet):
    status = status(InformationRequest.Status)
    case = ReferenceFilter(field_name="case__reference")
    due_after, due_before = after("due_at"), before("due_at")

    class Meta:
        model = InformationRequest
        fields: tuple[str, ...] = ()


class DenialFilters(filters.FilterSet):
    status = status(Denial.Status)
    member = member("jurisdiction")
    destination = MemberFilter(
        field_name="destination", min_length=2, max_length=2, help_text=_("ISO 3166-1 alpha-2 code.")
    )
    control_code = filters.CharFilter(
        method="under", max_length=20, help_text=_("A code of the control list: denials under its heading.")
    )
    decided_after, decided_before = after("decided_at"), before("decided_at")

    class Meta:
        model = Denial
        fields: tuple[str, ...] = ()

    def under(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(control_codes__overlap=headings([value]))


class DenialImportFilters(filters.FilterSet):
    status = status(DenialImport.Status)

    class Meta:
        model = DenialImport
        fields: tuple[str, ...] = ()


class UndercutCheckFilters(filters.FilterSet):
    status = status(UndercutCheck.Status)
    case = ReferenceFilter(field_name="case__reference")
    denial = ReferenceFilter(field_name="denial__reference")
    member = member("jurisdiction")

    class Meta:
        model = UndercutCheck
        fields: tuple[str, ...] = ()


class LicenceFilters(filters.FilterSet):
    status = filters.MultipleChoiceFilter(
        help_text=_("As stored; `effective_status` in the answer also counts measures of crises."),
        **_one_of(Licence.Status.choices),
    )
    case = ReferenceFilter(field_name="case__reference")
    issued_by = member("issued_by")
    destination = filters.CharFilter(
        method="to", min_length=2, max_length=2, help_text=_("ISO 3166-1 alpha-2 code.")
    )
    valid_on = filters.DateFilter(method="on", help_text=_("A day of its period of validity."))
    issued_after, issued_before = after("issued_at"), before("issued_at")

    class Meta:
        model = Licence
        fields: tuple[str, ...] = ()

    def to(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(destinations__contains=[value.upper()])

    def on(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(valid_from__lte=value, valid_until__gte=value)


class ShipmentFilters(filters.FilterSet):
    status = status(Shipment.Status)
    licence = ReferenceFilter(field_name="licence__number")
    own_reference = text("own_reference", _("The holder's own reference, exactly."))
    destination = MemberFilter(
        field_name="destination", min_length=2, max_length=2, help_text=_("ISO 3166-1 alpha-2 code.")
    )
    declared_after, declared_before = after("declared_at"), before("declared_at")

    class Meta:
        model = Shipment
        fields: tuple[str, ...] = ()


class GuidanceFilters(filters.FilterSet):
    status = status(Guidance.Status)
    effect = choice("effect", Guidance.Effect.choices)

    class Meta:
        model = Guidance
        fields: tuple[str, ...] = ()


class CrisisFilters(filters.FilterSet):
    status = status(Declaration.Status)

    class Meta:
        model = Declaration
        fields: tuple[str, ...] = ()


class JointEffectFilters(filters.FilterSet):
    status = status(JointEffect.Status)
    crisis = ReferenceFilter(field_name="declaration__reference")

    class Meta:
        model = JointEffect
        fields: tuple[str, ...] = ()


class SituationReportFilters(filters.FilterSet):
    crisis = ReferenceFilter(field_name="declaration__reference", help_text=_("Reference of a declaration."))
    final = flag("by_end")

    class Meta:
        model = SituationReport
        fields: tuple[str, ...] = ()

    def by_end(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(final=value == "true")


class PrepositionFilters(filters.FilterSet):
    status = status(Preposition.Status)
    jurisdiction = member("authority__jurisdiction")

    class Meta:
        model = Preposition
        fields: tuple[str, ...] = ()


class WaiverFilters(filters.FilterSet):
    crisis = ReferenceFilter(field_name="declaration__reference")
    registration_number = text("holder__registration_number", _("In the register of its member."))
    member = member("holder__jurisdiction")

    class Meta:
        model = Waiver
        fields: tuple[str, ...] = ()


class TraderFilters(filters.FilterSet):
    status = status(TrustedTrader.Status)
    registration_number = text("organisation__registration_number", _("In the register of its member."))
    member = member("organisation__jurisdiction")

    class Meta:
        model = TrustedTrader
        fields: tuple[str, ...] = ()


class RegistrationFilters(filters.FilterSet):
    key = text("key", _("Of the authorisation."))
    member = member("organisation__jurisdiction")

    class Meta:
        model = Registration
        fields: tuple[str, ...] = ()


class ReservationFilters(filters.FilterSet):
    status = filters.MultipleChoiceFilter(
        method="by_state",
        help_text=_("As it stands now: past its time one has lapsed, whether or not a tick has come."),
        **_one_of(Reservation.Status.choices),
    )
    member = member("jurisdiction")
    office = text("office", _("Code of the customs office, exactly."))
    declaration = text("declaration", _("MRN or number of the declaration, exactly."))
    reserved_after, reserved_before = after("reserved_at"), before("reserved_at")

    class Meta:
        model = Reservation
        fields: tuple[str, ...] = ()

    def by_state(self, rows: Any, name: str, states: list[str]) -> Any:
        return rows.standing_as(states) if states else rows


class OfflineTokenFilters(filters.FilterSet):
    number = text("number", _("Of the token, exactly."))
    licence = text("reservation__licence__number", _("Number of the licence, exactly."))
    office = text("reservation__office", _("Code of the customs office, exactly."))

    class Meta:
        model = OfflineToken
        fields: tuple[str, ...] = ()


class OfflineUseFilters(filters.FilterSet):
    conflict = filters.MultipleChoiceFilter(
        field_name="conflict__status",
        help_text=_("How far the conflict of it is settled; may be given more than once."),
        **_one_of(OfflineConflict.Status.choices),
    )
    reason = choice("conflict__reason", OfflineConflict.Reason.choices)
    member = member("jurisdiction")
    licence = text("licence__number", _("Number of the licence, exactly."))
    token = text("token__number", _("Number of the token, exactly."))
    declaration = text("declaration", _("MRN or number of the declaration, exactly."))
    reported_after, reported_before = after("reported_at"), before("reported_at")

    class Meta:
        model = OfflineUse
        fields: tuple[str, ...] = ()


class CustomsFileFilters(filters.FilterSet):
    kind = choice("kind", CustomsFile.Kind.choices)
    sender = text("sender", _("The system that made it, exactly."))
    run_number = filters.NumberFilter(min_value=0, max_value=2_147_483_647)

    class Meta:
        model = CustomsFile
        fields: tuple[str, ...] = ()
