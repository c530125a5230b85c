"""What happens when the time is over for which a cleared pair was remembered."""

from core.models import ref_id
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock, on_due
from screening.models import ClearedPair
from screening.services import pairs


@aggregate_lock("clearedpair")
def lock_pair(pk: int, *, skip_locked: bool) -> bool:
    """Lock a cleared pair; false when another holds it and the caller does not wait."""
    return ClearedPair.objects.select_for_update(skip_locked=skip_locked).filter(pk=pk).first() is not None


@on_due(pairs.EXPIRY)
def expire_pair(due: DueInstant) -> None:
    pairs.expire_pair(pair=ClearedPair.objects.get(pk=ref_id(due.subject, "clearedpair")))
