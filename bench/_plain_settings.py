"""The platform with plain views beside its own, for the time of a bench."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench._plain_urls"
