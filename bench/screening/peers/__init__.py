"""The engines that are measured. Each module has an `Engine`, run by `worker` in a process of its own."""

from __future__ import annotations

from typing import NamedTuple

from bench.screening.parties import Answer, Party, Question

__all__ = ["PEERS", "Answer", "Party", "Peer", "Question"]


class Peer(NamedTuple):
    """An engine.

    `threshold` is what its makers recommend (ours: `measure` reads it from the engine, which an environment of its
    own does not have); None: the best F1 on the tuning half is taken.
    """

    name: str
    module: str
    threshold: float | None
    own_environment: bool = False


PEERS = {
    peer.name: peer
    for peer in (
        Peer("entente", "bench.screening.peers.ours", None),
        Peer("logic-v2", "bench.screening.peers.logic", 0.7, own_environment=True),
        Peer("token_sort_ratio", "bench.screening.peers.fuzz", None),
        Peer("pg_trgm", "bench.screening.peers.trigram", None),
    )
}
