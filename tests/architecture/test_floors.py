"""What import-linter cannot see: foreign keys given as strings, and files that grow past reading."""

import ast

from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from tests.architecture import source


def test_foreign_keys_only_point_down():
    ranks = source.floors()
    upward = []
    for model in apps.get_models(include_auto_created=True):
        own = model._meta.app_label
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey | OneToOneField | ManyToManyField):
                continue
            other = field.related_model._meta.app_label
            if own in ranks and other in ranks and own != other and ranks[other] >= ranks[own]:
                upward.append(f"{model.__name__}.{field.name} -> {other}")
    assert upward == []


def test_libraries_hold_no_key_into_a_floor_but_members():
    ranks = source.floors()
    inward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in ranks
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | ManyToManyField)
        and field.related_model._meta.app_label in ranks
        and field.related_model._meta.app_label != "members"
    ]
    assert inward == []


def test_the_ledger_holds_no_foreign_key_out():
    outward = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("ledger").get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model._meta.app_label != "ledger"
    ]
    assert outward == []


def test_no_floor_below_the_doors_speaks_http():
    """Import contracts see only whole packages of others, so Django's own HTTP is looked for here."""
    web = ("django.http", "django.views", "django.urls", "django.forms", "django.shortcuts")
    above = {*source.DOORS, "pages", "config"}
    spoken = [
        f"{source.at(path, node)} {name}"
        for path in source.modules(*(floor for floor in source.floors() if floor not in above))
        for node in ast.walk(source.tree(path))
        for name in source.imported(node)
        if name.startswith(web)
    ]
    assert spoken == []


def test_every_floor_of_the_contract_is_installed():
    installed = {config.label for config in apps.get_app_configs()}
    assert set(source.floors()) <= installed


def test_no_module_grows_past_450_lines():
    long = {
        str(path.relative_to(source.ROOT)): count
        for path in source.modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert long == {}
