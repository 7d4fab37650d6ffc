"""What the closed loop does, as steps with real requests. The demo tells them, the tests check them.

Each step waits for its facts and raises when one does not hold in time.
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
from .roster import Member
from .stack import Stack
from .waiting import NotWithin, Unmet, until

#: The Scheduler's first tick is a minute after deployment, and the emulator looks every 10 s.
ONLINE_SECONDS = 150
#: From the first failure to the route's end at the DMR.
OFFLINE_SECONDS = 60
#: The wait before the first probe, then a tick that comes a minute after the last, with one to spare.
RECOVERY_SECONDS = 240


def expect(response: requests.Response, status: int) -> requests.Response:
    """Fails unless the answer has that status."""
    if response.status_code != status:
        request = response.request
        raise NotWithin(
            f"Expected: {status} for {request.method} {request.path_url}. Got: {response.status_code} {response.text}"
        )
    return response


def enrol(stack: Stack, members: list[Member]) -> None:
    """An administrator creates the chatbots."""
    admin = stack.person("admin")
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda member: admin.post("/chatbots", member.enrolment()), members)
        for answer in answers:
            expect(answer, 201)


def chatbots(admin: Api) -> dict[str, dict]:
    """All chatbots, page by page."""
    found, cursor = {}, {}
    while True:
        page = expect(admin.get("/chatbots", limit=100, **cursor), 200).json()
        found |= {chatbot["name"]: chatbot for chatbot in page["chatbots"]}
        if "next" not in page:
            return found
        cursor = {"cursor": page["next"]}


def await_online(stack: Stack, names: list[str], seconds: float = ONLINE_SECONDS) -> dict[str, dict]:
    """Waits until the scheduled probe has brought these chatbots Online."""
    admin = stack.person("viewer")

    def all_online() -> dict[str, dict]:
        seen = chatbots(admin)
        others = {name: seen[name]["status"] if name in seen else "none" for name in names}
        others = {name: status for name, status in others.items() if status != "Online"}
        if others:
            raise Unmet(f"{len(others)} are not: {dict(itertools.islice(others.items(), 5))}")
        return seen

    return until(f"{len(names)} chatbots are Online", all_online, seconds, every=0.5)


def await_routes(stack: Stack, present: list[str] = (), absent: list[str] = (), seconds: float = 15) -> dict:
    """Waits until the DMR's table has these routes, and has not those."""

    def as_expected() -> dict:
        table = stack.dmr_table()
        names = {route["name"] for route in table["routes"]}
        missing, left = sorted(set(present) - names), sorted(set(absent) & names)
        if missing or left:
            raise Unmet(f"revision {table['revision']}, {len(names)} routes, missing {missing[:5]}, still there {left}")
        return table

    what = f"the DMR has {len(present)} routes" + (f" and none to {', '.join(absent)}" if absent else "")
    return until(what, as_expected, seconds)


def refusals(stack: Stack) -> dict[str, str]:
    """How the edge refuses a client without a certificate and one with a foreign authority's."""
    host, port = "localhost", stack.instance.port("edge")
    trusted = str(stack.authority.certificate)
    stranger = stack.foreign_authority.client(dmr.NAME, "dmr")
    reasons = {
        "no certificate": handshake_refusal(host, port, trusted, None),
        "a foreign certificate": handshake_refusal(host, port, trusted, stranger),
    }
    for who, reason in reasons.items():
        if reason is None or "alert" not in reason:
            raise NotWithin(f"Expected: {who} is refused by a TLS alert in the handshake. Got: {reason}")
    if handshake_refusal(host, port, trusted, stack.credentials(dmr.NAME, "dmr")) is not None:
        raise NotWithin("Expected: the DMR's own certificate is let in. Got: it was refused")
    return reasons


def health(stack: Stack, chatbot: str) -> dict:
    """A chatbot's health, as administrators see it."""
    return expect(stack.person("viewer").get(f"/chatbots/{chatbot}/health"), 200).json()


def code_totals(stack: Stack, chatbot: str) -> dict[str, int]:
    """The codes ever counted for a chatbot, by class."""
    return health(stack, chatbot)["totals"]["codes"]


def await_code_totals(stack: Stack, chatbot: str, expected: dict[str, int], seconds: float = 20) -> None:
    """Waits until just these codes are counted for a chatbot."""

    def equal() -> bool:
        got = code_totals(stack, chatbot)
        if got != expected:
            raise Unmet(got)
        return True

    until(f"the totals of {chatbot} are {expected}", equal, seconds)


def log_levels(stack: Stack, chatbot: str) -> dict[str, int]:
    """The log entries ever counted for a chatbot, by level."""
    return health(stack, chatbot)["totals"]["levels"]


def routed_since(seen: dict[str, dict], names: Iterable[str]) -> datetime.datetime:
    """Since when all of these chatbots have their status: what came before is outside their windows."""
    return max(datetime.datetime.fromisoformat(seen[name]["statusSince"]) for name in names)


def replay_traffic(stack: Stack, seconds: float = 90) -> traffic.Totals:
    """Replays the recorded traffic as a DMR's codes; its totals must be those in the table."""
    codes = traffic.recorded()
    expected = traffic.totals(codes)
    seen = chatbots(stack.person("viewer"))
    moved = traffic.moved(codes, routed_since(seen, expected))
    accepted = dmr.replay(stack.device("dmr-tartu", "dmr"), moved)
    if accepted != len(codes):
        raise NotWithin(f"Expected: {len(codes)} codes are taken. Got: {accepted}")
    open_totals = dict(expected)

    def counted() -> bool:
        for chatbot in list(open_totals):
            got = code_totals(stack, chatbot)
            if got != expected[chatbot]:
                raise Unmet(f"{chatbot} has {got}, the file {expected[chatbot]}; {len(open_totals)} still differ")
            del open_totals[chatbot]
        return True

    until("the totals in the table equal those of the file", counted, seconds)
    # None has been counted beyond its total meanwhile.
    beyond = {name: got for name in expected if (got := code_totals(stack, name)) != expected[name]}
    if beyond:
        raise NotWithin(f"Expected: totals as in the file. Got: {beyond}")
    return expected


def break_chatbot(stack: Stack, name: str) -> int:
    """Lets a chatbot fail and sends it messages until the DMR has no route to it. Says how many it failed."""
    stack.switch(name, failing=True)
    deadline = time.monotonic() + OFFLINE_SECONDS
    statuses: list[int] = []
    while time.monotonic() < deadline:
        status = stack.say_to(name)
        if status == 503:
            return statuses.count(500)
        statuses.append(status)
        # A busy chatbot: some twenty messages a second.
        time.sleep(0.05)
    raise NotWithin(
        f"Expected: the route to {name} goes within {OFFLINE_SECONDS} s of failing. "
        f"Got: {len(statuses)} messages, {statuses.count(500)} of them failed; health {health(stack, name)}"
    )


def await_status(stack: Stack, name: str, status: str, seconds: float) -> dict:
    """Waits until a chatbot has a status."""
    admin = stack.person("viewer")

    def has_it() -> dict:
        chatbot = expect(admin.get(f"/chatbots/{name}"), 200).json()
        if chatbot["status"] != status:
            raise Unmet(f"{chatbot['status']} since {chatbot['statusSince']}")
        return chatbot

    return until(f"{name} is {status}", has_it, seconds)


def publish(stack: Stack, component: str, version: str, severity: str) -> dict:
    """An operator publishes a release."""
    release = {"component": component, "version": version, "severity": severity}
    return expect(stack.person("operator").post("/releases", release), 201).json()
