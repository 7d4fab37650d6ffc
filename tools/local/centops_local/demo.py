"""The demo of `make up`: the main job of CentOps with real requests, one printed line for each fact, with its time."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from . import steps
from .alerts import Inbox, operator_inbox, owner_inbox
from .clients import Api
from .instance import ROOT
from .polling import ExpectationFailed, wait_until
from .stack import Progress, Stack

#: Fails and recovers.
FAILING_CHATBOT = "opening-hours"
#: Runs an older intent engine than the published release.
OUTDATED_CHATBOT = "tax-helper"
#: Runs the published intent engine already.
CURRENT_CHATBOT = "benefit-guide"
#: Fails while work on it is planned.
PLANNED_CHATBOT = "presentations"

_ALERT_SECONDS = 100
#: The longest time until a message that is not urgent: five minutes after the one before.
_GAP_SECONDS = 400
#: The longest time until an incident follows an event.
_INCIDENT_SECONDS = 30
#: The longest time until an outage that is planned for the next full minute is in progress.
_MINUTE_SECONDS = 150


class Demo:
    """The seven steps of the demo, on a running instance."""

    def __init__(self, stack: Stack, progress: Progress = print):
        self._stack = stack
        self._progress = progress
        self._names = [member.name for member in stack.members]
        self._inboxes: dict[str, Inbox] = {}
        self._operators: Inbox | None = None
        self._last_fact = 0.0
        self._began = datetime.now(UTC)
        #: The path of the planned outage.
        self._planned = ""

    def run(self) -> None:
        """Runs all steps. Raises `ExpectationFailed` at the first fact that does not hold."""
        taken = (self.enrol, self.replay, self.fail, self.recover, self.release, self.work, self.report)
        for number, step in enumerate(taken, 1):
            self._progress(f"\n{number}. {step.__doc__.strip()}")
            began = self._last_fact = time.monotonic()
            step()
            self._progress(f"   step {number} passed{time.monotonic() - began:>7.1f} s")

    def enrol(self) -> None:
        """An administrator creates chatbots; their probes succeed and the DMR receives their routes."""
        stack = self._stack
        self._operators = operator_inbox(stack)
        steps.enrol(stack, stack.members)
        self._fact(f"{len(self._names)} chatbots are enrolled, each with status Unknown")
        self._plan()
        # Invoked, so that nobody waits for its minute; the last probe of the demo is the schedule's.
        steps.await_online(stack, self._names, probe=True)
        self._fact("their probes succeeded: all are Online")
        table = steps.await_routes(stack, present=self._names)
        self._fact(f"the DMR has {len(table['routes'])} routes over mutual TLS, revision {table['revision']}")
        if (status := stack.send_message(FAILING_CHATBOT)) != 200:
            raise ExpectationFailed(f"Expected: 200 for a message through the DMR to {FAILING_CHATBOT}. Got: {status}")
        self._fact(f"a message through the DMR reached {FAILING_CHATBOT}")
        for name in (FAILING_CHATBOT, OUTDATED_CHATBOT, CURRENT_CHATBOT, PLANNED_CHATBOT):
            self._inboxes[name] = owner_inbox(stack, name, stack.member(name).institution)
        self._fact("four owners subscribed to their chatbot")
        for caller, alert in steps.handshake_refusals(stack).items():
            self._fact(f"{caller}: rejected in the TLS handshake ({alert})")

    def _plan(self) -> None:
        """Plans work on a chatbot, which begins while the next steps run. Its owner subscribes after that: there are five
        minutes between two messages that are not urgent, so the message about the plan would delay that of its start."""
        start = datetime.now(UTC) + timedelta(seconds=90)
        rule = {"start": start.strftime("%Y-%m-%dT%H:%M:00"), "zone": "UTC", "minutes": 60}
        institution = self._stack.member(PLANNED_CHATBOT).institution
        outage = {"institution": institution, "chatbots": [PLANNED_CHATBOT], "rule": rule, "reason": "New server"}
        created = steps.expect(self._stack.person("operator").post("/planned-outages", outage), 201)
        self._planned = created.headers["Location"]
        self._fact(f"an operator planned an outage of {PLANNED_CHATBOT} from {rule['start'][-8:-3]} on")

    def replay(self) -> None:
        """A DMR reports 10,000 recorded requests of a web server; no chatbot goes offline."""
        before = self._stack.dmr_table()
        totals = steps.replay_traffic(self._stack)
        classes: Counter[str] = Counter()
        for counted in totals.values():
            classes.update(counted)
        shown = ", ".join(f"{name} {count}" for name, count in sorted(classes.items()))
        self._fact(f"the totals of {len(totals)} chatbots in the table equal the file's ({shown})")
        steps.await_online(self._stack, self._names, seconds=0)
        after = self._stack.dmr_table()
        if after["revision"] != before["revision"]:
            raise ExpectationFailed(
                f"Expected: the routes stay at revision {before['revision']}. Got: {after['revision']}"
            )
        self._fact(f"all {len(self._names)} are still Online, the routes still at revision {after['revision']}")

    def fail(self) -> None:
        """One chatbot starts to fail: its circuit opens, its route is removed, its owner is notified."""
        failed = steps.break_chatbot(self._stack, FAILING_CHATBOT)
        self._fact(f"{FAILING_CHATBOT} failed {failed} messages; the DMR has no route to it any more")
        steps.await_status(self._stack, FAILING_CHATBOT, "Offline", 10)
        alert = self._inboxes[FAILING_CHATBOT].await_kinds(["chatbot-offline"], _ALERT_SECONDS)
        self._fact(f'its owner received: "{alert["subject"]}"')
        others = [name for name in self._names if name != FAILING_CHATBOT]
        steps.await_online(self._stack, others, seconds=0)
        steps.await_routes(self._stack, present=others, absent=[FAILING_CHATBOT])
        self._fact(f"the other {len(others)} stay Online and routed")
        self._acknowledge()
        self._fail_as_planned()

    def _fail_as_planned(self) -> None:
        """The planned work begins, and its chatbot fails for some seconds. The prober brings it back in the next steps."""
        operator = self._stack.person("operator")

        def is_in_progress() -> bool:
            return steps.expect(operator.get(self._planned), 200).json()["state"] == "in-progress"

        wait_until("the planned outage is in progress", is_in_progress, _MINUTE_SECONDS)
        steps.break_chatbot(self._stack, PLANNED_CHATBOT)
        self._stack.set_failing(PLANNED_CHATBOT, False)
        self._fact(f"the planned outage began, and {PLANNED_CHATBOT} failed in it")

    def _acknowledge(self) -> None:
        """The outage is one incident, which its owner acknowledges."""
        owner = self._owner()
        incident = steps.await_incident(owner, FAILING_CHATBOT, "open", _INCIDENT_SECONDS)
        path = f"/incidents/{incident['id']}"
        steps.expect(owner.post(f"{path}/acknowledgement", {"hours": 1}), 200)
        steps.expect(owner.post(f"{path}/notes", {"text": "The model server is restarted."}), 200)
        timeline = steps.all_pages(owner, f"{path}/timeline", "entries")
        shown = ", ".join(entry.get("state", entry["type"]) for entry in timeline)
        self._fact(f"it is one incident, which its owner acknowledged: {shown}")

    def _owner(self) -> Api:
        """Returns the Admin API as the owner of the chatbot that fails."""
        return self._stack.person("owner", [self._stack.member(FAILING_CHATBOT).institution])

    def recover(self) -> None:
        """The chatbot recovers: the scheduled probe brings it Online, its route returns, its owner is notified."""
        self._stack.set_failing(FAILING_CHATBOT, False)
        steps.await_status(self._stack, FAILING_CHATBOT, "Online", steps.RECOVERY_SECONDS)
        self._fact(f"the scheduled probe of {FAILING_CHATBOT} succeeded: it is Online")
        steps.await_online(self._stack, self._names, steps.RECOVERY_SECONDS)
        steps.await_routes(self._stack, present=self._names)
        if (status := self._stack.send_message(FAILING_CHATBOT)) != 200:
            raise ExpectationFailed(f"Expected: 200 for a message to {FAILING_CHATBOT}. Got: {status}")
        self._fact("its route is back, and a message reached it")
        alert = self._inboxes[FAILING_CHATBOT].await_kinds(["chatbot-offline", "chatbot-online"], _ALERT_SECONDS)
        self._fact(f'its owner received: "{alert["subject"]}", after one message for the outage')
        owner = self._owner()
        incident = steps.await_incident(owner, FAILING_CHATBOT, "acknowledged", _INCIDENT_SECONDS, status="online")
        taken = {"action": "restarted", "helped": True}
        steps.expect(owner.post(f"/incidents/{incident['id']}/resolution", taken), 200)
        self._fact("its owner resolved the incident: a restart helped")

    def release(self) -> None:
        """Releases are published: owners of chatbots with an older version are notified, others are not."""
        stack = self._stack
        steps.publish(stack, "intent-engine", "1.5.0", "mandatory")
        steps.publish(stack, "chat-widget", "2.1.0", "optional")
        self._fact("intent-engine 1.5.0 was published, mandatory, and chat-widget 2.1.0, optional")
        updates = ["update-available"] * 2
        alert = self._inboxes[OUTDATED_CHATBOT].await_kinds(updates, _ALERT_SECONDS)
        self._fact(f'the owner of {OUTDATED_CHATBOT} received one message: "{alert["subject"]}"')
        alert = self._inboxes[CURRENT_CHATBOT].await_kinds(updates[:1], _ALERT_SECONDS)
        if alert["entries"][0]["component"] != "chat-widget":
            raise ExpectationFailed(
                f"Expected: no update to intent-engine 1.5.0 for {CURRENT_CHATBOT}, which runs it. Got: {alert}"
            )
        self._fact(f"the owner of {CURRENT_CHATBOT}, which runs intent-engine 1.5.0, received only chat-widget 2.1.0")
        updates = steps.expect(stack.device(OUTDATED_CHATBOT, "chatbot").get("/updates"), 200).json()["updates"]
        rows = ", ".join(f"{row['component']} {row['running']} -> {row['latest']}" for row in updates)
        self._fact(f"{OUTDATED_CHATBOT} read its updates: {rows}")
        if received := self._operators.read():
            raise ExpectationFailed(
                f"Expected: no alert for administrators. Got: {[alert['subject'] for alert in received]}"
            )

    def work(self) -> None:
        """The planned work ends: the owner heard of it, and of no outage."""
        operator, inbox = self._stack.person("operator"), self._inboxes[PLANNED_CHATBOT]
        steps.expect(operator.call("POST", f"{self._planned}/completion"), 200)

        def changes() -> list[str]:
            return [entry["change"] for message in inbox.read() for entry in message["entries"] if "change" in entry]

        wait_until("the owner hears that the work has begun", lambda: "started" in changes(), _GAP_SECONDS)
        if others := set(inbox.kinds()) - {"planned-outage"}:
            raise ExpectationFailed(f"Expected: messages about the planned outage only. Got: {sorted(others)}")
        self._fact(f"the owner of {PLANNED_CHATBOT} received: {', '.join(changes())}; of the outage, nothing")
        institution = self._stack.member(PLANNED_CHATBOT).institution
        period = {"from": steps.rfc3339(self._began), "to": steps.rfc3339(datetime.now(UTC))}
        report = steps.expect(operator.get(f"/institutions/{institution}/report", **period), 200).json()
        planned = [one["planned"] for one in report["incidents"] if one["chatbot"] == PLANNED_CHATBOT]
        if planned != [True]:
            raise ExpectationFailed(f"Expected: one incident of {PLANNED_CHATBOT}, planned. Got: {report['incidents']}")
        self._fact("the report of its institution has the incident, as planned")

    def report(self) -> None:
        """The institution reads the report of the run: the outage counts, to the second."""
        chatbot, institution = FAILING_CHATBOT, self._stack.member(FAILING_CHATBOT).institution
        period = {"from": steps.rfc3339(self._began), "to": steps.rfc3339(datetime.now(UTC)), "language": "en"}
        path = f"/institutions/{institution}/report"
        rows = steps.expect(self._owner().get(path, **period), 200).json()["chatbots"]
        row = next(row for row in rows if row["chatbot"] == chatbot)
        if row["outages"]["count"] != 1 or not row["availability"]["offlineSeconds"]:
            raise ExpectationFailed(f"Expected: the report has one outage of {chatbot}. Got: {row}")
        availability = row["availability"]
        counted = f"{availability['offlineSeconds']} of {availability['countedSeconds']} seconds"
        self._fact(f"{chatbot} was available {availability['percent']} %: offline {counted}, in one outage")
        page = steps.expect(self._owner().get(path, headers={"Accept": "text/html"}, **period), 200)
        file = self._stack.instance.home / "report.html"
        file.write_text(page.text)
        self._fact(f"the report is a page to open: {file.relative_to(ROOT)}")

    def _fact(self, text: str) -> None:
        """Prints a fact, with the seconds since the one before."""
        now = time.monotonic()
        self._progress(f"   {now - self._last_fact:6.1f} s  {text}")
        self._last_fact = now


def directions(stack: Stack) -> str:
    """Returns the addresses of all parts, a command for each API, and the command that stops the stack."""
    instance = stack.instance
    python = f"PYTHONPATH=tools/local .venv/bin/python -m centops_local --instance {instance.name}"
    home = f".local/{instance.name}"
    return f"""
