"""Acts of members that match denials blind: agreeing on a key they hold themselves, handing in, asking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audience as audiences
from core import clock
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from correspondence import services as correspondence
from intelligence import blind, policies
from intelligence.models import BlindFingerprint, BlindMatch, BlindPair, BlindQuery
from ledger import services as ledger
from ledger.models import Event
from members.models import Jurisdiction, Role, User

#: Questions of one member to another in a day: who holds the key could try names, and this bounds how many.
MOST_A_DAY = 50
DAY = timedelta(days=1)
Status = BlindPair.Status


@transaction.atomic
def propose(*, actor: User, member: str, key_id: str) -> BlindPair:
    """Propose a pair to another member, as a decider; the key went to the other on a way of their own."""
    require(policies.can_pair, actor)
    assert actor.authority is not None
    own_code, code = actor.authority.jurisdiction_id, member.strip().upper()
    both = {
        one.code: one
        for one in Jurisdiction.objects.select_for_update().filter(code__in=[own_code, code]).order_by("pk")
    }
    own, other = both[own_code], both.get(code)
    if other is None or other == own:
        raise Invalid.field("member", _("Choose another member of the alliance."))
    if BlindPair.objects.exclude(status=Status.ENDED).filter(_of(own.code, other.code)).exists():
        raise Conflict(_("Your members have a pair already; end it to begin anew with another key."))
    pair = BlindPair.objects.create(
        first=own,
        second=other,
        key_id=_key_id(key_id),
        proposed_by=actor,
        proposed_at=clock.now(),
    )
    event = _record("blind_pair.proposed", actor, pair)
    _tell(event, pair, other.code, _("%(member)s proposes to match denials blind") % {"member": own.name})
    return pair


def _of(one: str, other: str) -> Q:
    return Q(first=one, second=other) | Q(first=other, second=one)


def _key_id(text: str) -> str:
    found = text.strip().lower()
    if len(found) != 16 or any(letter not in "0123456789abcdef" for letter in found):
        raise Invalid.field("key_id", _("Give the 16 hexadecimal digits that the key says of itself."))
    return found


def _locked(pair: BlindPair) -> BlindPair:
    rows = BlindPair.objects.select_for_update(of=("self",)).select_related("first", "second")
    return rows.get(pk=pair.pk)


@transaction.atomic
def agree(*, actor: User, pair: BlindPair, key_id: str) -> BlindPair:
    """Agree to a pair for the other member, with the same key: Invalid where the keys say different things."""
    pair = _locked(pair)
    require(policies.can_agree_to_pair, actor, pair)
    if _key_id(key_id) != pair.key_id:
        raise Invalid.field(
            "key_id", _("That is another key than the one %(member)s has.") % {"member": pair.first.name}
        )
    pair.agree()
    pair.agreed_by, pair.agreed_at = actor, clock.now()
    pair.save()
    _record("blind_pair.agreed", actor, pair)
    return pair


@transaction.atomic
def end(*, actor: User, pair: BlindPair) -> BlindPair:
    """End a pair as a decider of either member, at once: its fingerprints are deleted."""
    pair = _locked(pair)
    require(policies.can_end_pair, actor, pair)
    pair.end()
    pair.ended_at = clock.now()
    pair.save()
    pair.fingerprints.all().delete()
    _record("blind_pair.ended", actor, pair)
    return pair


@transaction.atomic
def hand_in(*, actor: User, pair: BlindPair, fingerprints: Sequence[str]) -> int:
    """Hand in the fingerprints of the own member's denials in place of those before; return how many."""
    pair = _locked(pair)
    require(policies.can_match_blind, actor, pair)
    values = blind.checked(fingerprints, blind.DENIALS_SIZES)
    code = str(actor.jurisdiction_code)
    BlindFingerprint.objects.filter(pair=pair, denier=code).delete()
    BlindFingerprint.objects.bulk_create(
        BlindFingerprint(pair=pair, denier_id=code, position=place, value=value)
        for place, value in enumerate(values, 1)
    )
    _record("blind.handed_in", actor, pair, member=code, count=len(values))
    return len(values)


@transaction.atomic
def ask(*, actor: User, pair: BlindPair, fingerprints: Sequence[str]) -> BlindQuery:
    """Ask whether one of the fingerprints is one of the other member's; a match is told to both and to nobody else.

    The fingerprints of the question are not kept. Conflict after as many questions in a day as one may put.
    """
    pair = _locked(pair)
    require(policies.can_match_blind, actor, pair)
    values = blind.checked(fingerprints, (blind.QUERY_SIZE,))
    code, now = str(actor.jurisdiction_code), clock.now()
    if pair.queries.filter(asker=code, asked_at__gt=now - DAY).count() >= MOST_A_DAY:
        raise Conflict(
            _("Your member has asked %(most)d times within a day; ask later.") % {"most": MOST_A_DAY}
        )
    query = BlindQuery.objects.create(pair=pair, asker_id=code, asked_by=actor, asked_at=now)
    places = {value: place for place, value in enumerate(values, 1)}
    met = BlindFingerprint.objects.filter(pair=pair, denier=pair.other(code), value__in=values)
    matches = BlindMatch.objects.bulk_create(
        BlindMatch(query=query, asked_position=places[one.value], denied_position=one.position) for one in met
    )
    event = _record("blind.asked", actor, pair, query=str(query.uid), asker=code, matches=len(matches))
    if matches:
        for member in (pair.first_id, pair.second_id):
            _tell(event, pair, member, _("A blind match between %(pair)s") % {"pair": pair})
    return query


def _tell(event: Event, pair: BlindPair, member: str, subject: str) -> None:
    people = User.objects.in_roles(Role.DECIDER, Role.LICENSING_OFFICER).filter(
        authority__jurisdiction=member
    )
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=subject,
        text=_("Only your two members know of it. What was meant you find with your own legend."),
        path=f"/workbench/blind/{pair.uid}/",
    )


def _record(type_: str, actor: User, pair: BlindPair, **facts: object) -> Event:
    return ledger.record(
        type_,
        actor=actor,
        subject=pair,
        aggregate=ref(pair),
        audience=Audience.of(*map(audiences.jurisdiction, (pair.first_id, pair.second_id))),
        facts={"key_id": pair.key_id, **facts},
    )
