"""Gateways of several members draw of one licence at once, online and by tokens: never more than there is."""

from __future__ import annotations

import random
import threading
from decimal import Decimal

import pytest
from django.db import connection

from core import clock
from core.errors import EntenteError
from enforcement import selectors
from enforcement.models import OfflineConflict, OfflineToken, OfflineUse, Reservation
from enforcement.services import drawdown, offline_tokens, reconciliation, uncovered
from enforcement.services.reconciliation import Told
from licensing.models import Licence
from members.models import User
from tests.enforcement.conftest import WHY, customs, licence
from tests.examples import TIMES, examples
from tests.licensing.conftest import answered, desk

__all__ = ["answered", "desk", "licence"]
GATEWAYS, ACTS = 4, 8


class Gateway(threading.Thread):
    """Customs at one place, who reserve, confirm, give back, set right and cancel in an order of their own."""

    def __init__(
        self, number: int, guard: User, licence: Licence, start: threading.Barrier, chance: random.Random
    ):
        super().__init__()
        self.number, self.guard, self.licence, self.begin, self.chance = number, guard, licence, start, chance
        self.failures: list[Exception] = []
        self.took = self.told = 0

    def run(self) -> None:
        try:
            self.begin.wait(60)
            for act in range(ACTS):
                try:
                    self.act(act)
                except EntenteError:
                    continue  # a refusal is an answer
        except Exception as failure:
            self.failures.append(failure)
        finally:
            connection.close()

    def act(self, number: int) -> None:
        mine = list(
            Reservation.objects.filter(jurisdiction=self.guard.jurisdiction_code, licence=self.licence)
        )
        some = Decimal(self.chance.randint(1, 4))
        if self.chance.random() < 0.4:
            self.offline(some)
            return
        live = [one for one in mine if one.status in Reservation.LIVE]
        if not live or self.chance.random() < 0.5:
            drawdown.reserve(
                actor=self.guard, licence=self.licence, line=1, quantity=some, unit="NAR",
                office=f"{self.guard.jurisdiction_code}00{self.number}",
                declaration=f"26DE{self.number}-{self.chance.randrange(10**9)}",
            )  # fmt: skip
            self.took += 1
            return
        one = self.chance.choice(live)
        if one.status == Reservation.Status.RESERVED:
            if self.chance.random() < 0.7:
                drawdown.confirm(actor=self.guard, reservation=one, quantity=min(some, one.quantity))
            else:
                drawdown.release(actor=self.guard, reservation=one, reason=WHY)
        elif self.chance.random() < 0.5:
            drawdown.adjust(actor=self.guard, reservation=one, quantity=some, reason=WHY)
        else:
            drawdown.cancel(actor=self.guard, reservation=one, reason=WHY)

    def offline(self, some: Decimal) -> None:
        """Take a token, tell a use of any token there is or of none, or settle one that nothing covers."""
        office = f"{self.guard.jurisdiction_code}00{self.number}"
        kind = self.chance.random()
        if kind < 0.4:
            offline_tokens.take_token(
                actor=self.guard, licence=self.licence, line=1, quantity=some, unit="NAR", office=office
            )
        elif kind < 0.8:
            tokens = [*OfflineToken.objects.order_by("pk"), None]
            token = self.chance.choice(tokens)
            shown = token.text if token else ""
            if token and self.chance.random() < 0.7:
                office = token.reservation.office
            told = Told(
                some, clock.now(), f"26DE{self.number}-{self.chance.randrange(10**9)}", office, shown,
                self.licence.number, 1, "NAR",
            )  # fmt: skip
            reconciliation.report(actor=self.guard, told=told)
            reconciliation.report(actor=self.guard, told=told)  # the same told again
            self.told += 1
        elif found := OfflineConflict.objects.filter(status="proposed").first():
            uncovered.settle(actor=self.guard, conflict=found, reason=WHY)
        elif found := OfflineConflict.objects.filter(status="open").first():
            uncovered.propose(actor=self.guard, conflict=found, proposal="late", reason=WHY)


@pytest.mark.django_db(transaction=True)
def test_gateways_at_once_never_draw_more_than_is_licensed(in_force: None, licence: Licence) -> None:
    guards = [customs(code) for code in ("DE", "FR") for _number in range(GATEWAYS // 2)]
    seed = 20261127 if TIMES == 1 else random.randrange(10**9)
    took = told = turn = 0  # who comes first is chance: it goes on until enough has happened
    while turn < examples(2) or (min(took, told) <= 3 and turn < 20):
        turn += 1
        start = threading.Barrier(GATEWAYS)
        gateways = [
            Gateway(number, guard, licence, start, random.Random(f"{seed} {turn} {number}"))
            for number, guard in enumerate(guards)
        ]
        for gateway in gateways:
            gateway.start()
        for gateway in gateways:
            gateway.join(120)
            assert not gateway.is_alive()
            assert gateway.failures == [], (seed, turn, gateway.failures)
        took += sum(gateway.took for gateway in gateways)
        told += sum(gateway.told for gateway in gateways)
        assert OfflineUse.objects.count() == told, (seed, turn, "the same told again is one use")
        covered = OfflineUse.objects.filter(confirmed__gt=0)
        assert covered.count() == covered.values("token").distinct().count(), "a token covers once"
        assert not covered.filter(token__isnull=True).exists()
        (line,) = selectors.left_of(licence)
        counted = sum(
            one.quantity if one.status == Reservation.Status.RESERVED else one.drawn
            for one in Reservation.objects.filter(status__in=Reservation.LIVE)
        )
        assert line.left == line.line.quantity - counted >= 0, (seed, turn)
        exhausted = Licence.objects.get().status == Licence.Status.EXHAUSTED
        assert exhausted == (line.confirmed >= line.line.quantity), (seed, turn)
        for one in Reservation.objects.filter(
            status__in=Reservation.LIVE
        ):  # the next turn begins with all of it
            guard = next(guard for guard in guards if guard.jurisdiction_code == one.jurisdiction_id)
            end = drawdown.release if one.status == Reservation.Status.RESERVED else drawdown.cancel
            end(actor=guard, reservation=one, reason=WHY)
        assert selectors.left_of(licence)[0].left == line.line.quantity
    assert took > 3
    assert told > 3
