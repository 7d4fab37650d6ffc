"""The main job of CentOps, played with real requests: one line a step, each with its time."""

import time
from collections.abc import Callable

from . import steps
from .alerts import Inbox, operator_inbox, owner_inbox
from .stack import Stack
from .waiting import NotWithin

#: Fails and recovers in the demo.
PATIENT = "opening-hours"
#: Runs an older intent engine than the release.
BEHIND = "tax-helper"
#: Runs the released intent engine already.
CURRENT = "benefit-guide"

_ALERT_SECONDS = 30


class Story:
    """The five steps on one running copy."""

    def __init__(self, stack: Stack, say: Callable[[str], None] = print):
        self._stack = stack
        self._say = say
        self._names = [member.name for member in stack.members]
        self._inboxes: dict[str, Inbox] = {}
        self._operators: Inbox | None = None

    def play(self) -> None:
        """Plays all steps; raises at the first fact that does not hold."""
        for number, step in enumerate((self.enrol, self.replay, self.fail, self.recover, self.release), 1):
            self._say(f"\n{number}. {step.__doc__.strip()}")
            began = time.monotonic()
            self._lap = began
            step()
            self._say(f"   step {number} holds{time.monotonic() - began:>7.1f} s")

    def enrol(self) -> None:
        """An administrator creates chatbots; their probes succeed and the DMR sees their routes."""
        stack = self._stack
        self._operators = operator_inbox(stack)
        steps.enrol(stack, stack.members)
        self._fact(f"{len(self._names)} chatbots are enrolled, each Unknown")
        for name in (PATIENT, BEHIND, CURRENT):
            self._inboxes[name] = owner_inbox(stack, name, stack.member(name).institution)
        self._fact("three owners subscribe to their chatbot")
        steps.await_online(stack, self._names)
        self._fact("the scheduled probe finds them healthy: all are Online")
        table = steps.await_routes(stack, present=self._names)
        self._fact(f"the DMR has {len(table['routes'])} routes over mutual TLS, revision {table['revision']}")
        if (status := stack.say_to(PATIENT)) != 200:
            raise NotWithin(f"Expected: a message through the DMR to {PATIENT} is answered. Got: {status}")
        self._fact(f"a message through the DMR reaches {PATIENT}")
        for inbox in self._inboxes.values():
            inbox.forget()
        for who, reason in steps.refusals(stack).items():
            self._fact(f"{who} is refused in the handshake: {reason}")

    def replay(self) -> None:
        """10,000 requests of a real web server are reported by a DMR and take nobody offline."""
        before = self._stack.dmr_table()
        totals = steps.replay_traffic(self._stack)
        classes: dict[str, int] = {}
        for counted in totals.values():
            for name, count in counted.items():
                classes[name] = classes.get(name, 0) + count
        shown = ", ".join(f"{name} {count}" for name, count in sorted(classes.items()))
        self._fact(f"the totals of {len(totals)} chatbots in the table equal the file's ({shown})")
        steps.await_online(self._stack, self._names, seconds=0)
        after = self._stack.dmr_table()
        if after["revision"] != before["revision"]:
            raise NotWithin(f"Expected: the routes stay at revision {before['revision']}. Got: {after['revision']}")
        self._fact(f"all {len(self._names)} are still Online, the routes still at revision {after['revision']}")

    def fail(self) -> None:
        """One chatbot starts to fail: its circuit opens, its route goes, its owner hears of it."""
        failed = steps.break_chatbot(self._stack, PATIENT)
        self._fact(f"{PATIENT} failed {failed} messages; the DMR has no route to it any more")
        steps.await_status(self._stack, PATIENT, "Offline", 10)
        alert = self._inboxes[PATIENT].await_kinds(["chatbot-offline"], _ALERT_SECONDS)
        self._fact(f'its owner reads: "{alert["subject"]}"')
        others = [name for name in self._names if name != PATIENT]
        steps.await_online(self._stack, others, seconds=0)
        steps.await_routes(self._stack, present=others, absent=[PATIENT])
        self._fact(f"the other {len(others)} stay Online and routed")

    def recover(self) -> None:
        """The chatbot recovers: the scheduled probe brings it back, route and alert follow."""
        self._stack.switch(PATIENT, failing=False)
        steps.await_status(self._stack, PATIENT, "Online", steps.RECOVERY_SECONDS)
        self._fact(f"the scheduled probe found {PATIENT} healthy: it is Online")
        steps.await_routes(self._stack, present=self._names)
        if (status := self._stack.say_to(PATIENT)) != 200:
            raise NotWithin(f"Expected: a message to {PATIENT} is answered again. Got: {status}")
        self._fact("its route is back, and a message reaches it")
        story = ["chatbot-offline", "chatbot-online"]
        alert = self._inboxes[PATIENT].await_kinds(story, _ALERT_SECONDS)
        self._fact(f'its owner reads: "{alert["subject"]}", and had one alert for the outage')

    def release(self) -> None:
        """A release is published: the owners of chatbots that run something older hear of it, others nothing."""
        stack = self._stack
        steps.publish(stack, "intent-engine", "1.5.0", "mandatory")
        self._fact("intent-engine 1.5.0 is published, mandatory")
        news = ["update-available"]
        alert = self._inboxes[BEHIND].await_kinds(news, _ALERT_SECONDS)
        self._fact(f'the owner of {BEHIND} reads: "{alert["subject"]}"')
        story = ["chatbot-offline", "chatbot-online", "update-available"]
        alert = self._inboxes[PATIENT].await_kinds(story, _ALERT_SECONDS)
        self._fact(f'the owner of {PATIENT} reads: "{alert["subject"]}"')
        # A later release that concerns it proves that nothing of the first is still on its way.
        steps.publish(stack, "chat-widget", "2.1.0", "optional")
        alert = self._inboxes[CURRENT].await_kinds(news, _ALERT_SECONDS)
        if alert["release"]["component"] != "chat-widget":
            raise NotWithin(f"Expected: {CURRENT} hears nothing of intent-engine 1.5.0, which it runs. Got: {alert}")
        self._fact(f"the owner of {CURRENT}, which runs it, heard nothing of it, and does of chat-widget 2.1.0")
        updates = steps.expect(stack.device(BEHIND, "chatbot").get("/updates"), 200).json()["updates"]
        rows = ", ".join(f"{row['component']} {row['running']} -> {row['latest']}" for row in updates)
        self._fact(f"{BEHIND} itself asks for its updates: {rows}")
        if held := self._operators.read():
            raise NotWithin(f"Expected: nothing for administrators. Got: {[alert['subject'] for alert in held]}")

    def _fact(self, text: str) -> None:
        now = time.monotonic()
        self._say(f"   {now - self._lap:6.1f} s  {text}")
        self._lap = now


