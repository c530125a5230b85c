"""Acts about a mandate, asked of it in each of its states: none of them depends on a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core import clock
from members import mandate_policies as policies
from members.models import Mandate, Mandated, Organisation, User
from tests import factories
from tests.matrix.crisis_acts import in_status

ACTS: dict[str, Callable[[User, Mandate], Any]] = {
    "give a mandate": lambda user, mandate: policies.can_give(user, mandate.principal),
    "answer a mandate": policies.can_answer,
    "end a mandate": policies.can_end,
    "attach the document of a mandate": policies.can_attach,
    "write a draft under a mandate": lambda user, mandate: policies.can_use(user, mandate, Mandated.DRAFT),
}


def states(principal: Organisation) -> dict[str, Mandate]:
    """A mandate of the exporter's in each state; nobody of its agent is asked."""
    agent = factories.OrganisationFactory(jurisdiction=principal.jurisdiction)
    now, day = clock.now(), timedelta(days=1)

    def made(status: str, starts: int = -1, ends: int = 30) -> Any:
        row = Mandate(
            pk=0,
            reference="MD-0000-0000",
            principal=principal,
            agent=agent,
            acts=["draft"],
            starts_on=(now + starts * day).date(),
            ends_on=(now + ends * day).date(),
            starts_at=now + starts * day,
            ends_at=now + ends * day,
        )
        return in_status(row, status)

    return {
        "offered": made("offered"),
        "offered and lapsed": made("offered", -9, -1),
        "accepted and to come": made("accepted", 1),
        "accepted": made("accepted"),
        "accepted and expired": made("accepted", -9, -1),
        "declined": made("declined"),
        "ended": made("ended"),
    }
