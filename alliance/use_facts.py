"""The facts that the eligibility rule of an authorisation may speak of: one use of it, as it is declared."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from alliance.facts import Fact

PURPOSES = {
    "sale": _("Sale"),
    "repair": _("Return after repair"),
    "replacement": _("Replacement of a defective item"),
    "exhibition": _("Exhibition or fair: the goods come back"),
    "intra_group": _("Transfer inside one group of companies"),
    "relief": _("Relief for people in need"),
    "other": _("Something else"),
}

FACTS: tuple[Fact, ...] = (
    Fact("member", "string", "Code of the member in which the exporter is established."),
    Fact(
        "control_codes", "list", "Control list codes of the items with their paragraphs, such as 5A001.b.2."
    ),
    Fact("product_groups", "list", "Product groups of the items: the second character of their codes."),
    Fact("reasons", "list", "Reasons for control of the items, such as NS."),
    Fact("chpl_tiers", "list", "Tiers of the common high priority list that the HS codes fall in."),
    Fact("critical_item", "bool", "An item is critical by the control list in force, or not on it at all."),
    Fact("destination", "string", "Code of the country in which the end-user receives the goods."),
    Fact("destination_groups", "list", "Country groups the destination belongs to, such as A:5."),
    Fact("embargoed", "bool", "A country of the use is under comprehensive embargo."),
    Fact("of_concern", "bool", "A country of the use is of concern by the country data in force."),
    Fact("military_end_user", "bool", "The end-user is military, security or intelligence."),
    Fact("purpose", "string", f"One of: {', '.join(PURPOSES)}."),
    Fact("total_value_minor", "int", "Value of the use in minor units of its currency."),
    Fact("currency", "string", "ISO 4217 code of the currency of the use."),
    Fact("crisis", "bool", "The authorisation was activated for a crisis whose measures are in force."),
)

BY_NAME: Mapping[str, Fact] = {fact.name: fact for fact in FACTS}
