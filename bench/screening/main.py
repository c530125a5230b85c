"""`./entente bench screening`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.screening import environment, million, report, unseen
from bench.screening.cases import read_cases, sampled
from bench.screening.measure import Material, measure
from bench.screening.parties import read
from bench.screening.peers import PEERS, Peer
from bench.screening.process import Failed
from config.embedded.folder import ROOT
from config.embedded.progress import complain, step

DATA = ROOT.parent / "shared" / "data"


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    for path in (options.list, options.pairs):
        if not path.exists():
            complain(f"{path} is not there: name the file with --list or --pairs.")
            return 2
    every_case, pairs = read_cases(options.pairs)
    parties = list(read(options.list))
    if options.unseen is not None:
        asked = {case.target for case in every_case if case.target}
        every_case, pairs = unseen.draw(parties, asked, options.unseen), []
    cases = sampled(every_case, options.sample)
    material = Material(parties, cases, pairs, every_case)
    names = sum(len(party.names) for party in material.parties)
    print(
        f"{len(material.parties):,} parties, {names:,} names; {len(cases):,} searches, {len(pairs):,} pairs"
    )
    engines: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for peer in (PEERS[name] for name in options.peers):
        try:
            with step(f"measure {peer.name}"):
                python = _python(peer)
                engines[peer.name] = measure(peer, python, material)
                engines[peer.name]["versions"] = environment.versions(python)
        except (environment.Missing, Failed) as reason:
            missing[peer.name] = str(reason)
    print(f"\n{report.show(report.ROWS, engines)}")
    print("A share stands as: both halves (tuning half | validation half) n. The halves are split by target.")
    for name, why in missing.items():
        print(f"MISSING: {name}: {why}")
    if ratio := report.ratio(engines):
        print(f"Against logic-v2 our median search is {ratio:g} times faster (asked: at least 5).")
    missed = _missed(report.ROWS, engines)
    if ratio and ratio < 5:
        missed.append("times faster than logic-v2")
    document: dict[str, Any] = {"bench": "screening", "engines": engines, "missing": missing, "ratio": ratio}
    if options.names:
        document["generated"] = generated = _on_generated(options, material)
        missed += [f"generated names: {label}" for label in _missed(report.MILLION, generated["engines"])]
    reached = report.OURS in engines and not missed
    print(json.dumps({**document, "missed": missed, "reached": reached}, ensure_ascii=False))
    return 0 if reached else 1


def _missed(rows: tuple[report.Row, ...], engines: dict[str, Any]) -> list[str]:
    return report.missed(rows, engines[report.OURS]) if report.OURS in engines else []


def _on_generated(options: argparse.Namespace, material: Material) -> dict[str, Any]:
    """Measure on generated names, print that table and return it as a document."""
    engines: dict[str, Any] = {}
    missing: dict[str, str] = {}
    with step(f"generate {options.names:,} names"):
        parties = million.made(material, options.names)
    for peer in (PEERS[name] for name in options.peers):
        if peer.name == million.TOO_LARGE:
            missing[peer.name] = million.WHY_NOT
            continue
        try:
            with step(f"measure {peer.name} on them"):
                engines[peer.name] = million.measure(peer, sys.executable, parties, material)
        except Failed as reason:
            missing[peer.name] = str(reason)
    print(f"\n{report.show(report.MILLION, engines)}")
    for name, why in missing.items():
        print(f"MISSING: {name}: {why}")
    return {"engines": engines, "missing": missing}


def _python(peer: Peer) -> str:
    return environment.python_of_peers() if peer.own_environment else sys.executable


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./entente bench screening", description=__doc__)
    parser.add_argument("--names", type=int, default=0, help="also measure on so many generated names")
    parser.add_argument("--list", type=Path, default=DATA / "lists" / "list_open.jsonl.gz")
    parser.add_argument("--pairs", type=Path, default=DATA / "pairs" / "pairs.csv")
    parser.add_argument(
        "--unseen",
        type=int,
        metavar="SEED",
        help="ask about listed parties that the pairs never name instead",
    )
    parser.add_argument("--sample", type=int, help="at most so many searches of each class")
    parser.add_argument("--peers", type=_peers, default=list(PEERS), help=f"of {','.join(PEERS)}")
    return parser.parse_args(arguments)


def _peers(told: str) -> list[str]:
    names = told.split(",")
    if unknown := set(names) - set(PEERS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are {', '.join(PEERS)}")
    return names
