from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Make the Celery app the current one, for `shared_task` to find its broker; connect subscribers."""
        import config.celery  # noqa: F401
        from core.apps import connect_subscribers

        connect_subscribers()
