"""What is asked of the policies on messages between members and on suspicious orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.examples import MESSAGE, SUSPICION
from licensing.models import Case, CaseMessage
from licensing.policies import messages as policies
from licensing.policies import suspicions
from licensing.services import messages
from licensing.services import suspicions as services
from members.models import Organisation, User
from tests import factories


def acts(case: Case, authors: dict[str, User]) -> dict[str, Callable[[User, Case], Any]]:
    """A German message to France in a case, and a report of its exporter that Germany has passed on to nobody."""
    organisation: Organisation = case.application.organisation
    message = messages.send(actor=authors["DE"], case=case, **MESSAGE)
    report = services.file(actor=factories.exporter_of(organisation), organisation=organisation, **SUSPICION)

    def on(policy: Callable[[User, CaseMessage], Any]) -> Callable[[User, Case], Any]:
        def ask(user: User, present: Case) -> Any:
            message.case = present
            return policy(user, message)

        return ask

    return {
        "write a message": policies.can_send,
        "read a message": on(policies.can_read),
        "open a message for an authority": on(policies.reads_for_authority),
        "acknowledge a message": on(policies.can_acknowledge),
        "report a suspicious order": lambda user, _present: suspicions.can_file(user, organisation),
        "review a suspicious order": lambda user, _present: suspicions.can_review(user, report),
        "pass a suspicious order on": lambda user, _present: suspicions.can_pass_on(user, report),
    }