The stack runs:
  Console       {instance.url("console")} (choose who to be; MARY ÄNN is an administrator)
  Admin API     {stack.admin_url}
  Network API   {instance.url("edge")} (mutual TLS)
  AWS emulator  {instance.url("emulator")} (region {instance.aws("sts").meta.region_name}, stack centops-local)
  Issuer        {instance.url("issuer")}/.well-known/openid-configuration
  DMR           {instance.url("dmr")}/table
  Chatbots      {instance.url("switchboard")}/control
  Chat          {instance.url("chat")}/messages (what a room is told about incidents)
  Logs          .local/{instance.name}/logs; of the functions: {python} logs

List chatbots, as an administrator:
  curl -H "Authorization: Bearer $({python} token --role admin)" '{stack.admin_url}/chatbots?limit=5'

Read a route, as a DMR:
  curl --cacert {home}/authority/authority.pem --cert {home}/devices/dmr/dmr-tallinn.pem \\
    --key {home}/devices/dmr/dmr-tallinn-key.pem {instance.url("edge")}/routes/{FAILING_CHATBOT}

Make a chatbot fail, until it is set to false:
  curl -X PUT -d '{{"failing": true}}' {instance.url("switchboard")}/control/{FAILING_CHATBOT}

Stop it: make down"""
