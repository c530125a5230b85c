"""Offices without a network: tokens taken beforehand, what is told of their use, and what no token covers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core import clock
from core.errors import Conflict, Forbidden, Invalid, NotCovered
from enforcement import selectors
from enforcement.models import OfflineConflict, OfflineToken, OfflineUse
from enforcement.services import drawdown, offline_tokens, reconciliation, uncovered
from enforcement.services.reconciliation import Told
from ledger.models import Event, FeedEntry
from licensing.credentials import offline, tokens
from licensing.models import Licence
from licensing.selectors.credentials import trusted_keys
from licensing.services import licences
from members.models import Membership, Role, User
from tests import factories, journeys
from tests.enforcement.conftest import WHY, customs
from tests.licensing.conftest import Desk

pytestmark = pytest.mark.usefixtures("in_force")
Reason = OfflineConflict.Reason


def token_of(actor: User, licence: Licence, quantity: int = 2, **changes: Any) -> OfflineToken:
    line = licence.lines.get()
    given = {
        "line": line.line,
        "quantity": Decimal(quantity),
        "unit": line.unit,
        "office": f"{actor.jurisdiction_code}004851",
        **changes,
    }
    return offline_tokens.take_token(actor=actor, licence=licence, **given)


def used(actor: User, token: str, quantity: Decimal | str | int = 1, **changes: Any) -> OfflineUse:
    given = {
        "token": token,
        "quantity": Decimal(quantity),
        "used_at": clock.now(),
        "declaration": f"26DE{OfflineUse.objects.count():014}",
        "office": f"{actor.jurisdiction_code}004851",
        **changes,
    }
    return reconciliation.report(actor=actor, told=Told(**given))


def why(use: OfflineUse) -> str:
    return str(use.conflict.reason) if hasattr(use, "conflict") else ""


def left(licence: Licence) -> Decimal:
    (one,) = selectors.left_of(licence)
    return one.left


def flipped(text: str) -> list[str]:
    """The text with one bit of each character changed, one after the other."""
    return [text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :] for at in range(len(text))]


def test_a_token_is_reserved_signed_by_the_issuer_and_says_what_it_covers(licence: Licence) -> None:
    token = token_of(customs("FR"), licence, office="fr004851", hours=6)
    assert left(licence) == licence.lines.get().quantity - 2
    assert (token.reservation.declaration, token.state) == (token.number, "open")
    judged = offline.check(token.text, trusted_keys(), clock.now(), "FR")
    assert judged.holds
    said = judged.claims
    assert (said["iss"].rpartition(":")[2], said["office"], said["quantity"]) == ("de", "FR004851", "2")
    assert said["holder"] == licence.holder.name
    assert said["exp"] - said["iat"] == 6 * 3600
    assert not any("value" in name.lower() or "price" in name.lower() for name in said)
    later = clock.now() + timedelta(hours=6, seconds=1)
    assert offline.check(token.text, trusted_keys(), later).code == "token_expired"
    assert offline.check(token.text, trusted_keys(), clock.now(), "DE").code == "token_elsewhere"
    wrong = {offline.check(text, trusted_keys(), clock.now()).holds for text in flipped(token.text)}
    assert wrong == {False}, "one flipped bit fails, wherever it is"
    for changes in ({"hours": 25}, {"hours": 0}, {"office": "DE004851"}, {"quantity": Decimal("0.5")}):
        with pytest.raises(Invalid):
            token_of(customs("FR"), licence, **changes)
    with pytest.raises(NotCovered):
        token_of(customs("FR"), licence, 1_000_000)
    with pytest.raises(Forbidden, match="customs"):
        token_of(factories.officer_of("FR", Role.DECIDER), licence)


def test_a_use_within_its_token_is_confirmed_once_and_the_rest_is_free(licence: Licence) -> None:
    guard, all_of_it = customs(), licence.lines.get().quantity
    token = token_of(guard, licence, 4)
    at = clock.now()
    with journeys.later(days=3):  # told days later, of an instant in its time
        use = used(guard, token.text, 3, used_at=at, declaration="26de1")
        assert (use.confirmed, why(use), left(licence)) == (3, "", all_of_it - 3)
        again = used(guard, token.text, "3.000", used_at=at, declaration=" 26DE1")
        assert (again.pk, OfflineUse.objects.count(), left(licence)) == (use.pk, 1, all_of_it - 3)
        other = used(guard, token.number, 1, used_at=at)
        assert (other.confirmed, why(other), left(licence)) == (0, Reason.USED_ALREADY, all_of_it - 3)
    assert token.reservation.lines.get().kind == "original"
    assert Event.objects.filter(type="licence.drawn").count() == 1
    disputed = FeedEntry.objects.filter(event__type="offline_use.disputed")
    assert {one.audience for one in disputed} == {"jurisdiction:DE"}, "the holder may be looked into"


def test_what_no_token_covers_is_a_conflict_and_takes_nothing(licence: Licence, desk: Desk) -> None:
    guard, french, all_of_it = customs(), customs("FR"), licence.lines.get().quantity
    number, line = licence.number, licence.lines.get()
    named = {"licence": number, "line": line.line, "unit": line.unit}
    back = token_of(guard, licence, 1)
    drawdown.release(actor=guard, reservation=back.reservation, reason=WHY)
    over, late, foreign, stopped = (token_of(guard, licence, 1) for _number in range(4))
    forged = over.text[:-2] + ("AA" if not over.text.endswith("AA") else "BB")
    assert why(used(guard, "", 1, **named)) == Reason.WITHOUT
    assert why(used(guard, "", 1, unit="KGM")) == Reason.WITHOUT, "without a licence either"
    assert why(used(guard, forged, 1, unit="NAR")) == Reason.FORGED
    assert why(used(guard, "OT-0000-0000", 1, unit="NAR")) == Reason.UNKNOWN
    assert why(used(guard, back.text)) == Reason.GIVEN_BACK
    assert why(used(french, foreign.text)) == Reason.FOREIGN
    assert why(used(guard, foreign.text, office="DE009999")) == Reason.FOREIGN
    assert why(used(guard, late.text, used_at=clock.now() - timedelta(days=1))) == Reason.OUT_OF_TIME
    with journeys.later(hours=25):
        assert why(used(guard, late.text)) == Reason.OUT_OF_TIME
    assert OfflineUse.objects.filter(confirmed__gt=0).count() == 0
    assert left(licence) == all_of_it - 4, "four tokens hold what they held"
    use = used(guard, over.text, 4)
    assert (use.confirmed, why(use), use.conflict.quantity) == (1, Reason.OVER_TOKEN, 3)
    assert left(licence) == all_of_it - 4
    licences.suspend(actor=desk.officer_of("DE", Role.DECIDER), licence=licence, reason=WHY)
    use = used(guard, stopped.text)
    assert (why(use), use.conflict.detail) == (Reason.STOPPED, "suspended")
    with journeys.later(days=11):
        assert why(used(guard, stopped.text, used_at=stopped.made_at)) == Reason.TOLD_LATE
    head = tokens.b64(b'{"alg":"none"}')
    for odd in (b'{"licence":"\\u0000"}', b'{"licence":"\\ud800"}', b'{"licence":{}}'):
        assert why(used(guard, f"{head}.{tokens.b64(odd)}.", unit="NAR")) == Reason.FORGED
    forged_one = OfflineConflict.objects.get(reason=Reason.FORGED, use__licence__isnull=False)
    assert forged_one.use.licence == licence, "its issuer has to know what it claims to be"


def test_what_cannot_be_read_is_refused_by_field_and_nothing_of_the_batch_is_taken_in(
    licence: Licence,
) -> None:
    guard, token = customs(), token_of(customs(), licence)
    good = Told(Decimal(1), clock.now(), "26DE1", "DE004851", token=token.text)
    for changes, field in (
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("0.0001")}, "quantity"),
        ({"used_at": clock.now() + timedelta(hours=1)}, "used_at"),
        ({"used_at": datetime(1, 1, 2, tzinfo=UTC)}, "used_at"),
        ({"office": "FR004851"}, "office"),
        ({"declaration": "?"}, "declaration"),
        ({"unit": "LTR"}, "unit"),
        ({"licence": "EL-0000-0000"}, "licence"),
        ({"token": "", "unit": "XXX"}, "unit"),
        ({"token": "OT-0000-0000", "unit": ""}, "unit"),
        ({"token": "x" * 5000}, "token"),
    ):
        wrong = Told(**{**good.__dict__, **changes})
        with pytest.raises(Invalid) as one:
            reconciliation.report(actor=guard, told=wrong)
        assert field in one.value.fields, changes
        with pytest.raises(Invalid) as many:
            reconciliation.report_all(actor=guard, told=[good, wrong])
        assert f"uses[1].{field}" in many.value.fields
    assert not OfflineUse.objects.exists()
    with pytest.raises(Forbidden):
        reconciliation.report(actor=factories.officer_of("DE", Role.DECIDER), told=good)
    rows = reconciliation.report_all(
        actor=guard, told=[Told(Decimal(1), clock.now(), "X-1", "DE004851", unit="NAR"), good]
    )
    assert [row.confirmed for row in rows] == [0, 1], "in the order in which they were told"


def test_late_usage_is_accepted_by_two_only_while_as_much_is_left(licence: Licence, desk: Desk) -> None:
    guard, other, all_of_it = customs(), customs(), licence.lines.get().quantity
    line = licence.lines.get()
    token = token_of(guard, licence, 2)
    with journeys.later(hours=30):
        conflict = used(guard, token.text, 3).conflict
        with pytest.raises(Forbidden, match="Nothing is proposed"):
            uncovered.settle(actor=other, conflict=conflict, reason=WHY)
        uncovered.propose(actor=guard, conflict=conflict, proposal="late", reason=WHY)
        with pytest.raises(Forbidden, match="another person"):
            uncovered.settle(actor=guard, conflict=conflict, reason=WHY)
        with pytest.raises(Forbidden, match="members concerned"):
            uncovered.settle(actor=customs("JP"), conflict=conflict, reason=WHY)
        rest = drawdown.reserve(
            actor=guard, licence=licence, line=line.line, quantity=all_of_it - 2, unit=line.unit,
            office="DE004851", declaration="26DE77",
        )  # fmt: skip
        with pytest.raises(NotCovered):
            uncovered.settle(actor=other, conflict=conflict, reason=WHY)
        assert left(licence) == 0, "nothing was drawn by halves"
        drawdown.release(actor=guard, reservation=rest, reason=WHY)
        uncovered.send_back(actor=other, conflict=conflict, reason=WHY)
        uncovered.propose(actor=other, conflict=conflict, proposal="late", reason=WHY)
        officer = desk.officer_of("DE", Role.LICENSING_OFFICER)
        conflict = uncovered.settle(actor=officer, conflict=conflict, reason=WHY)
        assert (conflict.status, left(licence)) == ("accepted", all_of_it - 3)
        assert token.reservation.lines.get().kind == "late"
        with pytest.raises(Forbidden, match="settled"):
            uncovered.refer(actor=guard, conflict=conflict, reason=WHY)


def test_a_conflict_is_referred_by_one_and_set_aside_by_two(licence: Licence) -> None:
    guard, other = customs(), customs()
    without = used(guard, "", 1, unit="NAR").conflict
    with pytest.raises(Conflict, match="Refer it"):
        uncovered.propose(actor=guard, conflict=without, proposal="late", reason=WHY)
    with pytest.raises(Invalid):
        uncovered.refer(actor=guard, conflict=without, reason="short")
    assert uncovered.refer(actor=guard, conflict=without, reason=WHY).status == "referred"
    doubled = used(guard, "OT-0000-0000", 1, unit="NAR").conflict
    uncovered.propose(actor=guard, conflict=doubled, proposal="error", reason=WHY)
    assert uncovered.settle(actor=other, conflict=doubled, reason=WHY).status == "dismissed"
    seen = [
        OfflineConflict.objects.visible_to(person).count()  # type: ignore[attr-defined]
        for person in (guard, customs("JP"), factories.exporter_of(licence.holder))
    ]
    assert seen == [2, 0, 0]


def test_nobody_of_the_exporter_tells_or_settles(licence: Licence) -> None:
    guard, token = customs(), token_of(customs(), licence)
    conflict = used(guard, "", 1, unit="NAR", licence=licence.number, line=1).conflict
    Membership.objects.create(user=guard, organisation=licence.holder, role=Membership.Role.EXPORTER)
    insider = User.objects.get(pk=guard.pk)
    with pytest.raises(Forbidden, match="exporter's organisation"):
        used(insider, token.text)
    with pytest.raises(Forbidden, match="exporter's organisation"):
        uncovered.refer(actor=insider, conflict=conflict, reason=WHY)


def test_the_database_lets_no_use_count_without_its_token(licence: Licence) -> None:
    guard, other = customs(), customs()
    token = token_of(guard, licence, 2)
    use = used(guard, "", 1, unit="NAR")
    mine = {name: getattr(use, name) for name in (
        "jurisdiction", "office", "quantity", "unit", "used_at", "declaration", "reported_by", "reported_at"
    )}  # fmt: skip
    proposed = uncovered.propose(actor=guard, conflict=use.conflict, proposal="error", reason=WHY)
    done = {"settled_by": guard, "settled_at": clock.now(), "settled_because": WHY}
    acts: dict[str, Callable[[], object]] = {
        "without token": lambda: OfflineUse.objects.create(**mine, confirmed=1, sha256="0" * 64),
        "not drawn": lambda: OfflineUse.objects.create(
            **mine, confirmed=1, token=token, licence=licence, sha256="1" * 64
        ),
        "changed": lambda: OfflineUse.objects.filter(pk=use.pk).update(confirmed=1),
        "told twice": lambda: OfflineUse.objects.create(**mine, sha256=use.sha256),
        "token longer": lambda: OfflineToken.objects.filter(pk=token.pk).update(valid_until=clock.now()),
        "one pair of eyes": lambda: raw_settled(proposed, **done),
        "less in conflict": lambda: OfflineConflict.objects.filter(pk=proposed.pk).update(quantity=2),
    }
    assert [name for name, act in acts.items() if not refused_by_database(act)] == []
    assert uncovered.settle(actor=other, conflict=proposed, reason=WHY).settled_by == other


def raw_settled(conflict: OfflineConflict, **done: Any) -> None:
    conflict.__dict__["status"] = "dismissed"
    for name, value in done.items():
        setattr(conflict, name, value)
    conflict.save()


def refused_by_database(act: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            act()
    except DatabaseError:
        return True
    return False
