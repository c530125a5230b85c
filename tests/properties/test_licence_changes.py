"""Whatever the order of change, use and consent: no limit is exceeded, nothing holds without consent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import EntenteError
from enforcement.models import Reservation
from enforcement.services import drawdown
from licensing.models import Decision, Licence, LicenceChange
from licensing.services import change_consents, change_decisions, changes, consents, decisions, licences
from licensing.taking import NOTHING, taken_of
from members.models import Role, User
from tests import factories
from tests.enforcement.conftest import customs, licence
from tests.enforcement.test_drawdown import reserved
from tests.examples import examples
from tests.licensing.conftest import OfficerOf, answered, desk
from tests.licensing.test_replacing import filed

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
SAID = "Seen against the file, and agreed."
TOTAL = Decimal(6)  # that the replacement is granted, with what has left before
ACTS = (
    "reserve", "confirm", "release", "extend", "lower", "agree FR", "agree US", "decline FR", "decide",
    "take back FR", "consent FR", "replace", "give up",
)  # fmt: skip


class Story:
    """One licence with an application that is to replace it, and what is known of it by other rules."""

    def __init__(self, licence: Licence, holder: User, proposal: Decision, people: dict[str, User]) -> None:
        self.licence, self.holder, self.proposal, self.people = licence, holder, proposal, people
        self.begin()

    def begin(self) -> None:
        """Know what was consented to when it was issued."""
        self.consented: dict[str, date] = dict.fromkeys(self.licence.territory, self.licence.valid_until)
        self.asked: dict[str, date] = {}

    def now(self) -> Licence:
        return Licence.objects.get(pk=self.licence.pk)

    def change(self) -> LicenceChange:
        found = LicenceChange.objects.filter(licence=self.licence, status="asked").first()
        if found is None:
            raise EntenteError("Nothing is asked.")
        return found

    def do(self, act: str) -> None:
        words = act.split()
        member = words.pop() if words[-1] in ("FR", "US") else ""
        step: Callable[[str], object] = getattr(self, "act_" + "_".join(words))
        step(member)

    def act_reserve(self, _member: str) -> None:
        live = Licence.objects.filter(status="issued").order_by("-pk").first()
        reserved(self.people["customs"], live or self.licence, 1)

    def _waiting(self) -> Reservation:
        found = Reservation.objects.filter(status="reserved").order_by("pk").first()
        if found is None:
            raise EntenteError("Nothing is reserved.")
        return found

    def act_confirm(self, _member: str) -> None:
        drawdown.confirm(actor=self.people["customs"], reservation=self._waiting())

    def act_release(self, _member: str) -> None:
        drawdown.release(actor=self.people["customs"], reservation=self._waiting(), reason=SAID)

    def act_extend(self, _member: str) -> None:
        licence = self.now()
        last = licence.valid_until + timedelta(days=30)
        changes.ask_extension(actor=self.holder, licence=licence, valid_until=last, reason=SAID)
        self.asked = {}

    def act_lower(self, _member: str) -> None:
        wanted = [{"path": "lines[1].quantity", "to": "2"}]
        changes.ask_amendment(actor=self.holder, licence=self.now(), changes=wanted, reason=SAID)

    def act_agree(self, member: str) -> None:
        change = self.change()
        change_consents.agree(actor=self.people[member], change=change, reason=SAID)
        self.asked[member] = date.fromisoformat(change.changes[0]["after"])

    def act_decline(self, member: str) -> None:
        change_consents.decline(actor=self.people[member], change=self.change(), reason=SAID)

    def act_decide(self, _member: str) -> None:
        change = self.change()
        change_decisions.recommend(actor=self.people["first"], change=change, proposal="grant", remark=SAID)
        change = LicenceChange.objects.get(pk=change.pk)
        try:
            change_decisions.decide(actor=self.people["second"], change=change)
        except EntenteError:
            change_decisions.send_back(actor=self.people["second"], change=change, remark=SAID)
            raise
        if change.kind == "extension":
            self.consented |= self.asked

    def act_take_back(self, member: str) -> None:
        consents.withdraw(actor=self.people[member], licence=self.now(), reason=SAID)
        self.consented.pop(member, None)

    def act_consent(self, member: str) -> None:
        consents.consent(actor=self.people[member], licence=self.now(), reason=SAID)
        self.consented[member] = self.now().valid_until

    def act_replace(self, _member: str) -> None:
        decision = Decision.objects.get(pk=self.proposal.pk)
        decisions.countersign(actor=self.people["second"], decision=decision)

    def act_give_up(self, _member: str) -> None:
        licences.surrender(actor=self.holder, licence=self.now(), reason=SAID)

    def holds(self) -> None:
        former, total = self.now(), Decimal(0)
        for one in Licence.objects.all():
            taken = taken_of(one).get(1, NOTHING)
            assert taken.all <= one.lines.get().quantity
            total += taken.gone
        assert total <= (TOTAL if Licence.objects.count() > 1 else Decimal(4))
        for code in set(former.territory) - {former.issued_by_id}:
            assert self.consented.get(code, date.min) >= former.valid_until, code
        standing = [licences.verification(one.number).status for one in Licence.objects.all()]
        assert standing.count("valid") <= 1
        if len(standing) == 2:
            assert former.status in ("replaced", "exhausted", "surrendered")
        assert former.credentials.filter(edition=former.edition).exists()


@pytest.fixture
def story(licence: Licence, exporter: User, officer_of: OfficerOf) -> Story:
    """The licence with a grant of its replacement that waits for the second signature."""
    proposal = filed(exporter, licence, officer_of).propose()
    people = {
        "customs": customs(),
        "first": factories.officer_of("DE"),
        "second": factories.officer_of("DE", Role.COUNTERSIGNER),
        "FR": factories.officer_of("FR", Role.DECIDER),
        "US": factories.officer_of("US", Role.DECIDER),
    }
    return Story(licence, exporter, proposal, people)


EXTENDED = ["reserve", "extend", "agree FR", "agree US", "decide", "confirm", "replace", "reserve", "confirm"]
NARROWED = ["extend", "take back FR", "agree US", "decline FR", "decide", "consent FR", "lower", "decide"]


@settings(
    max_examples=examples(2), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(ACTS), max_size=12))
@example(EXTENDED)
@example(NARROWED)
def test_whatever_the_order_nothing_covers_too_much_or_where_consent_is_missing(
    story: Story, acts: list[str]
) -> None:
    with transaction.atomic():
        story.begin()
        for act in acts:
            try:
                with transaction.atomic():
                    story.do(act)
            except EntenteError:
                continue
            finally:
                story.holds()
        transaction.set_rollback(True)
