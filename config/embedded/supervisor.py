"""`./entente up`: start everything, keep it running, and take it all down again."""

import argparse
import os
import signal
import time
from collections import deque
from types import FrameType

from config.embedded.folder import DataFolder, Occupied
from config.embedded.progress import complain, step, table
from config.embedded.servers import Unavailable
from config.embedded.system import LOOPBACK, System, known_people, port_is_free

TOO_MANY_DEATHS = 5  # of one process within a minute


class Stopped(BaseException):
    """A signal asked the supervisor to leave."""


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    folder = DataFolder.chosen(options.data)
    try:
        folder.hold("up")
    except Occupied as occupied:
        address = folder.read("run/address.json").get("url")
        complain(f"{occupied}" + (f" It answers at {address}" if address else ""))
        return 1
    try:
        demo = _decide_demo(folder, options)
        if options.port and not port_is_free(options.bind, options.port):
            raise Unavailable(f"Port {options.port} is taken; choose another with --port.")
    except Unavailable as problem:
        complain(str(problem))
        folder.release()
        return 2
    system = System(folder, bind=options.bind, port=options.port, demo=demo)
    return Supervisor(system, empty=not demo).run()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./entente up", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port of the web server (0: any free one)")
    parser.add_argument("--bind", default="127.0.0.1", help="address it listens on (default: %(default)s)")
    parser.add_argument("--data", metavar="DIR", help="data folder (default: ENTENTE_DATA, else var/)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--empty", action="store_true", help="start without the demo alliance")
    kind.add_argument("--demo", action="store_true", help="load the demo alliance even into DATABASE_URL")
    return parser.parse_args(arguments)


def _decide_demo(folder: DataFolder, options: argparse.Namespace) -> bool:
    """Tell whether the folder holds (or shall hold) the demo alliance; that is decided once."""
    known = folder.read("installation.json").get("demo")
    if known is None:
        own_database = "DATABASE_URL" in os.environ
        return bool(options.demo or not (options.empty or own_database))
    if known and options.empty:
        raise Unavailable(
            f"{folder.path} already holds the demo alliance; choose an empty folder with --data."
        )
    if options.demo and not known:
        raise Unavailable(f"{folder.path} was started without the demo alliance and stays so.")
    return bool(known)


class Supervisor:
    """Owns the processes from the first server to the last."""

    def __init__(self, system: System, *, empty: bool) -> None:
        self.system = system
        self.folder = system.folder
        self.empty = empty
        self.deaths: dict[str, deque[float]] = {}

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _raise_stopped)
        try:
            self._start()
            self._watch()
        except Stopped:
            print("\nStopping", flush=True)
            code = 0
        except (Unavailable, Occupied) as problem:
            complain(f"\n{problem}")
            code = 1
        finally:
            self._leave()
        return code

    def _start(self) -> None:
        began = time.monotonic()
        system = self.system
        print(f"Entente, on {self.folder.path}", flush=True)
        with step("start " + (" and ".join(self._embedded()) or "nothing: servers are given")):
            system.start_servers()
        system.prepare()
        self.folder.write("installation.json", {"demo": not self.empty})
        with step("start the web server"):
            system.start("web")
            system.await_web()
        self.folder.write("run/address.json", {"url": system.url})
        print(f"\n{system.url} answers, {time.monotonic() - began:.1f} s after the start.\n", flush=True)
        with step("start the workers and beat"):
            system.start_workers()
            system.await_workers()
        self._introduce()
        print("Ctrl-C stops everything.", flush=True)

    def _embedded(self) -> list[str]:
        servers = self.system.servers
        return [name for name, used in (("Valkey", servers.valkey), ("PostgreSQL", servers.postgres)) if used]

    def _introduce(self) -> None:
        if self.empty:
            return
        if self.system.bind not in LOOPBACK:
            print("The demo alliance's sign-in with a click is off: the listener is not on loopback.")
        people = known_people(self.folder)
        if people:
            print(f"\nSign in as one of them with a click: {self.system.url}/demo/")
            headings = list(people[0])
            print(
                "\n"
                + table(
                    [word.capitalize() for word in headings],
                    [[str(person[word]) for word in headings] for person in people],
                )
                + "\n"
            )

    def _watch(self) -> None:
        """Start again what dies; give up on what keeps dying."""
        while True:
            for running in self.system.servers.running:
                if running.poll() is not None:
                    raise Unavailable(f"{running.program.name} left with code {running.poll()}.")
            for name, running in list(self.system.children.items()):
                if running.poll() is not None:
                    self._start_again(name, running.poll())
            time.sleep(0.5)

    def _start_again(self, name: str, code: int | None) -> None:
        times = self.deaths.setdefault(name, deque(maxlen=TOO_MANY_DEATHS))
        times.append(time.monotonic())
        if len(times) == TOO_MANY_DEATHS and times[-1] - times[0] < 60:
            raise Unavailable(f"{name} dies again and again; see {self.folder.logs / name}.log.")
        complain(f"{name} left with code {code}; starting it again.")
        self.system.start(name)

    def _leave(self) -> None:
        """Stop everything; a second signal cuts the patience short."""
        try:
            self.system.stop_everything()
        except Stopped:
            for running in [*self.system.children.values(), *self.system.servers.running]:
                running.ask_to_stop()
                running.wait_stopped(time.monotonic() + 2)
        (self.folder.path / "run" / "address.json").unlink(missing_ok=True)
        self.folder.release()


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped
