"""Every act offered on a case has an address for systems, or is one that a person signs in for."""

import ast

from api.serializers import ACT_PATHS, IN_PERSON
from tests.architecture import source

ACTS = source.ROOT / "licensing" / "selectors" / "acts.py"


def test_every_act_has_its_address_or_is_done_in_person() -> None:
    names = {
        word.value
        for call in ast.walk(source.tree(ACTS))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_act"
        for word in ast.walk(call.args[0])
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    }
    assert {"rule_on_ground", "propose_decision"} <= names
    assert names - set(ACT_PATHS) == IN_PERSON
