"""The exporter's own clock: its steps and its file, and nobody's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from core.models import ref
from deadlines.derivations import differences
from deadlines.models import DueInstant
from deadlines.selectors import told
from escalation.selectors import CLOCKS
from licensing.services import information
from members.models import Organisation, User
from tests import factories, journeys

pytestmark = pytest.mark.usefixtures("in_force")


def test_the_exporter_recomputes_its_own_clock_and_no_member_s(
    client: Client, exporter: User, organisation: Organisation, officer_of: Callable[..., User]
) -> None:
    case = journeys.file(exporter, organisation)
    officer = officer_of("DE")
    information.ask(
        actor=officer, case=case, reason_code="missing_document", question="Where is the drawing?", days=5
    )
    client.force_login(exporter, backend="allauth.account.auth_backends.AuthenticationBackend")
    home = f"/applications/{case.application.reference}/"
    assert f"{home}clock/" in client.get(home).content.decode()
    page = client.get(f"{home}clock/").content.decode()
    assert "Your clock" in page
    for secret in ("FR (", "US (", officer.name, "calendar FR", "calendar US"):
        assert secret not in page
    for item in told(ref(case), CLOCKS):
        answer = client.get(f"{home}clock/{item.uid}/")
        own = item.row.kind in ("case.outer", "information.request")
        assert answer.status_code == (200 if own else 404), item.row.kind
        if own:
            assert differences(answer.content) == []
            assert officer.name not in answer.content.decode()
    assert DueInstant.objects.filter(aggregate=ref(case), kind="consultation.window").exists()
    rival = factories.exporter_of(factories.OrganisationFactory())
    client.force_login(rival, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"{home}clock/").status_code == 404
