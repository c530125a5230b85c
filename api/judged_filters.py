"""Filters of what officers judge: uses, granted authorisations, bars, checks and deliveries; see `api.filters`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from api.filters import ReferenceFilter, after, before, flag, member, status, text
from enforcement.models import DeliveryVerification, PreShipmentCheck
from exemptions.models import Authorisation, Bar, Use

REGISTERED = _("In the register of its member.")


class UseFilters(filters.FilterSet):
    status = status(Use.Status)
    key = text("registration__key", _("Of the authorisation."))
    registration = ReferenceFilter(field_name="registration__reference")
    registration_number = text("registration__organisation__registration_number", REGISTERED)
    member = member("registration__organisation__jurisdiction")
    declared_after, declared_before = after("declared_at"), before("declared_at")

    class Meta:
        model = Use
        fields: tuple[str, ...] = ()


class GrantedFilters(filters.FilterSet):
    status = status(Authorisation.Status, method="by_state")
    key = text("instrument__key", _("Of the template."))
    crisis = ReferenceFilter(field_name="declaration__reference")
    registration_number = text("holder__registration_number", REGISTERED)
    member = member("holder__jurisdiction")

    class Meta:
        model = Authorisation
        fields: tuple[str, ...] = ()

    def by_state(self, rows: Any, name: str, states: list[str]) -> Any:
        return rows.standing_as(states) if states else rows


class BarFilters(filters.FilterSet):
    standing = flag("by_standing", _("true: not lifted; false: lifted."))
    registration_number = text("organisation__registration_number", REGISTERED)
    member = member("organisation__jurisdiction")

    class Meta:
        model = Bar
        fields: tuple[str, ...] = ()

    def by_standing(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(lifted_at__isnull=value == "true")


class CheckFilters(filters.FilterSet):
    status = status(PreShipmentCheck.Status)
    licence = ReferenceFilter(field_name="licence__number")

    class Meta:
        model = PreShipmentCheck
        fields: tuple[str, ...] = ()


class ConfirmationFilters(filters.FilterSet):
    status = status(DeliveryVerification.Status)
    shipment = ReferenceFilter(field_name="shipment__reference")
    licence = ReferenceFilter(field_name="shipment__licence__number")
    member = member("shipment__licence__issued_by")

    class Meta:
        model = DeliveryVerification
        fields: tuple[str, ...] = ()
