"""May this export leave under that authorisation: a table of small rules that an exporter and an officer can read.

Every rule looks at the same bench; the docstring of each is what is read. A rule refuses, sends the use to an
officer where nothing can be said for certain, or has nothing against it. Pure but for the agreed data it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from alliance import cel, instruments
from alliance import selectors as alliance
from exemptions.bench import Asked, Bench, Bounds

Verdict = Literal["refused", "review"]
Next = Literal["apply", "register", "report", "wait", "correct", "officer"]


@dataclass(frozen=True)
class Finding:
    """What a rule has against a use. `private`: only officers read the reason."""

    rule: str
    verdict: Verdict
    reason: str
    next: Next
    private: bool = False


Said = tuple[Verdict, str, Next]
Rule = Callable[[Bench], Iterable[Said]]


def instrument_in_force(bench: Bench) -> Iterable[Said]:
    """The authorisation is in force and open to exporters of the member."""
    if bench.terms is None:
        yield "refused", _("This authorisation is no longer in force."), "apply"
    elif not bench.terms.open_to(bench.member):
        yield "refused", _("It is not open to exporters of your member."), "apply"


def registration_active(bench: Bench) -> Iterable[Said]:
    """The registration is active: its notice period is over, no report is missing, it has not ended."""
    if bench.status == "in_notice":
        yield (
            "refused",
            _("The notice period runs until %(at)s.") % {"at": bench.usable_from.isoformat()},
            "wait",
        )
    elif bench.status == "suspended":
        yield "refused", bench.why or _("The registration is suspended: a report was not filed."), "report"
    elif bench.status != "active":
        yield "refused", _("The registration has ended."), "register"


def exporter_not_barred(bench: Bench) -> Iterable[Said]:
    """The authority has not barred the exporter (Regulation (EU) 2021/821, Article 12(7))."""
    if bench.barred:
        yield (
            "refused",
            _("The authority has barred the exporter from this authorisation: %(why)s")
            % {"why": bench.barred},
            "apply",
        )


def granted_and_standing(bench: Bench) -> Iterable[Said]:
    """What was granted under a template holds: neither over, nor taken back, nor has its crisis ended."""
    if bench.terms is not None and bench.terms.granted and bench.bounds is None:
        yield "refused", _("Nothing has been granted under this template."), "apply"
    if bench.bounds is not None and bench.bounds.off:
        yield "refused", bench.bounds.off, "apply"


def items_covered(bench: Bench) -> Iterable[Said]:
    """Every item is covered; an item on a list that is not held here goes to an officer."""
    for code in bench.asked.codes:
        covered = instruments.covers_item(bench.terms, code) if bench.terms else False
        bounds = bench.bounds.control_codes if bench.bounds else ()
        if covered is False or (bounds and not instruments.code_under(code, bounds)):
            yield "refused", _("%(code)s is not covered.") % {"code": code}, "apply"
        elif covered is None and bench.terms:
            why = bench.terms.items.unnamed or _("It covers only part of this entry.")
            yield "review", _("%(code)s: %(why)s") % {"code": code, "why": why}, "officer"


def items_controlled(bench: Bench) -> Iterable[Said]:
    """Only what is on the control list needs an authorisation."""
    for code in bench.asked.codes:
        if alliance.not_controlled(code):
            reason = _("%(code)s is not controlled: leave it out, it needs no authorisation.") % {
                "code": code
            }
            yield "refused", reason, "correct"


def nothing_critical(bench: Bench) -> Iterable[Said]:
    """No item is critical by the control list in force, nor unknown to it: those are always decided by officers."""
    for code in bench.asked.codes:
        if not alliance.not_controlled(code) and alliance.critical([code]):
            reason = _("%(code)s is critical: it never leaves without a decision of its own.") % {
                "code": code
            }
            yield "refused", reason, "apply"


def destination_covered(bench: Bench) -> Iterable[Said]:
    """Whoever receives the goods is in a country that is covered; a list not held here goes to an officer."""
    receiving = sorted({p.country for p in bench.asked.parties if p.role in ("consignee", "end_user")})
    for country in receiving:
        covered = instruments.covers_destination(bench.terms, country) if bench.terms else False
        bounds = bench.bounds.destinations if bench.bounds else ()
        name = alliance.country_facts(country).name
        if covered is False or (bounds and country not in bounds):
            yield "refused", _("%(country)s is not covered.") % {"country": name}, "apply"
        elif covered is None and bench.terms:
            why = bench.terms.destinations.unnamed
            yield "review", _("%(country)s: %(why)s") % {"country": name, "why": why}, "officer"


def recipients_named(bench: Bench) -> Iterable[Said]:
    """Where recipients were named when it was granted, consignee and end-user are among them."""
    if bench.bounds is None:
        return
    named = {_plain(one) for one in bench.bounds.recipients}
    for party in bench.asked.parties:
        if party.role in ("consignee", "end_user") and _plain(party.name) not in named:
            yield (
                "refused",
                _("%(name)s is not among the recipients it names.") % {"name": party.name},
                "apply",
            )


def no_embargo(bench: Bench) -> Iterable[Said]:
    """No party is in a country under comprehensive embargo."""
    for country in bench.asked.countries:
        if alliance.country_facts(country).embargo:
            yield "refused", _("%(code)s is under comprehensive embargo.") % {"code": country}, "apply"


def no_catch_all(bench: Bench) -> Iterable[Said]:
    """Nobody has informed the exporter of, and the exporter does not know of, an end-use that needs a licence
    (Regulation (EU) 2021/821, Articles 4, 5, 9 and 10)."""
    if bench.asked.informed:
        yield "refused", _("You were informed, or know, of an end-use that needs a licence."), "apply"


def no_free_zone(bench: Bench) -> Iterable[Said]:
    """The goods do not go to a customs-free zone or free warehouse."""
    if bench.asked.free_zone:
        yield "refused", _("Goods for a customs-free zone or free warehouse need a licence."), "apply"


def statements_made(bench: Bench) -> Iterable[Said]:
    """Every statement the authorisation asks for was made."""
    for one in bench.terms.statements if bench.terms else ():
        if one.key not in bench.asked.statements:
            yield "refused", _("Not confirmed: %(sentence)s") % {"sentence": one.sentence}, "correct"


def consignee_signed(bench: Bench) -> Iterable[Said]:
    """Where the consignee has to sign before, the statement is there and not of a later day."""
    if bench.terms is None or not bench.terms.consignee_statement:
        return
    if not bench.asked.statement_by or bench.asked.statement_on is None:
        yield (
            "refused",
            _("The prior statement of the consignee is missing: who signed it, and when."),
            "correct",
        )
    elif bench.asked.statement_on > bench.today:
        yield "refused", _("The consignee signs before the goods leave, not after today."), "correct"


def eligible(bench: Bench) -> Iterable[Said]:
    """The rule of the authorisation is met; one that gives no answer sends the use to an officer."""
    if bench.terms is None:
        return
    try:
        met = cel.evaluate(bench.terms.eligibility, facts_of(bench), "use")
    except cel.CelError as error:
        yield "review", _("Its rule gave no answer: %(why)s") % {"why": error.detail}, "officer"
        return
    if met is not True:
        reason = _("Its rule is not met: %(sentence)s") % {"sentence": bench.terms.eligibility_sentence}
        yield "refused", reason, "apply"


def within_cap(bench: Bench) -> Iterable[Said]:
    """All of it fits under what is left of the cap."""
    if bench.bounds is None:
        return
    taken = amount(bench.asked, bench.bounds)
    if taken is None:
        yield (
            "refused",
            _("It is capped in %(unit)s, and a line is not.") % {"unit": bench.bounds.unit},
            "correct",
        )
    elif taken > bench.bounds.left:
        left = {
            "left": f"{max(bench.bounds.left, Decimal(0)):f}",
            "unit": bench.bounds.unit,
            "asked": f"{taken:f}",
        }
        yield "refused", _("%(left)s %(unit)s are left, and %(asked)s are asked for.") % left, "apply"


def nobody_listed(bench: Bench) -> Iterable[Said]:
    """No party is a listed one, by name, alias, number or owners: a hard stop, whatever else holds."""
    for sentence in bench.around.listed:
        yield "refused", sentence, "apply"


def nobody_resembles(bench: Bench) -> Iterable[Said]:
    """A party that resembles a listed one is looked at by an officer first."""
    for sentence in bench.around.resembling:
        yield "review", sentence, "officer"


def lists_fresh(bench: Bench) -> Iterable[Said]:
    """The lists that parties are held against are not older than they may be."""
    if bench.around.stale:
        yield (
            "review",
            _("A screening list is older than it may be: %(lists)s.")
            % {"lists": ", ".join(bench.around.stale)},
            "officer",
        )


def not_denied(bench: Bench) -> Iterable[Said]:
    """No member has denied an essentially identical transaction; whose denial it is, only officers learn."""
    for sentence in bench.around.denied:
        yield "review", sentence, "officer"


def no_measure(bench: Bench) -> Iterable[Said]:
    """No measure of a crisis stops this trade."""
    for sentence in bench.around.measures:
        yield "refused", sentence, "apply"


RULES: tuple[Rule, ...] = (
    instrument_in_force,
    registration_active,
    exporter_not_barred,
    granted_and_standing,
    items_controlled,
    items_covered,
    nothing_critical,
    destination_covered,
    recipients_named,
    no_embargo,
    no_catch_all,
    no_free_zone,
    no_measure,
    nobody_listed,
    statements_made,
    consignee_signed,
    eligible,
    within_cap,
    nobody_resembles,
    lists_fresh,
    not_denied,
)
#: What rests on who is listed or was denied: the exporter is told that an officer looks, not at what.
PRIVATE = frozenset({nobody_resembles, lists_fresh, not_denied})


def judge(bench: Bench) -> list[Finding]:
    """Return everything the rules have against a use, in the order of the rules; an empty list: it may leave."""
    return [
        Finding(rule.__name__, verdict, reason, then, private=rule in PRIVATE)
        for rule in RULES
        for verdict, reason, then in rule(bench)
    ]


def amount(asked: Asked, bounds: Bounds) -> Decimal | None:
    """Return what a use takes of a cap, in the cap's unit; None where a line is not counted in it."""
    if bounds.cap_of == "value":
        return asked.value if asked.currency == bounds.unit else None
    if any(line.unit != bounds.unit for line in asked.lines):
        return None
    return sum((line.quantity for line in asked.lines), Decimal(0))


def facts_of(bench: Bench) -> dict[str, object]:
    """Return the published facts of a use (`alliance.use_facts`)."""
    asked, codes = bench.asked, bench.asked.codes
    about = [alliance.country_facts(code) for code in asked.countries]
    entries = [entry for code in codes if (entry := alliance.control_entry(code))]
    return {
        "member": bench.member,
        "control_codes": sorted(set(codes)),
        "product_groups": sorted({code[1:2] for code in codes if len(code) > 1}),
        "reasons": sorted({reason for entry in entries for reason in entry.reason_codes}),
        "chpl_tiers": sorted({tier for line in asked.lines if (tier := alliance.chpl_tier(line.hs_code))}),
        "critical_item": alliance.critical(codes),
        "destination": asked.destination,
        "destination_groups": sorted(alliance.country_facts(asked.destination).groups),
        "embargoed": any(one.embargo for one in about),
        "of_concern": any(one.of_concern for one in about),
        "military_end_user": asked.military_end_user,
        "purpose": asked.purpose,
        "total_value_minor": int(asked.value * 100),
        "currency": asked.currency,
        "crisis": bool(bench.bounds and bench.bounds.crisis),
    }


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
