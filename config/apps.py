from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Make the Celery app the current one, so that `shared_task` finds its broker in every process."""
        import config.celery  # noqa: F401
