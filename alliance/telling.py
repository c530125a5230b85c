"""What happens at a tier, in sentences: who says what, for how long, and what silence means."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliance.charters import Quorum, SeatKind, Silence, Tier, Window
from alliance.exploring import Witness, seats_of
from alliance.settling import Say

MOST_NAMED = 3


def span(window: Window) -> str:
    """Return a length of time in words: "48 hours", "10 working days"."""
    forms = {
        "seconds": ngettext("%(n)d second", "%(n)d seconds", window.amount),
        "hours": ngettext("%(n)d hour", "%(n)d hours", window.amount),
        "calendar_days": ngettext("%(n)d day", "%(n)d days", window.amount),
        "working_days": ngettext("%(n)d working day", "%(n)d working days", window.amount),
        "months": ngettext("%(n)d month", "%(n)d months", window.amount),
    }
    return forms[window.unit] % {"n": window.amount}


def interval(seconds: int) -> str:
    """Return seconds in the unit that reads best."""
    if seconds < 3600:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    if seconds % 86_400 and seconds < 10 * 86_400:
        return _("%(n)g hours") % {"n": round(seconds / 3600, 1)}
    return _("%(n)g days") % {"n": round(seconds / 86_400, 1)}


def heading(tier: Tier, member: str, ministry: str) -> str:
    """Name one seat of a tier."""
    name = _ministry(ministry)
    match tier.seats.kind:
        case SeatKind.CRISIS_UNIT:
            return _("the %(ministry)s seat of the crisis unit") % {"ministry": name}
        case SeatKind.LEAD:
            return _("the %(ministry)s ministry of the lead") % {"ministry": name}
        case SeatKind.MEMBERS:
            return _("the %(ministry)s ministry of %(member)s") % {"ministry": name, "member": member}
        case SeatKind.STAKES:
            if not member:
                return _("the %(ministry)s ministry of a member with a stake") % {"ministry": name}
            return _("the %(ministry)s ministry of member %(member)d with a stake") % {
                "ministry": name,
                "member": int(member),
            }


def said(tier: Tier, witness: Witness) -> str:
    """Return one sentence on what the seats of a tier say: "Tier 1, Crisis unit: … says nothing for 24 hours."."""
    seats = seats_of(tier, len(witness.said))
    groups: dict[Say, list[str]] = {}
    for (member, ministry), say in zip(seats, witness.said, strict=True):
        groups.setdefault(say, []).append(heading(tier, member, ministry))
    parts = []
    for say, names in groups.items():
        who = ngettext("%(count)d seat", "%(count)d seats", len(names)) % {"count": len(names)}
        if len(names) <= MOST_NAMED:
            who = _(" and ").join(names)
        parts.append(_verb(say, len(names), span(tier.window)) % {"who": who})
    where = _("Tier %(number)d, %(name)s") % {"number": tier.number, "name": tier.name}
    told = f"{where}: {'; '.join(parts) or _('nobody is asked')}."
    if witness.quorate or tier.quorum is None:
        return told
    return _("%(told)s The quorum is missing (%(quorum)s): nothing is decided.") % {
        "told": told,
        "quorum": quorum(tier.quorum),
    }


def quorum(asked: Quorum) -> str:
    """Return in words who has to have answered: "trade, defence and intelligence, 2 members"."""
    names = [_ministry(name) for name in asked.ministries]
    listed = _(" and ").join(one for one in (", ".join(names[:-1]), *names[-1:]) if one)
    many = ngettext("%(n)d member", "%(n)d members", asked.members) % {"n": asked.members}
    return ", ".join([*([listed] if listed else []), *([many] if asked.members else [])])


def _ministry(name: str) -> str:
    return {
        "trade": _("trade"),
        "defence": _("defence"),
        "intelligence": _("intelligence"),
        "customs": _("customs"),
    }[name]


def _verb(say: Say, number: int, window: str) -> str:
    verbs = {
        Say.FAVOUR: ngettext("%(who)s approves", "%(who)s approve", number),
        Say.AGAINST: ngettext("%(who)s objects", "%(who)s object", number),
        Say.ABSTAIN: ngettext("%(who)s abstains", "%(who)s abstain", number),
        Say.RECUSE: ngettext("%(who)s is recused", "%(who)s are recused", number),
        Say.PENDING: ngettext("%(who)s may still answer", "%(who)s may still answer", number),
        Say.SILENT: ngettext("%(who)s says nothing for ", "%(who)s say nothing for ", number) + window,
    }
    return verbs[say]


def worded(silence: Silence) -> str:
    """Return what silence counts as where it counts in favour."""
    if silence is Silence.PROVISIONAL_GRANT:
        return _("Silence grants a share provisionally, unless something bars it.")
    if silence is Silence.RELEASE:
        return _("Silence releases the goods.")
    if silence is Silence.NOT_IDENTICAL:
        return _("Silence counts as “not identical”.")
    if silence in (Silence.DECISION_STANDS, Silence.BECOMES_FINAL):
        return _("On silence the earlier decision stands.")
    return _("Silence counts as no objection.")
