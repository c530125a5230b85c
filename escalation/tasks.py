"""What is looked for from time to time, and exercises that were started."""

from celery import shared_task

from escalation import running
from escalation.services import exits, waivers


@shared_task(name="escalation.tasks.watch_exits", ignore_result=True)
def watch_exits() -> None:
    exits.watch()


@shared_task(name="escalation.tasks.watch_waivers", ignore_result=True)
def watch_waivers() -> None:
    waivers.watch()


@shared_task(name="escalation.tasks.run_exercise", ignore_result=True, soft_time_limit=480, time_limit=500)
def run_exercise() -> None:
    running.run_waiting()
