"""Acts about authorisations: asked of the exporter whose case it is, and of its German authority."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alliance.models import Declaration, Instrument
from core import clock
from exemptions import instrument_policies as policies
from exemptions.models import Authorisation, Bar, Registration, Use
from licensing.models import Case
from members.models import User
from tests.matrix.crisis_acts import in_status

#: Done by seats of any member: a crisis is everybody's.
OF_THE_ALLIANCE = {
    "draft for a crisis",
    "grant for a crisis",
    "take back what was granted for a crisis",
}


def acts(case: Case, first: User) -> dict[str, Callable[[User], Any]]:
    """Every act; what is asked about was begun by a German officer."""
    organisation, now = case.application.organisation, clock.now()
    crisis, individual = Instrument(kind="emergency"), Instrument(kind="individual")
    for_crisis = in_status(
        Authorisation(declaration=Declaration(pk=1), drafted_by=first, drafted_at=now), "drafted"
    )
    for_one = in_status(Authorisation(holder=organisation, drafted_by=first, drafted_at=now), "drafted")
    registration = in_status(Registration(organisation=organisation), "active")
    bar = Bar(organisation=organisation, barred_by=first, barred_at=now)
    use = in_status(Use(registration=registration, declared_by=first), "in_review")
    return {
        "draft for a crisis": lambda user: policies.can_draft(user, crisis),
        "grant for a crisis": lambda user: policies.can_grant(user, for_crisis),
        "take back what was granted for a crisis": lambda user: policies.can_revoke(user, for_crisis),
        "draft for one exporter": lambda user: policies.can_draft(user, individual, organisation),
        "grant to one exporter": lambda user: policies.can_grant(user, for_one),
        "take back what was granted to one exporter": lambda user: policies.can_revoke(user, for_one),
        "register for an authorisation": lambda user: policies.can_register(user, organisation),
        "declare a use": lambda user: policies.can_use(user, registration),
        "report on an authorisation": lambda user: policies.can_report(user, registration),
        "end a registration": lambda user: policies.can_end(user, registration),
        "bar an exporter": lambda user: policies.can_bar(user, organisation),
        "lift a bar": lambda user: policies.can_lift(user, bar),
        "judge a use": lambda user: policies.can_judge(user, use),
    }
