"""The main job in one process: file, assess, route, lapse, climb, decide, verify."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from core import clock
