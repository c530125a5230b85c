"""What is asked of the policies on denials, files of them, and on cases that resemble one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core import clock
from intelligence import policies as intelligence
from intelligence.models import BlindPair, Denial, DenialImport
from licensing.models import Case, UndercutCheck
from licensing.policies import undercut as policies
from members.models import User

#: Officers of any member do this, each for its own.
OF_THE_ALLIANCE = frozenset({"bring denials in", "propose to match blind"})


def check(case: Case, status: str) -> UndercutCheck:
    found = UndercutCheck(case=case, denial=Denial(jurisdiction_id="FR"), jurisdiction_id="FR")
    found.__dict__["status"] = status
    return found


def acts(authors: dict[str, User]) -> dict[str, Callable[[User, Case], Any]]:
    """A French denial and a case of the German lead that resembles it; a German file that waits."""
    denial = Denial(jurisdiction_id="FR")
    file = DenialImport(jurisdiction_id="DE", proposed_by=authors["DE"], proposed_at=clock.now())
    pair = BlindPair(first_id="FR", second_id="DE", proposed_by=authors["FR"])
    agreed = BlindPair(first_id="FR", second_id="DE", proposed_by=authors["FR"])
    agreed.__dict__["status"] = "agreed"
    return {
        "propose to match blind": lambda user, _present: intelligence.can_pair(user),
        "agree to match blind": lambda user, _present: intelligence.can_agree_to_pair(user, pair),
        "match blind": lambda user, _present: intelligence.can_match_blind(user, agreed),
        "end a blind match": lambda user, _present: intelligence.can_end_pair(user, agreed),
        "review a denial": lambda user, _present: intelligence.can_review(user, denial),
        "bring denials in": lambda user, _present: intelligence.can_import(user),
        "let denials be recorded": lambda user, _present: intelligence.can_second_import(user, file),
        "say whether it was denied": lambda user, present: policies.can_answer(user, check(present, "asked")),
        "withdraw the denial it resembles": lambda user, present: policies.can_withdraw_denial(
            user, check(present, "asked")
        ),
        "explain an undercut": lambda user, present: policies.can_explain(user, check(present, "identical")),
    }
