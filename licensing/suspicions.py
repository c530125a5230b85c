"""What makes an order suspicious, and whether who placed it is the end-user or consignee of a case. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intelligence.identical import Named, Ruler

#: Red flags that a seller can see, by the number they have with us. Source: 15 CFR part 732 Supplement No. 3, and
#: the joint notices on payments and routes that followed it.
RED_FLAGS: dict[str, str | Promise] = {
    "RF02": gettext_lazy("The customer or its agent will not say what the goods are for"),
    "RF03": gettext_lazy("The goods do not fit the customer's line of business"),
    "RF04": gettext_lazy("The goods do not fit the technical level of the destination"),
    "RF05": gettext_lazy("Cash is offered where financing is normal"),
    "RF06": gettext_lazy("The customer has little or no business background"),
    "RF07": gettext_lazy("The customer does not know how the goods perform and still wants them"),
    "RF08": gettext_lazy("Installation, training or maintenance is declined"),
    "RF09": gettext_lazy("Delivery dates are vague, or the destination is out of the way"),
    "RF10": gettext_lazy("A freight forwarder is named as the final destination"),
    "RF11": gettext_lazy("The route is unusual for the goods and the destination"),
    "RF12": gettext_lazy("The packaging does not fit the way of shipping or the destination"),
    "RF13": gettext_lazy("The customer is evasive on whether the goods stay, leave or are sold on"),
    "RF-ADDR": gettext_lazy("The address is a residence or shared with others of concern"),
    "RF-PAY3": gettext_lazy("Somebody pays who is no party to the order"),
    "RF-LASTMIN": gettext_lazy("Route or payer changed at the last minute"),
    "RF-OVERPAY": gettext_lazy("The customer offers more than the goods are worth"),
}


def resemblance(party: Named, receivers: Iterable[Named], ruler: Ruler) -> str:
    """Return in a sentence why a party is taken for a receiver of a case; "" where it is for none.

    One number in common is enough. Without one the country has to be the same and the name at least near.
    """
    best: tuple[float, Named] | None = None
    for receiver in receivers:
        if party.numbers & receiver.numbers:
            return _("The same number: %(one)s and %(other)s.") % {"one": receiver.name, "other": party.name}
        if party.country == receiver.country:
            likeness = ruler.alike(party.name, receiver.name)
            if best is None or likeness > best[0]:
                best = (likeness, receiver)
    if best is None or best[0] < ruler.near:
        return ""
    told = {"one": best[1].name, "other": party.name}
    if best[0] >= ruler.same:
        return _("The same name and country: %(one)s and %(other)s.") % told
    return _("%(one)s resembles %(other)s, of the same country.") % told
