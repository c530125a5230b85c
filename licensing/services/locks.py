"""Taking the lock of a case: first, by acts and by lapses alike."""

from core.models import ref
from deadlines import services as deadlines
from deadlines.registry import aggregate_lock
from licensing.models import Case


@aggregate_lock("case")
def lock_case(pk: int, *, skip_locked: bool) -> bool:
    """Lock a case row; False if it is busy and the caller does not wait."""
    return Case.objects.select_for_update(skip_locked=skip_locked).filter(pk=pk).first() is not None


def locked(pk: int) -> Case:
    """Return the case, locked, after whatever was due of it has been applied: the due instant decides."""
    Case.objects.select_for_update().get(pk=pk)
    case = Case(pk=pk)
    deadlines.lapse_due(ref(case))
    return Case.objects.select_related("lead", "revision", "application__organisation").get(pk=pk)
