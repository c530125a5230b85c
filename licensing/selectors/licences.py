"""What a person may do with a licence, and why not."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core import clock
from core.policies import Verdict, deny
from licensing.models import Consent, Licence, LicenceChange
from licensing.policies import consents as consent_policies
from licensing.policies import licences as policies
from licensing.selectors.acts import Act
from licensing.services.consents import live
from licensing.services.licences import possible
from members.models import User

POLICIES = {
    "suspend": policies.can_change,
    "reinstate": policies.can_change,
    "revoke": policies.can_change,
    "exhaust": policies.can_exhaust,
    "surrender": policies.can_surrender,
    "consent": consent_policies.can_consent,
    "decline-consent": consent_policies.can_decline,
    "withdraw-consent": consent_policies.can_withdraw,
}
#: What a member says of a licence of another: each is there only for whom it concerns.
CONSENTS = {
    "consent": _lazy("Let the licence hold in your member"),
    "decline-consent": _lazy("Say that it shall not hold in your member"),
    "withdraw-consent": _lazy("Take back the consent of your member"),
}


def verdict(user: User, licence: Licence, name: str) -> Verdict:
    """Say whether the person may make a change, and whether the licence's status allows it."""
    answer = POLICIES[name](user, licence)
    if name in CONSENTS:
        return answer if not answer or live(licence) else deny(_("The licence is over."))
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
    if user.is_officer and user.jurisdiction_code != licence.issued_by_id and live(licence):
        for name, said in CONSENTS.items():
            if answer := verdict(user, licence, name):
                found.append(Act(name, str(said), licence.number, True))
            elif name == "consent" and user.jurisdiction_code not in licence.territory:
                found.append(Act(name, str(said), licence.number, False, answer.reason))
    return found


def consents(licence: Licence) -> list[Consent]:
    """Return what members said of a licence after it was issued, the last first."""
    rows = licence.consents.select_related("jurisdiction", "given_by", "ended_by", "asked_by")
    return list(rows.order_by("-pk"))


def pending(licence: Licence) -> LicenceChange | None:
    """Return the request of its holder that nobody has decided yet."""
    rows = LicenceChange.objects.standing().filter(licence=licence)  # type: ignore[attr-defined]
    found: LicenceChange | None = rows.first()
    return found
