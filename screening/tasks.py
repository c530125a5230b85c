"""Lists fetched when they fall due."""

from celery import shared_task

from screening.lists import fetching


@shared_task(name="screening.tasks.fetch_due", ignore_result=True)
def fetch_due() -> None:
    for key in fetching.due():
        fetch_list.delay(key)


# A large list takes longer than a task usually may; still well below the visibility timeout.
@shared_task(
    name="screening.tasks.fetch_list", ignore_result=True, soft_time_limit=480, time_limit=510, expires=300
)
def fetch_list(key: str) -> None:
    fetching.fetch_if_due(key)
