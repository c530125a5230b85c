"""What is looked for from time to time."""

from celery import shared_task

from alliance import lane_rota, rota


@shared_task(name="alliance.tasks.watch_rotas", ignore_result=True)
def watch_rotas() -> None:
    rota.watch()
    lane_rota.watch()
