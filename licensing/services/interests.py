"""Two keys where a humanitarian and a security interest meet, and rulings on humanitarian grounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.interests import Meeting
from core import clock
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from ledger import services as ledger
from licensing.models import Assessment, Case, GroundRuling, Key, TwoKeys
from licensing.policies import interests as policies
from licensing.services import assessments, cases
from licensing.services.locks import due_first, locked
from licensing.services.superseding import overtake
from members.models import User

REQUIREMENT = "two_keys"  # kind of requirement; the database holds a grant against the keys themselves


def state(two_keys: TwoKeys) -> set[str]:
    """Return the interests signed for now."""
    return set(two_keys.keys.filter(taken_back_at__isnull=True).values_list("interest", flat=True))


@transaction.atomic(savepoint=False)
def consider(*, case: Case, aid: bool, because: Sequence[Meeting]) -> None:
    """Let adjudicators read a case of theirs, and ask for two keys of its revision in hand, or for none any more.

    The caller holds the case's lock. Keys are of one revision: another one is signed anew.
    """
    if aid and not case.aid:
        case.aid = True
        case.save(update_fields=["aid"])
        cases.widen(case=case)
    for old in TwoKeys.objects.filter(case=case, ended_at__isnull=True).exclude(revision=case.revision_id):
        _end(case, old, _("the application was revised"))
    known = TwoKeys.objects.filter(revision=case.revision_id).first()
    if because:
        told = [asdict(one) for one in because]
        if known is not None and known.ended_at is None and known.because == told:
            return
        two_keys, fresh = TwoKeys.objects.update_or_create(
            revision=case.revision, defaults={"case": case, "because": told, "ended_at": None}
        )
        if fresh or (known and known.ended_at is not None):
            _require(case, two_keys)
            _record("keys.asked", None, case, two_keys, because=[one.sentence for one in because])
    elif known is not None and known.ended_at is None:
        _end(case, known, _("both interests meet no more"))


def _require(case: Case, two_keys: TwoKeys) -> None:
    missing = sorted({one.value for one in Key.Interest} - state(two_keys))
    if not missing:
        cases.satisfy(case=case, kind=REQUIREMENT, source_ref=ref(two_keys), by="two keys")
        return
    cases.require_for_decision(
        case=case,
        kind=REQUIREMENT,
        source_ref=ref(two_keys),
        sentence=_("A humanitarian and a security interest meet: a grant waits for the key of %(who)s.")
        % {"who": _(" and of ").join(str(WHO[name]()) for name in missing)},
    )


WHO = {
    "humanitarian": lambda: _("a humanitarian adjudicator"),
    "security": lambda: _("an adviser of the defence or intelligence ministry"),
}


def _end(case: Case, two_keys: TwoKeys, why: str) -> None:
    _record("keys.ended", None, case, two_keys, because=[why])  # first: the database ends none untold
    two_keys.ended_at = clock.now()
    two_keys.save(update_fields=["ended_at"])
    cases.satisfy(case=case, kind=REQUIREMENT, source_ref=ref(two_keys), by=why)


@due_first("two_keys")
@transaction.atomic
def sign(*, actor: User, two_keys: TwoKeys, interest: str, reasons: str) -> Key:
    """Sign for one interest that the revision in hand may be granted, with what was weighed; in person."""
    case, two_keys = _fetch(two_keys)
    if interest not in Key.Interest.values:
        raise Invalid.field("interest", _("Choose the interest you sign for."))
    require(policies.can_sign, actor, two_keys, interest)
    reasons = reasons.strip()
    if not 20 <= len(reasons) <= 4000:
        raise Invalid.field("reasons", _("Say what you weighed in 20 to 4,000 characters."))
    assert actor.authority is not None  # whoever may sign has one
    key = Key.objects.create(
        two_keys=two_keys, interest=interest, reasons=reasons, signed_by=actor, authority=actor.authority
    )
    _require(case, two_keys)
    _record("key.signed", actor, case, two_keys, interest=interest, authority=str(actor.authority))
    return key


@transaction.atomic
def take_back(*, actor: User, key: Key) -> Key:
    """Take one's own key back: a grant waits for it again, and a decision proposed meanwhile is overtaken."""
    case, two_keys = _fetch(key.two_keys)
    key = Key.objects.select_for_update(of=("self",)).get(pk=key.pk)
    key.two_keys = two_keys
    require(policies.can_take_back, actor, key)
    key.taken_back_at = clock.now()
    key.save(update_fields=["taken_back_at"])
    _require(case, two_keys)
    overtake(case=case, why=_("A key was taken back."))
    _record("key.taken_back", actor, case, two_keys, interest=key.interest, authority=str(key.authority))
    return key


def _fetch(two_keys: TwoKeys) -> tuple[Case, TwoKeys]:
    case = locked(two_keys.case_id)
    found = TwoKeys.objects.get(pk=two_keys.pk)
    found.case = case
    return case, found


def _record(type: str, actor: User | None, case: Case, two_keys: TwoKeys, **facts: Any) -> None:
    from core.actors import PROCESS

    ledger.record(
        type,
        actor=actor or PROCESS,
        subject=two_keys,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={"revision": case.revision.number, **facts},
    )


# Rulings on a ground -------------------------------------------------------------------------------------


@due_first("case")
@transaction.atomic
def rule_on_ground(*, actor: User, case: Case, accept: bool, reasons: str, legal_basis: str) -> GroundRuling:
    """Accept a humanitarian ground that no rule of the table decided, or not, with words that the exporter reads.

    Accepted, the criteria move the case into the humanitarian lane unless something else stands against that; not
    accepted, it goes its ordinary way. What waiting costs is judged anew. No ruling lifts a hard stop.
    """
    case = locked(case.pk)
    require(policies.can_rule, actor, case)
    errors = {}
    if not 20 <= len(reasons.strip()) <= 2000:
        errors["reasons"] = [_("Tell the exporter why in 20 to 2,000 characters.")]
    if not 5 <= len(legal_basis.strip()) <= 300:
        errors["legal_basis"] = [_("Name the rule the ruling rests on, in 5 to 300 characters.")]
    if errors:
        raise Invalid(_("This is not yet a ruling."), fields=errors)
    assessment = Assessment.objects.filter(case=case, revision=case.revision_id).first()
    if assessment is None:
        raise Conflict(_("The revision in hand has not been assessed."))
    ruling = GroundRuling.objects.create(
        case=case,
        revision=case.revision,
        outcome=GroundRuling.Outcome.ACCEPTED if accept else GroundRuling.Outcome.REFUSED,
        reasons=reasons.strip(),
        legal_basis=legal_basis.strip(),
        ruled_by=actor,
    )
    assessments.judge_harm(case, assessment, ruling.outcome)
    ledger.record(
        "ground.accepted" if accept else "ground.refused",
        actor=actor,
        subject=ruling,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts={
            "revision": case.revision.number,
            "lane": case.lane,
            "reasons": ruling.reasons,
            "legal_basis": ruling.legal_basis,
        },
    )
    return ruling
