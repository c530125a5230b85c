"""What `./entente` does with its arguments."""

import importlib
import os
import pkgutil
import sys

from config.embedded.folder import DataFolder, Occupied
from config.embedded.progress import complain
from config.embedded.servers import Unavailable
from config.embedded.system import run_command, servers_of

USAGE = """\
Entente: allied export licensing.

  ./entente up [--port N] [--bind ADDRESS] [--data DIR] [--empty]   run the platform here
  ./entente test [PYTEST ARGUMENTS]                                 check everything
  ./entente bench NAME                                              measure against the figures asked for
  ./entente prove NAME                                              a long proof against real processes
  ./entente drill [--seed N] [--members N] [--cases N] [--inject WHAT]  an exercise, on a database of its own
  ./entente sandbox up|list|reset|credentials                       places for partners to try everything
  ./entente conformance --url URL --as ROLE | --receiver URL        does it answer as the contract says
  ./entente screen query|compare ...                                screen names from a file, without a server
  ./entente blind key|key-id|denials|query ...                      fingerprints of denials, without a server
  ./entente deadline verify FILE                                    recompute a due instant, without a server
  ./entente verify-licence FILE [--pack PACK --keys KEYS]           verify a licence, with a pack without a server
  ./entente customs-file check|receive|licences|payload ...         files of a customs system (docs/customs.md)
  ./entente COMMAND ...                                             any management command, on the data folder

Own servers: DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL (docs/operating.md).
`./entente help` lists the management commands.
"""
NEED_NO_SERVERS = {
    "blind",
    "charter",
    "check",
    "collectstatic",
    "compilemessages",
    "deadline",
    "diffsettings",
    "help",
    "makemessages",
    "makemigrations",
    "screen",
    "spectacular",
    "version",
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0
    name, rest = arguments[0], arguments[1:]
    if name == "up":
        from config.embedded import supervisor

        return supervisor.main(rest)
    if name == "test":
        from config.embedded import testrun

        return testrun.main(rest)
    if name == "drill":
        from config.embedded import drill

        return drill.main(rest)
    if name == "sandbox":
        from config.embedded import sandboxes

        return sandboxes.main(rest)
    if name == "conformance":
        from conformance.__main__ import main as conformance

        return conformance(rest)
    if name in ("bench", "prove"):
        return _run_module({"bench": "bench", "prove": "proofs"}[name], rest)
    return _manage(arguments)


def _run_module(package: str, arguments: list[str]) -> int:
    """Run `run(arguments)` of the module that the first argument names."""
    names = _modules(package)
    if not arguments or arguments[0] not in names:
        complain(f"Say which one: {', '.join(names)}.")
        return 2
    return int(importlib.import_module(f"{package}.{arguments[0]}").run(arguments[1:]))


def _modules(package: str) -> list[str]:
    found = importlib.import_module(package)
    return [module.name for module in pkgutil.iter_modules(found.__path__) if not module.name.startswith("_")]


def _manage(arguments: list[str]) -> int:
    """Run a management command on the servers of the data folder, started for the time if need be."""
    arguments, data = _without_data_option(arguments)
    arguments[0] = arguments[0].replace("-", "_")
    folder = DataFolder.chosen(data)
    if _needs_no_servers(arguments) or ("DATABASE_URL" in os.environ and "REDIS_URL" in os.environ):
        return run_command(folder, arguments)
    try:
        with servers_of(folder, arguments[0]):
            return run_command(folder, arguments)
    except (Occupied, Unavailable) as problem:
        complain(str(problem))
        return 1


def _needs_no_servers(arguments: list[str]) -> bool:
    given = {word.partition("=")[0] for word in arguments}
    return (
        arguments[0] in NEED_NO_SERVERS
        or (arguments[0] == "verify_licence" and {"--pack", "--keys"} <= given)
        or (arguments[:2] == ["customs_file", "check"])
    )


def _without_data_option(arguments: list[str]) -> tuple[list[str], str | None]:
    kept, data, words = [], None, iter(arguments)
    for word in words:
        if word == "--data":
            data = next(words, None)
        elif word.startswith("--data="):
            data = word.partition("=")[2]
        else:
            kept.append(word)
    return kept, data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
