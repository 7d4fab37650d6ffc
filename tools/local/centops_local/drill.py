"""Restores the table of a network in use, twice: after many items were lost, and after all were.

A DMR looks up routes all the time, and a client with a revoked certificate calls. No route may be wrong, and the client must
not be let in.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from requests import RequestException

from . import steps
from .clients import Api
from .gameday import runbook
from .instance import ROOT, STACK
from .polling import ExpectationFailed, wait_until
from .stack import Progress, Stack

#: The DMR whose certificate is revoked after the copy was made, and the one that gets its certificate then.
_REVOKED, _NEW = "drill-revoked", "drill-new"
_OPERATOR = "EE60001019906"
#: The pause between two looks at the table of the DMR, and between two calls of the revoked client, in seconds.
_LOOKS, _CALLS = 0.05, 0.2
#: The time for which routes are watched after the end, in seconds: the DMR polls each second.
_AFTER = 15
#: The longest run of the command, in seconds.
_COMMAND = 900


@dataclass
class Truth:
    """The address of each chatbot that is routed. While one changes, the former is right as well."""

    routes: dict[str, set[str]]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wrong(self, table: dict[str, str]) -> list[str]:
        """Returns what is wrong with a table, a sentence each."""
        with self.lock:
            missing = [f"{name} is not routed" for name, uris in self.routes.items() if "" not in uris and name not in table]
            found = [f"{name} is routed to {uri}" for name, uri in table.items() if uri not in self.routes.get(name, set())]
        return missing + found

    def change(self, name: str, uri: str | None) -> None:
        """Begins a change; none ends the route. It ends with `settle`."""
        with self.lock:
            self.routes[name] |= {uri or ""}

    def settle(self, table: dict[str, str]) -> None:
        """Ends all changes: what the table has now is right."""
        with self.lock:
            self.routes = {name: {table.get(name, "")} for name in self.routes}


class Repeated:
    """Calls a function all the time while its context lasts, and keeps what it returns."""

    def __init__(self, pause: float, call: Callable[[], list[str]]):
        self.calls, self.found = 0, []
        self._pause, self._call, self._stop = pause, call, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Repeated":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            try:
                self.found += self._call()
            except Exception as error:
                # Otherwise the thread would end, and find nothing from then on.
                self.found.append(f"a call failed: {error}")
            self.calls += 1


def run(stack: Stack, progress: Progress) -> bool:
    """Runs both restores and reports them. Returns true if nothing was wrong."""
    names = [member.name for member in stack.members]
    steps.await_online(stack, names, probe=True)
    table = _routes(steps.await_routes(stack, present=names))
    truth = Truth({name: {uri} for name, uri in table.items()})
    kept, revoked = stack.device("drill-kept", "dmr"), stack.device(_REVOKED, "dmr")
    for dmr in (kept, revoked):
        steps.expect(dmr.get("/routes"), 200)
    progress(f"{len(names)} chatbots are routed")
    with Repeated(_LOOKS, lambda: truth.wrong(_routes(stack.dmr_table()))) as lookups:
        since = _copy(stack, "some")
        _change(stack, truth, names)
        progress("since the copy: 10 chatbots moved, one was removed, one forced offline, a certificate revoked, one issued")
        with Repeated(_CALLS, lambda: _let_in(revoked)) as refused:
            some = _restored(stack, "some", since, lambda key: _is_lost(key, names[5:25]), kept, progress)
            since = _copy(stack, "all")
            every = _restored(stack, "all", since, lambda key: True, kept, progress)
            time.sleep(_AFTER)
    progress(f"restored after {some:.1f} s (some items) and {every:.1f} s (all): from the command to the DMR's new revision")
    progress(f"{lookups.calls} looks at {len(names)} routes: {len(lookups.found)} wrong")
    progress(f"{refused.calls} calls with the revoked certificate: {len(refused.found)} let in")
    for problem in sorted(set(lookups.found + refused.found))[:20]:
        progress(f"wrong: {problem}")
    return not lookups.found and not refused.found


def _routes(table: dict) -> dict[str, str]:
    return {route["name"]: route["uri"] for route in table["routes"]}


def _let_in(client: Api) -> list[str]:
    try:
        return ["the revoked certificate was let in"] if client.get("/routes").status_code == 200 else []
    except RequestException:
        return []


def _copy(stack: Stack, name: str) -> str:
    """Restores the table to now, as a table of its own. Returns the time.

    The emulator copies the table as it is when it is asked, whatever point in time it is asked for.
    """
    dynamodb, copy = stack.instance.aws("dynamodb"), f"{STACK}-restored-{name}"
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=stack.outputs["Table"], TargetTableName=copy, UseLatestRestorableTime=True
    )
    dynamodb.get_waiter("table_exists").wait(TableName=copy)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _change(stack: Stack, truth: Truth, names: list[str]) -> None:
    """Changes the network as people do: what a copy does not have."""
    admin, viewer = stack.person("admin"), stack.person("viewer")
    moved = {name: next(iter(truth.routes[name])) + "?moved=1" for name in names[:10]}
    for name, uri in moved.items():
        truth.change(name, uri)
        steps.expect(admin.call("PATCH", f"/chatbots/{name}", {"uri": uri}), 200)

    def have_moved() -> bool:
        steps.run_prober(stack)
        return all(viewer.get(f"/chatbots/{name}").json()["uri"] == uri for name, uri in moved.items())

    wait_until("ten chatbots have moved", have_moved, 60, every=0.5)
    removed, forced = names[30], names[31]
    for name in (removed, forced):
        truth.change(name, None)
    steps.expect(admin.call("DELETE", f"/chatbots/{removed}"), 204)
    control = {"mode": "force-offline", "reason": "works on its server"}
    steps.expect(admin.call("PUT", f"/chatbots/{forced}/control", control), 200)
    serial = steps.all_pages(admin, "/certificates", "certificates", profile="dmr", name=_REVOKED)[0]["serial"]
    path = f"/certificates/dmr/{_REVOKED}/{serial}/revocation"
    steps.expect(admin.call("PUT", path, {"reason": "the drill"}), 200)
    steps.expect(stack.device(_NEW, "dmr").get("/routes"), 200)

    def has_followed() -> dict[str, str] | None:
        table = _routes(stack.dmr_table())
        followed = all(table.get(name) == uri for name, uri in moved.items())
        return table if followed and removed not in table and forced not in table else None

    truth.settle(wait_until("the DMR follows", has_followed, 30))


def _is_lost(key: tuple[str, str], names: list[str]) -> bool:
    """Returns whether an item of the key is lost with some others: 20 chatbots, every certificate, one DMR."""
    pk, sk = key
    chatbot = sk if pk == "CHATBOTS" else pk.removeprefix("HEALTH#")
    return chatbot in names or pk == "CERTIFICATES" or (pk, sk) == ("PEERS", _NEW)


def _restored(
    stack: Stack, copy: str, since: str, is_lost: Callable[[tuple[str, str]], bool], kept: Api, progress: Progress
) -> float:
    """Deletes items by hand and restores them. Returns the seconds from the command to the new revision of the DMR."""
    seen = stack.dmr_table()["revision"]
    lost = [item for item in stack.table.scan(ConsistentRead=True)["Items"] if is_lost((item["pk"], item["sk"]))]
    with stack.table.batch_writer() as batch:
        for item in lost:
            batch.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    progress(f"{len(lost)} items were deleted at revision {seen}")
    began = time.monotonic()
    arguments = f"ENV=local COPY={STACK}-restored-{copy} SINCE={since} SEEN={seen} APPLY=1 BY={_OPERATOR}"
    printed = runbook.run(stack, f"make --no-print-directory -C {ROOT} restore {arguments}", _COMMAND)
    said = [line for line in printed.splitlines() if not line.startswith(("chatbot ", "probes "))]
    progress(f"make restore said: {'; '.join(said)}")
    revision = int(re.search(r"revision (\d+)$", printed.rstrip())[1])
    wait_until("the DMR has the new revision", lambda: stack.dmr_table()["revision"] >= revision > seen, 60)
    seconds = time.monotonic() - began
    for dmr in (kept, stack.device(_NEW, "dmr")):
        steps.expect(dmr.get("/routes"), 200)
    counted = stack.invoke("recount-chatbots", {})
    if counted["drift"]:
        raise ExpectationFailed(f"Expected: exact counts. Got: {counted}")
    return seconds
