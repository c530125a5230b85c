from typing import Any

from django.core.management.base import BaseCommand

from members import demo


class Command(BaseCommand):
    help = "Load the demo alliance: invented people, organisations and systems. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        demo.load()
        for person in demo.people():
            self.stdout.write(f"{person['role']}: {person['name']}, {person['serves']}, {person['email']}")
