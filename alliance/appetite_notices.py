"""Telling seats that their member is asked for its vote on a threshold, and what came of it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from alliance import register
from alliance.models import ThresholdChange
from core.instants import in_zones
from core.models import ref_id
from correspondence import services as correspondence
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import Role, User


def _tell(event: Event, subject: str, text: str) -> None:
    change = ThresholdChange.objects.get(pk=ref_id(event.aggregate, "thresholdchange"))
    scenario = register.title_of(change.scenario)
    people = User.objects.in_roles(Role.CRISIS_SEAT)
    correspondence.notify(
        recipients=[person for person in people if str(person.uid) != event.actor_id],
        event=event,
        subject=f"{change.reference}: {subject}",
        text=_("%(what)s: %(old)s is to be %(new)s, by %(minute)s.")
        % {
            "what": " – ".join(filter(None, [scenario, str(change.about.title)])),
            "old": register.shown(change.old_value),
            "new": register.shown(change.new_value),
            "minute": change.minute,
        }
        + f" {text}",
        path=f"/workbench/appetite/changes/{change.reference}/",
    )


@subscribe("threshold.proposed")
def ask_for_votes(event: Event) -> None:
    change = ThresholdChange.objects.get(pk=ref_id(event.aggregate, "thresholdchange"))
    if change.status == ThresholdChange.Status.OPEN:
        closes = in_zones(change.closes_at, ["UTC"])
        text = _("A seat of your member votes until %(at)s.") % {"at": closes}
        _tell(event, _("your member is asked for its vote"), text)


@subscribe("threshold.agreed")
def tell_what_was_agreed(event: Event) -> None:
    reason = event.facts["not_applied_because"]
    if reason:
        text = _("The members agreed, and it could not be put into force: %(reason)s") % {"reason": reason}
    else:
        text = _("The members agreed: it is in force from %(day)s.") % {"day": event.facts["effective_from"]}
    _tell(event, _("agreed"), text)


@subscribe("threshold.rejected")
def tell_what_was_rejected(event: Event) -> None:
    _tell(event, _("rejected"), _("The majority was not there: it stays as it is."))


@subscribe("threshold.lapsed")
def tell_what_lapsed(event: Event) -> None:
    _tell(event, _("lapsed"), _("Too few members voted: it stays as it is."))
