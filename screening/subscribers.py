"""What happens when the time is over for which a cleared pair was remembered."""

from collections.abc import Sequence

from core.models import ref_id
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock, on_due
from screening.models import ClearedPair
from screening.services import pairs


@aggregate_lock("clearedpair")
def lock_pairs(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock pairs; see `deadlines.registry.AggregateLock`."""
    rows = ClearedPair.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@on_due(pairs.EXPIRY)
def expire_pair(due: DueInstant) -> None:
    pairs.expire_pair(pair=ClearedPair.objects.get(pk=ref_id(due.subject, "clearedpair")))
