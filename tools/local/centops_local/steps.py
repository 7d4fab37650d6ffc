"""The steps of the closed loop, with real requests. The demo shows them, the tests check them.

Each step waits for its conditions and raises `ExpectationFailed` if one does not hold in time.
"""

import datetime
import itertools
import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import requests

from . import dmr, traffic
from .clients import Api, handshake_refusal
from .polling import ExpectationFailed, NotYet, wait_until
from .sample_network import Member
from .stack import Stack

#: The scheduler's first run is a minute after deployment, and the emulator checks schedules every 10 s.
ONLINE_SECONDS = 150
#: From the first failure until the DMR has no route any more.
OFFLINE_SECONDS = 60
#: The back-off before the first probe, then the scheduler's next run, with one to spare.
RECOVERY_SECONDS = 240


def expect(response: requests.Response, status: int) -> requests.Response:
    """Returns the response. Raises `ExpectationFailed` unless it has that status."""
    if response.status_code != status:
        request = response.request
        raise ExpectationFailed(
            f"Expected: {status} for {request.method} {request.path_url}. Got: {response.status_code} {response.text}"
        )
    return response


def all_pages(api: Api, path: str, items: str, **query: object) -> list[dict]:
    """Returns the items of all pages of a list. `items` is their field in a page."""
    found: list[dict] = []
    cursor: dict[str, str] = {}
    while True:
        page = expect(api.get(path, **query, **cursor), 200).json()
        found += page[items]
        if "next" not in page:
            return found
        cursor = {"cursor": page["next"]}


def enrol(stack: Stack, members: list[Member]) -> None:
    """Enrols the chatbots, as an administrator, and has their certificates issued."""
    admin = stack.person("admin")

    def enrol_one(member: Member) -> None:
        expect(admin.post("/chatbots", member.enrolment()), 201)
        stack.credentials(member.name, "chatbot")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enrol_one, members))


def chatbots(api: Api) -> dict[str, dict]:
    """Returns all chatbots by name."""
    return {chatbot["name"]: chatbot for chatbot in all_pages(api, "/chatbots", "chatbots", limit=100)}


def run_prober(stack: Stack) -> None:
    """Sweeps the recovery lane once, in addition to its schedule. The chatbots that are due are probed."""
    body = json.dumps({"at": datetime.datetime.now(datetime.UTC).isoformat()})
    stack.invoke("sweep-recovery", {"Records": [{"messageId": "by-hand", "body": body}]})


def await_online(
    stack: Stack, names: list[str], seconds: float = ONLINE_SECONDS, *, probe: bool = False
) -> dict[str, dict]:
    """Waits until the prober has brought these chatbots Online. `probe` invokes it instead of awaiting its schedule."""
    viewer = stack.person("viewer")

    def all_online() -> dict[str, dict]:
        if probe:
            run_prober(stack)
        seen = chatbots(viewer)
        statuses = {name: seen[name]["status"] if name in seen else "none" for name in names}
        others = {name: status for name, status in statuses.items() if status != "Online"}
        if others:
            raise NotYet(f"{len(others)} are not: {dict(itertools.islice(others.items(), 5))}")
        return seen

    return wait_until(f"{len(names)} chatbots are Online", all_online, seconds, every=0.5)


def await_status(stack: Stack, name: str, status: str, seconds: float, *, probe: bool = False) -> dict:
    """Waits until a chatbot has a status. `probe` invokes the prober instead of awaiting its schedule."""
    viewer = stack.person("viewer")

    def has_status() -> dict:
        if probe:
            run_prober(stack)
        chatbot = expect(viewer.get(f"/chatbots/{name}"), 200).json()
        if chatbot["status"] != status:
            raise NotYet(f"{chatbot['status']} since {chatbot['statusSince']}")
        return chatbot

    return wait_until(f"{name} is {status}", has_status, seconds, every=0.5 if probe else 0.25)


def relocate(stack: Stack, name: str, uri: str, seconds: float = 60) -> None:
    """Changes the address of a routed chatbot, and waits until it has passed its probes."""
    expect(stack.person("admin").call("PATCH", f"/chatbots/{name}", {"uri": uri}), 200)
    viewer = stack.person("viewer")

    def has_moved() -> bool:
        run_prober(stack)
        chatbot = expect(viewer.get(f"/chatbots/{name}"), 200).json()
        if chatbot["uri"] != uri:
            raise NotYet(f"at {chatbot['uri']}, pending: {chatbot.get('pendingUri')}")
        return True

    wait_until(f"{name} is at {uri}", has_moved, seconds, every=0.5)


def await_routes(stack: Stack, present: Iterable[str] = (), absent: Iterable[str] = (), seconds: float = 15) -> dict:
    """Waits until the DMR's table has the routes of `present` and none of `absent`."""
    wanted, unwanted = set(present), set(absent)

    def as_expected() -> dict:
        table = stack.dmr_table()
        names = {route["name"] for route in table["routes"]}
        missing, left = sorted(wanted - names), sorted(unwanted & names)
        if missing or left:
            raise NotYet(
                f"revision {table['revision']}, {len(names)} routes, missing {missing[:5]}, still present {left}"
            )
        return table

    description = f"the DMR has {len(wanted)} routes" + (f" and none to {', '.join(unwanted)}" if unwanted else "")
    return wait_until(description, as_expected, seconds)


