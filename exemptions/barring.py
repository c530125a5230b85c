"""Barring an exporter from authorisations (Regulation (EU) 2021/821, Article 12(7)), and lifting that again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import instruments
from alliance.declaring import said
from core import audience, clock
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from exemptions import instrument_policies as policies
from exemptions.models import Bar
from ledger import services as ledger
from members.models import Organisation, User


@transaction.atomic
def bar(
    *,
    actor: User,
    organisation: Organisation,
    keys: Sequence[str],
    reason: str,
    told: bool = True,
    why_untold: str = "",
) -> Bar:
    """Bar an exporter from some authorisations, or with no key from all; nothing leaves under them any more.

    The other members are told unless `told` is false, and then `why_untold` says why it is no matter of theirs.
    """
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    require(policies.can_bar, actor, organisation)
    known = {one.key for one in instruments.in_force()}
    if unknown := set(keys) - known:
        raise Invalid.field("keys", _("%(key)s is no authorisation in force.") % {"key": min(unknown)})
    if Bar.objects.filter(organisation=organisation, keys=sorted(set(keys)), lifted_at=None).exists():
        raise Conflict(_("This bar stands already; lift it before you set it anew."))
    made = Bar.objects.create(
        organisation=organisation,
        keys=sorted(set(keys)),
        reason=said(reason, "reason", 2000),
        told=told,
        why_untold="" if told else said(why_untold, "why_untold"),
        barred_by=actor,
        barred_at=clock.now(),
    )
    _record("exporter.barred", actor, made, reason=made.reason)
    return made


@transaction.atomic
def lift(*, actor: User, bar: Bar, reason: str) -> Bar:
    """Lift a bar: another decider than barred, with a reason. Registrations hold again as far as they hold."""
    found = Bar.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=bar.pk)
    if found.lifted_at is not None:
        raise Conflict(_("This bar has been lifted already."))
    require(policies.can_lift, actor, found)
    found.lifted_by, found.lifted_at = actor, clock.now()
    found.lifted_because = said(reason, "reason")
    found.save(update_fields=["lifted_by", "lifted_at", "lifted_because"])
    _record("exporter.bar_lifted", actor, found, reason=found.lifted_because)
    return found


def _record(type: str, actor: User, found: Bar, **facts: object) -> None:
    organisation = found.organisation
    to = Audience.of(
        audience.organisation(organisation.pk), audience.jurisdiction(organisation.jurisdiction_id)
    )
    ledger.record(
        type,
        actor=actor,
        subject=found,
        aggregate=ref(organisation),
        aggregate_label=organisation.name,
        audience=to | Audience.of(audience.ALLIANCE) if found.told else to,
        facts={"instruments": found.keys, "told": found.told, "exporter": organisation.name, **facts},
    )
