"""Filing cases in-process against a running platform, for benches and proofs."""

from __future__ import annotations

import copy
import os
import random
import re
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from config.embedded.folder import ROOT
from config.embedded.trial import Trial

if TYPE_CHECKING:
    from licensing.models import Case

LISTS = ROOT.parent / "shared" / "data" / "lists" / "ofac"


def enter(system: Trial) -> None:
    """Let this process speak to the database of a running platform."""
    set_up(system.environment)


def set_up(environment: dict[str, str]) -> None:
    """Let this process speak to the database of a platform with an environment."""
    os.environ.update(environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()


def load_names(system: Trial) -> str:
    """Load about 35,000 listed names: OFAC's own files where they are at hand, else generated ones."""
    sdn, alt = LISTS / "sdn_2024-05-03.csv", LISTS / "alt_2024-01-08.csv"
    if sdn.exists() and alt.exists():
        system.manage("lists", "load", "ofac", "--sdn", str(sdn), "--alt", str(alt))
        return "OFAC SDN of 2024-05-03 with aliases of 2024-01-08"
    folder = Path(system.folder.path) / "generated"
    folder.mkdir()
    _generate(folder)
    system.manage("lists", "load", "ofac", "--sdn", str(folder / "sdn.csv"), "--alt", str(folder / "alt.csv"))
    return "generated names (OFAC's files are not at hand)"


def _generate(folder: Path) -> None:
    dice = random.Random(7)
    syllables = re.findall("..", "badefoguhajikolamuneorpiqarosutaulviwoxeyazu")

    def name() -> str:
        return " ".join("".join(dice.choices(syllables, k=dice.randint(2, 4))).upper() for _ in range(3))

    with (folder / "sdn.csv").open("w") as sdn, (folder / "alt.csv").open("w") as alt:
        for number in range(1, 17_501):
            sdn.write(f'{number},"{name()}",-0- ,"TEST"{",-0- " * 8}\n')
            alt.write(f'{number},{number},"aka","{name()}",-0- \n')


def file(number: int, **sections: Any) -> int:
    """File one application as the exporter of the demo alliance; return the key of its case."""
    from api.examples import DOSSIER
    from licensing.services import applications
    from members.models import Membership, Organisation

    place = (
        Membership.objects.filter(
            organisation__status=Organisation.Status.VETTED, organisation__jurisdiction="DE"
        )
        .select_related("user", "organisation")
        .order_by("pk")
        .first()
    )
    assert place is not None, "the demo alliance has no vetted German exporter"
    dossier: dict[str, Any] = {**copy.deepcopy(DOSSIER), **sections}
    for party in dossier["parties"]:
        party["name"] = f"{party['name']} {number}"
    application = applications.start(actor=place.user, organisation=place.organisation)
    applications.replace_draft(actor=place.user, application=application, dossier=dossier)
    return int(applications.submit(actor=place.user, application=application).case.pk)


def wait_routed(keys: list[int], patience: float) -> float:
    """Wait until all cases are routed; return the seconds that took. AssertionError when it is too long."""
    began = time.monotonic()
    while (left := unrouted(keys)) and time.monotonic() - began < patience:
        time.sleep(0.05)
    assert not left, f"{left} of {len(keys)} cases are not routed after {patience:.0f} s"
    return time.monotonic() - began


def unrouted(keys: list[int]) -> int:
    return int(cases(keys).filter(routed_at__isnull=True).count())


def cases(keys: list[int]) -> Any:
    from licensing.models import Case

    return Case.objects.filter(pk__in=keys)


def all_open() -> list[int]:
    """Return the keys of all cases that are not closed."""
    from licensing.models import Case

    return list(Case.objects.filter(status__in=Case.OPEN).values_list("pk", flat=True))


def standard_since(at: datetime) -> list[Case]:
    """Return the cases of the standard lane that were filed since an instant."""
    from licensing.models import Case

    return list(Case.objects.filter(lane="standard", opened_at__gte=at))


def seconds_to_route(case: Case) -> float:
    assert case.routed_at is not None
    return (case.routed_at - case.opened_at).total_seconds()
