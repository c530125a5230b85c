"""The bench of webhooks would see what is lost, repeated or overtaken at an endpoint that answers."""

from bench._hooks import Heard
from bench.webhooks import Outcome, judge

TOLD = [("a", 10.0, 0), ("b", 11.0, 1), ("c", 12.0, 1), ("d", 13.0, 1)]


def heard(*messages: str) -> list[Heard]:
    return [Heard(1, message, 20.0 + number) for number, message in enumerate(messages)]


def test_what_arrives_in_order_is_counted_from_the_act_and_who_hangs_is_left_out() -> None:
    assert judge(TOLD, [*heard("b", "c", "d"), Heard(0, "a", 15.0)], 2, 1) == Outcome(
        [9.0, 9.0, 9.0], 0, 0, 0
    )


def test_what_is_lost_repeated_or_overtaken_is_seen() -> None:
    assert judge(TOLD, heard("c", "b", "b"), 2, 1) == Outcome([10.0, 8.0], 1, 1, 1)
    to_all = [("a", 10.0, -1)]
    assert judge(to_all, heard("a"), 3, 1) == Outcome([10.0], 1, 0, 0)
