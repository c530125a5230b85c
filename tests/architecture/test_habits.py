"""Habits that hold in the whole house: one clock, guarded states, doors that do not write."""

import ast

from django.apps import apps
from django_fsm import FSMFieldMixin

from tests.architecture import source

CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "timezone.now",
    "timezone.localdate",
    "timezone.localtime",
    "time.time",
}
WRITES = {
    "save",
    "create",
    "delete",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "select_for_update",
    "execute",
}


def fsm_fields() -> list[tuple[str, FSMFieldMixin]]:
    return [
        (f"{model.__name__}.{field.name}", field)
        for model in apps.get_models()
        if model._meta.app_label in source.floors()
        for field in model._meta.get_fields()
        if isinstance(field, FSMFieldMixin)
    ]


def test_only_the_clock_tells_the_time():
    told = [
        f"{source.at(path, node)} {name}"
        for path in source.modules()
        if path != source.ROOT / "core" / "clock.py"
        for name, node in source.calls(path)
        if name in CLOCKS
    ]
    assert told == []


def test_only_exercises_and_sandboxes_set_the_clock():
    """What sets it is no setting: one call, in a process that an exercise or a sandbox has to itself."""
    setting = [
        (str(path.relative_to(source.ROOT)), name.rpartition(".")[2])
        for path in source.modules()
        for name, _node in source.calls(path)
        if name.rpartition(".")[2] in ("set_to", "SetClock", "run_ahead", "drawn_with")
        and path.name != "clock.py"
    ]
    assert set(setting) == {
        ("escalation/exercises/run.py", "set_to"),
        ("config/sandbox/scenarios.py", "set_to"),
        ("config/sandbox/scenarios.py", "drawn_with"),
        ("config/sandbox/tenant.py", "run_ahead"),
    }
    reached = [
        source.at(path, node)
        for path in source.modules(*source.DOORS, "pages")
        for node in ast.walk(source.tree(path))
        for name in source.imported(node)
        if name.startswith(("escalation.exercises.run", "escalation.exercises.living"))
    ]
    assert reached == []


def test_no_column_reads_the_wall_clock_by_itself():
    automatic = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in source.floors() and model._meta.label != "members.ApiClient"
        for field in model._meta.get_fields()
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    ]
    assert automatic == []


def test_every_state_is_protected():
    assert [name for name, field in fsm_fields() if not field.protected] == []


def test_no_state_is_changed_past_its_transition():
    names = {name.partition(".")[2] for name, _ in fsm_fields()}
    past = [
        source.at(path, node)
        for path in source.modules()
        for name, node in source.calls(path)
        if name.endswith(".update") and names & {keyword.arg for keyword in node.keywords}
    ]
    assert past == []


def test_nobody_uses_the_mixins_that_unprotect_states():
    banned = {"FSMModelMixin", "ConcurrentTransitionMixin"}
    used = [
        source.at(path, node)
        for path in source.modules()
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.ImportFrom)
        and node.module == "django_fsm"
        and banned & {alias.name for alias in node.names}
    ]
    assert used == []


def test_doors_write_nothing():
    written = [
        f"{source.at(path, node)} {name}"
        for path in source.modules(*source.DOORS)
        for name, node in source.calls(path)
        if name.rpartition(".")[2] in WRITES and "." in name
    ]
    assert written == []


def test_doors_read_only_what_is_visible_to_the_reader():
    """A read starts at `visible_to`, or is a filter bound to what the reader may see or belongs to."""
    bound = {"visible_to", "cases_of", "organisation_ids"}
    unguarded = []
    for path in source.modules(*source.DOORS, "pages"):
        guarded = {
            id(node.func)
            for _, node in source.calls(path)
            if any(
                isinstance(part, ast.Attribute | ast.Name) and source.last(part) in bound
                for value in node.keywords
                for part in ast.walk(value.value)
            )
        }
        unguarded += [
            f"{source.at(path, node)} {source.dotted(node)}"
            for node in ast.walk(source.tree(path))
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in ("objects", "_default_manager", "_base_manager")
            and node.attr not in ("visible_to", "none")
            and id(node) not in guarded
        ]
    assert unguarded == []


def test_nothing_is_left_to_do_in_the_source():
    marks = ("TO" + "DO", "FIX" + "ME", "X" * 3 + ":")
    left = [
        f"{path.relative_to(source.ROOT)}:{number}"
        for path in source.modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert left == []


def test_the_order_of_a_backlog_is_read_by_queues_alone():
    """What harms most is taken up first; what is checked, who signs and what is decided never depends on it."""
    order = {"licensing.backlog", "licensing.selectors.backlog"}
    readers = {
        str(path.relative_to(source.ROOT))
        for path in source.modules()
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module in order or {f"{node.module}.{alias.name}" for alias in node.names} & order)
    }
    assert readers - {"bench/backlog.py"} == {
        "api/views/queue.py",
        "licensing/selectors/backlog.py",
        "workbench/views/clocks.py",
        "workbench/views/interests.py",  # told to who weighs it against security; no policy reads it
        "workbench/views/queue.py",
    }
