"""Names of listed parties for officers who do not read their script, and how alike they are."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workbench import comparison

register = template.Library()


@register.filter
def reads(name: str) -> SafeString | str:
    """How a name in another script reads in Latin letters, in brackets; nothing for one in Latin letters."""
    reading = comparison.reading(name)
    return in_brackets(reading) if reading else ""


@register.filter
def in_brackets(reading: str) -> SafeString:
    """A reading, set apart from what it is the reading of."""
    text = _("reads: %(reading)s") % {"reading": reading}
    return format_html('<span class="govuk-body-s" dir="ltr">({})</span>', text)


@register.filter
def alike(score: Decimal | float) -> str:
    """A likeness from 0 to 1 in percent."""
    return f"{comparison.percent(score)} %"
