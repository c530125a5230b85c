"""What is looked for from time to time."""

from celery import shared_task

from escalation.services import exits


@shared_task(name="escalation.tasks.watch_exits", ignore_result=True)
def watch_exits() -> None:
    exits.watch()
