"""What is open about the hits of a case."""

from screening.models import Hit

UNRESOLVED = (Hit.Status.OPEN, Hit.Status.PROPOSED_CLEAR)


def open_hits(case_ref: str) -> int:
    """Count the hits of a case that officers have not resolved."""
    return Hit.objects.filter(case_ref=case_ref, status__in=UNRESOLVED).count()


def confirmed_hits(case_ref: str) -> int:
    """Count the hits of a case that officers found to be true."""
    return Hit.objects.filter(case_ref=case_ref, status=Hit.Status.CONFIRMED).count()


def uncleared(case_ref: str) -> set[tuple[int, str, str]]:
    """Return (shared party, list, entry) of every hit of a case that two officers have not cleared."""
    return set(
        Hit.objects.filter(case_ref=case_ref)
        .exclude(status=Hit.Status.CLEARED)
        .values_list("shared_party_id", "list_key", "entry_id")
    )
