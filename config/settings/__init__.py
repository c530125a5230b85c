"""Settings, read from the environment; `./entente` fills in the embedded servers.

One file per subject: `base` (apps, templates, database), `security` (hosts, cookies, headers),
`signin` (accounts, second factor, lock-out, sessions), `api` (REST, schema, OAuth2),
`work` (Celery, cache, mail), `lists` (screening lists), `logs`, `sandbox` (a partner's sandbox, which comes last).
"""

from config.settings.api import *  # noqa: F403
from config.settings.base import *  # noqa: F403
from config.settings.lists import *  # noqa: F403
from config.settings.logs import *  # noqa: F403
from config.settings.security import *  # noqa: F403
from config.settings.signin import *  # noqa: F403
from config.settings.work import *  # noqa: F403

from config.settings.sandbox import *  # noqa: F403  # isort: skip
