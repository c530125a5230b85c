"""What the alliance does when a rota changes or has a gap."""

from alliance import rota
from ledger.models import Event
from ledger.subscriptions import subscribe


@subscribe("rota.gap")
def tell_of_gap(event: Event) -> None:
    rota.tell_of_gap(event)


@subscribe("rota.emptied")
def look_when_emptied(event: Event) -> None:
    rota.look(authority_id=int(event.subject_id))
