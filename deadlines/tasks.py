"""The tick."""

from celery import shared_task

from deadlines import services
from deadlines.services import lapsing


@shared_task(name="deadlines.tasks.tick", ignore_result=True)
def tick() -> None:
    services.tick(stay=lapsing.STAY)
