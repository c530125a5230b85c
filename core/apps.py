from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class CoreConfig(AppConfig):
    name = "core"


def connect_subscribers() -> None:
    """Import `subscribers` of every app, so that what reacts to events and due instants is known."""
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.subscribers"):
            import_module(f"{config.name}.subscribers")
