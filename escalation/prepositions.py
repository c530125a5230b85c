"""Pre-positions read: what they say, on which facts they would open, and what a reader may know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance import cel
from alliance.crises import in_force
from alliance.facts import STAKES
from alliance.library import library
from core.errors import EntenteError, Invalid
from escalation import sealing
from escalation.models import Opening, Preposition
from escalation.policies import prepositions as policies
from licensing import conditions as condition_rules
from licensing.models import Assessment, Case, Position
from licensing.services import emergencies
from licensing.services.positions import mistakes
from members.models import User

FORMAT = "entente-preposition/1"
KINDS = (
    Position.Kind.NO_OBJECTION,
    Position.Kind.CONDITIONS,
    Position.Kind.OBJECT,
    Position.Kind.ABSTAIN,
)
TRIGGERS = {
    "consultation": gettext_lazy("Whenever we are asked"),
    "crisis": gettext_lazy("When we are asked while a certain crisis is declared"),
}
TRIED_MOST = 500  # cases a dry run looks at


@dataclass(frozen=True)
class Terms:
    """What a pre-position says. `crisis` is the key of the measure set that has to be declared, "" for any time."""

    trigger: str
    crisis: str
    expression: str
    position: Mapping[str, Any]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Terms:
        trigger = content["trigger"]
        return cls(trigger["event"], trigger.get("key", ""), content["expression"], content["position"])


def content_of(reference: str, authority: str, terms: Terms, valid_until: date) -> dict[str, Any]:
    """Return the content that is committed to; its canonical JSON is hashed."""
    event = {"event": terms.trigger} | ({"key": terms.crisis} if terms.trigger == "crisis" else {})
    return {
        "format": FORMAT,
        "reference": reference,
        "authority": authority,
        "trigger": event,
        "expression": terms.expression,
        "position": dict(terms.position),
        "valid_until": valid_until.isoformat(),
    }


def checked(
    *,
    trigger: str,
    crisis: str,
    expression: str,
    kind: str,
    binding: bool = False,
    reason_code: str = "",
    legal_basis: str = "",
    summary: str = "",
    conditions: list[Any] | None = None,
) -> Terms:
    """Return terms in their plain form; Invalid names every field at fault, as for a position taken by hand."""
    errors = mistakes(kind, reason_code, legal_basis, summary, conditions or [])
    if trigger not in TRIGGERS:
        errors["trigger"] = [_("One of: %(codes)s.") % {"codes": ", ".join(TRIGGERS)}]
    crisis = crisis.strip()
    if trigger == "crisis" and crisis not in {one.set.key for one in library()}:
        errors["crisis"] = [_("Name a measure set of the library, by its key.")]
    if kind not in KINDS:
        errors["kind"] = [_("One of: %(codes)s.") % {"codes": ", ".join(KINDS)}]
    if binding and kind != Position.Kind.OBJECT:
        errors["binding"] = [_("Only an objection can bind.")]
    try:
        cel.compile_check(expression, "lane")
    except Invalid as error:
        errors["expression"] = [error.detail]
    plain: list[condition_rules.Condition] = []
    try:
        plain = condition_rules.clean(conditions or [])
    except Invalid as error:
        errors |= error.fields
    for number, condition in enumerate(plain):
        if "line" in condition:
            errors[f"conditions[{number}].line"] = [
                _("What is said beforehand names no line of an application: choose another condition.")
            ]
    if errors:
        raise Invalid(_("This cannot be deposited yet."), fields=errors)
    said = {
        "kind": kind,
        "binding": binding,
        "reason_code": reason_code,
        "legal_basis": legal_basis.strip(),
        "summary": summary.strip(),
        "conditions": plain,
    }
    return Terms(trigger, crisis if trigger == "crisis" else "", expression.strip(), said)


def facts_of(case: Case) -> dict[str, Any] | None:
    """Return the published facts of the revision in hand with the members that have a stake; None while nobody has
    assessed it."""
    made = Assessment.objects.filter(case=case, revision=case.revision_id).order_by("-made_at").first()
    if made is None:
        return None
    stakes = sorted({stake.jurisdiction_id for stake in case.stakes.all()})
    return {**emergencies.facts_now(case, made), STAKES.name: stakes}


def is_declared(key: str) -> bool:
    """Whether a crisis with this measure set is in force."""
    return any(crisis.set.key == key for crisis in in_force())


@dataclass(frozen=True)
class Tried:
    """What an expression says of one case. `error` is why it says nothing."""

    case: Case
    true: bool
    error: str
    asked: bool  # whether the authority is consulted on it now


def dry_run(user: User, expression: str) -> list[Tried]:
    """Return what an expression says of each open case the officer may see, newest first; nothing is kept."""
    cases = Case.objects.visible_to(user).filter(status__in=Case.OPEN)  # type: ignore[attr-defined]
    cases = cases.select_related("application__organisation").prefetch_related("stakes", "consultations")
    rows = list(cases.order_by("-opened_at")[:TRIED_MOST])
    made: dict[int, Assessment] = {}
    found = Assessment.objects.filter(case__in=rows, revision__in=[case.revision_id for case in rows])
    for assessment in found.order_by("made_at"):
        made[assessment.case_id] = assessment
    tried = []
    for case in rows:
        if case.pk not in made:
            continue
        facts = {**made[case.pk].facts, STAKES.name: sorted({s.jurisdiction_id for s in case.stakes.all()})}
        try:
            true, error = bool(cel.evaluate(expression, facts, "lane")), ""
        except cel.CelError as problem:
            true, error = False, problem.detail
        asked = any(
            one.jurisdiction_id == user.jurisdiction_code
            and user.authority is not None
            and one.ministry == user.authority.ministry
            and one.status == one.Status.OPEN
            for one in case.consultations.all()
        )
        tried.append(Tried(case, true, error, asked))
    return tried


@dataclass(frozen=True)
class Opened:
    """A pre-position as far as the reader may know it: `content` and `salt` are None under the seal.

    `verifies`: whether they are what was committed to; None under the seal. `broken`: why the seal does not hold.
    """

    preposition: Preposition
    content: dict[str, Any] | None = None
    salt: str | None = None
    verifies: bool | None = None
    broken: str = ""

    @property
    def terms(self) -> Terms | None:
        return Terms.of(self.content) if self.content else None


def read(user: User, preposition: Preposition) -> Opened:
    """Open a pre-position for a reader who may read it; for everybody else it stays sealed."""
    if not policies.can_read(user, preposition):
        return Opened(preposition)
    try:
        content, salt = sealing.unseal(preposition.sealed, preposition.commitment)
    except EntenteError as error:
        return Opened(preposition, verifies=False, broken=error.detail)
    return Opened(
        preposition, content, salt.hex(), sealing.verifies(preposition.commitment, salt.hex(), content)
    )


def openings(user: User, preposition: Preposition) -> list[Opening]:
    """Return what came of a pre-position, as far as the officer may know it, newest first."""
    rows = Opening.objects.visible_to(user).filter(preposition=preposition)  # type: ignore[attr-defined]
    if not policies.can_read(user, preposition):
        return []
    return list(rows.select_related("consultation__case", "consultation__jurisdiction", "position"))


def opened_in(user: User, case: Case) -> dict[int, str]:
    """Return the reference of the pre-position that gave a position, by the position's key."""
    rows = Opening.objects.visible_to(user).filter(  # type: ignore[attr-defined]
        consultation__case=case, position__isnull=False
    )
    return dict(rows.values_list("position_id", "preposition__reference"))
