"""What the page of an exercise says in words: what a question is about, and which paths were rehearsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from alliance import selectors as alliance
from escalation.asking import Asked
from escalation.exercises.figures import ANSWERED
from pages.geography import country_name


def facts_of(asked: Asked | None) -> list[tuple[str, str]]:
    """Return what an answer to a question has to know: nothing of a situation, whose text says all."""
    if asked is None or not asked.about:
        return []
    one = asked.about
    return [
        (_("Item"), f"{one['item']}, {one['quantity']}"),
        (_("Buyer"), f"{one['buyer']}, {country_name(one['country'])}"),
        (_("Military end-user"), _("Yes") if one["military"] else _("No")),
        (_("Lead"), one["lead"]),
        (_("Tier"), str(one["tier"])),
        (_("An objection"), _("binds") if one["binding"] else _("is advisory")),
    ]


def path_titles(paths: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Return what was rehearsed in words: tiers by their way through, deputies and members by name."""
    titles = {charter.key: charter for charter in alliance.all_charters()}
    found = []
    for path in paths:
        kind, _colon, rest = path.partition(":")
        if kind == "member":
            found.append(_("%(member)s took part") % {"member": names.get(rest, rest)})
        elif kind == "deputies":
            found.append(_("A deputy of %(member)s stood in") % {"member": names.get(rest, rest)})
        elif kind == "charter":
            charter = titles.get(rest)
            found.append(charter.title if charter else rest)
        elif path.count(":") == 3:
            key, number, way = rest.split(":")
            charter = titles.get(key)
            title = charter.title if charter else key
            words = _("all answered") if way == ANSWERED else _("somebody was silent")
            found.append(
                _("%(charter)s, tier %(number)s: %(way)s")
                % {"charter": title, "number": number, "way": words}
            )
    return found
