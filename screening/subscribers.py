"""What happens when the time is over for which a cleared pair was remembered."""

from collections.abc import Sequence

from alliance.models import Bundle
from core.models import ref_id
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock, on_due
from ledger.models import Event
from ledger.subscriptions import subscribe
from screening.models import ClearedPair
from screening.services import ownership, pairs


@aggregate_lock("clearedpair")
def lock_pairs(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock pairs; see `deadlines.registry.AggregateLock`."""
    rows = ClearedPair.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


aggregate_lock("bundle")(ownership.lock_bundles)


@subscribe("bundle.loaded")
def let_ownership_rules_begin(event: Event) -> None:
    if event.facts["kind"] == Bundle.Kind.OWNERSHIP:
        ownership.rules_loaded(bundle=Bundle.objects.get(pk=event.subject_id))


@on_due(ownership.BEGINNING)
def begin_ownership_rule(due: DueInstant) -> None:
    ownership.rule_begins(due)


@on_due(pairs.EXPIRY)
def expire_pair(due: DueInstant) -> None:
    pairs.expire_pair(pair=ClearedPair.objects.get(pk=ref_id(due.subject, "clearedpair")))