def directions(stack: Stack) -> str:
    """Where everything is, a command for each API, and how to stop."""
    instance = stack.instance
    python = f"PYTHONPATH=local .venv/bin/python -m centops_local --instance {instance.name}"
    home = f".local/{instance.name}"
    return f"""
The stack runs:
  Admin API     {stack.admin_url}
  Network API   {instance.url("edge")} (mutual TLS)
  AWS emulator  {instance.url("emulator")} (region {instance.aws("sts").meta.region_name}, stack centops-local)
  Issuer        {instance.url("issuer")}/.well-known/openid-configuration
  DMR           {instance.url("dmr")}/table
  Chatbots      {instance.url("switchboard")}/control
  Logs          .local/{instance.name}/logs; the functions': {python} logs

An administrator lists chatbots:
  curl -H "Authorization: Bearer $({python} token --role admin)" '{stack.admin_url}/chatbots?limit=5'

A DMR asks for a route:
  curl --cacert {home}/authority/authority.pem --cert {home}/devices/dmr/dmr-tallinn.pem \\
    --key {home}/devices/dmr/dmr-tallinn-key.pem {instance.url("edge")}/routes/{PATIENT}

A chatbot fails until told otherwise:
  curl -X PUT -d '{{"failing": true}}' {instance.url("switchboard")}/control/{PATIENT}

Stop it: make down"""