def handshake_refusals(stack: Stack) -> dict[str, str]:
    """Returns the TLS alerts for a client without a certificate and for one with a foreign authority's certificate."""
    host, port = "localhost", stack.instance.port("edge")
    trusted = str(stack.authority.certificate)
    foreign = stack.foreign_authority.client(dmr.NAME, "dmr")
    alerts = {
        "no certificate": handshake_refusal(host, port, trusted, None),
        "a foreign certificate": handshake_refusal(host, port, trusted, foreign),
    }
    for caller, alert in alerts.items():
        if alert is None or "alert" not in alert:
            raise ExpectationFailed(f"Expected: a TLS alert in the handshake for {caller}. Got: {alert}")
    if handshake_refusal(host, port, trusted, stack.credentials(dmr.NAME, "dmr")) is not None:
        raise ExpectationFailed("Expected: the edge accepts the DMR's own certificate. Got: a TLS alert")
    return alerts


def health(stack: Stack, chatbot: str) -> dict:
    """Returns a chatbot's health, as staff sees it."""
    return expect(stack.person("viewer").get(f"/chatbots/{chatbot}/health"), 200).json()


def code_totals(stack: Stack, chatbot: str) -> dict[str, int]:
    """Returns the codes counted for a chatbot since its enrolment, by class."""
    return health(stack, chatbot)["totals"]["codes"]


def await_code_totals(stack: Stack, chatbot: str, expected: dict[str, int], seconds: float = 20) -> None:
    """Waits until exactly these codes are counted for a chatbot."""

    def equal() -> bool:
        counted = code_totals(stack, chatbot)
        if counted != expected:
            raise NotYet(counted)
        return True

    wait_until(f"the totals of {chatbot} are {expected}", equal, seconds)


def log_levels(stack: Stack, chatbot: str) -> dict[str, int]:
    """Returns the log entries counted for a chatbot since its enrolment, by level."""
    return health(stack, chatbot)["totals"]["levels"]


def status_since(seen: dict[str, dict], names: Iterable[str]) -> datetime.datetime:
    """Returns the latest status change of these chatbots. Earlier observations are outside their windows."""
    return max(datetime.datetime.fromisoformat(seen[name]["statusSince"]) for name in names)


def replay_traffic(stack: Stack, seconds: float = 90) -> traffic.Totals:
    """Replays the recorded traffic as a DMR's codes. Its totals must equal those in the table."""
    codes = traffic.recorded()
    expected = traffic.totals(codes)
    seen = chatbots(stack.person("viewer"))
    shifted = traffic.shifted_to_now(codes, status_since(seen, expected))
    accepted = dmr.replay(stack.device("dmr-tartu", "dmr"), shifted)
    if accepted != len(codes):
        raise ExpectationFailed(f"Expected: {len(codes)} codes are accepted. Got: {accepted}")
    remaining = dict(expected)

    def all_counted() -> bool:
        for chatbot in list(remaining):
            counted = code_totals(stack, chatbot)
            if counted != expected[chatbot]:
                raise NotYet(f"{chatbot} has {counted}, the file {expected[chatbot]}; {len(remaining)} still differ")
            del remaining[chatbot]
        return True

    wait_until("the totals in the table equal those of the file", all_counted, seconds)
    # A chatbot that was complete earlier must not have exceeded its total since.
    exceeded = {name: total for name in expected if (total := code_totals(stack, name)) != expected[name]}
    if exceeded:
        raise ExpectationFailed(f"Expected: totals as in the file. Got: {exceeded}")
    return expected


def break_chatbot(stack: Stack, name: str) -> int:
    """Makes a chatbot fail and sends it messages until the DMR has no route to it. Returns the failed messages."""
    stack.set_failing(name, True)
    deadline = time.monotonic() + OFFLINE_SECONDS
    statuses: list[int] = []
    while time.monotonic() < deadline:
        status = stack.send_message(name)
        if status == 503:
            return statuses.count(500)
        statuses.append(status)
        # The load of a busy chatbot: some twenty messages a second.
        time.sleep(0.05)
    raise ExpectationFailed(
        f"Expected: the route to {name} is removed within {OFFLINE_SECONDS} s of the first failure. "
        f"Got: {len(statuses)} messages, {statuses.count(500)} of them failed; health {health(stack, name)}"
    )


def await_incident(person: Api, chatbot: str, state: str, seconds: float, status: str = "offline") -> dict:
    """Waits until the active incident of a chatbot has a state and knows its status. Returns the incident."""

    def found() -> dict:
        incidents = all_pages(person, "/incidents", "incidents", active="true")
        for incident in incidents:
            if incident.get("chatbot") == chatbot and (incident["state"], incident["status"]) == (state, status):
                return incident
        raise NotYet(f"incidents: {[(one.get('chatbot'), one['state'], one['status']) for one in incidents]}")

    return wait_until(f"the incident of {chatbot} is {state}, the chatbot {status}", found, seconds)


def rfc3339(at: datetime.datetime) -> str:
    """Returns a time in the form of the API."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def publish(stack: Stack, component: str, version: str, severity: str) -> dict:
    """Publishes a release, as an operator."""
    release = {"component": component, "version": version, "severity": severity}
    return expect(stack.person("operator").post("/releases", release), 201).json()
