"""What a person may do with a licence, and why not."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core import clock
from core.policies import Verdict, deny
from licensing.models import Licence
from licensing.policies import licences as policies
from licensing.selectors.acts import Act
from licensing.services.licences import possible
from members.models import User

POLICIES = {
    "suspend": policies.can_change,
    "reinstate": policies.can_change,
    "revoke": policies.can_change,
    "exhaust": policies.can_exhaust,
    "surrender": policies.can_surrender,
}


def verdict(user: User, licence: Licence, name: str) -> Verdict:
    """Say whether the person may make a change, and whether the licence's status allows it."""
    answer = POLICIES[name](user, licence)
    if answer and not possible(licence, name):
        today = clock.today(licence.issued_by.timezone)
        shown = dict(Licence.Status.choices).get(licence.effective_status(today), "")
        return deny(_("The licence is %(status)s.") % {"status": str(shown).lower()})
    return answer


def acts(user: User, licence: Licence) -> list[Act]:
    """Return the changes of a licence that its status allows, each with what the policy says."""
    labels = {
        "suspend": _("Suspend the licence"),
        "reinstate": _("Reinstate the licence"),
        "revoke": _("Revoke the licence"),
        "exhaust": _("Mark the licence as exhausted"),
        "surrender": _("Surrender the licence"),
    }
    found = []
    for name, label in labels.items():
        if (name == "surrender") == user.is_officer or not possible(licence, name):
            continue
        answer = verdict(user, licence, name)
        found.append(Act(name, label, licence.number, answer.allowed, answer.reason))
    return found
