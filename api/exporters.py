"""Exporters as officers' systems name them: by the number that the register of their member gave them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.errors import Invalid
from members.models import Organisation, User
from members.models.organisations import as_registered

MOST = 50


def number_field() -> serializers.CharField:
    return serializers.CharField(
        max_length=MOST, help_text="the exporter's number in the register of its member, such as HRB 4711"
    )


def named(person: User, number: str, *, vetted: bool = False) -> Organisation:
    """Return the exporter of that number in the register of the person's own member; Invalid at `exporter` if none.

    Another member may have given the same number to another firm, which an auditor sees as well.
    """
    rows = Organisation.objects.visible_to(person).filter(  # type: ignore[attr-defined]
        jurisdiction=person.jurisdiction_code, registration_number=as_registered(number)
    )
    if vetted:
        rows = rows.filter(status=Organisation.Status.VETTED)
    found: Organisation | None = rows.first()
    if found is None:
        raise Invalid.field(
            "exporter",
            _("No vetted exporter you may see has this number.")
            if vetted
            else _("No exporter you may see has this number."),
        )
    return found


def at_exporter(error: Invalid) -> Invalid:
    """The same, with what a service says of a `holder` or `provider` at the field that names it here."""
    fields = {
        "exporter" if name in ("holder", "provider") else name: told for name, told in error.fields.items()
    }
    return Invalid(error.detail, fields=fields)
