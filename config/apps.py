from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Make the Celery app the current one, so that `shared_task` finds its broker, and connect subscribers."""
        import config.celery  # noqa: F401
        from core.apps import connect_subscribers

        connect_subscribers()
