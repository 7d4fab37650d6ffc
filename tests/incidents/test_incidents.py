"""Incidents from the event to the resolution, on the deployed stack."""

import uuid

import pytest

from centops_local import steps
from centops_local.polling import wait_until

from lambdas import event_of, proxied
from support import NEW_CHATBOT, error_pointers, open_incident

INSTITUTION = "incident-institution"
#: The incidents in the sample events.
SAMPLE, SAMPLE_PARENT = "01a0c450-6c00-7303-8303-040404040404", "01a0c450-6c00-7303-8303-050505050505"


@pytest.fixture
def owner(stack):
    return stack.person("owner", [INSTITUTION])


@pytest.fixture
def enrol(stack):
    """Enrols chatbots whose address does not answer. They are removed after the test.

    Each has a host of its own and no versions: chatbots of other tests that fail at the same time have no cause in common
    with them.
    """
    admin, names = stack.person("admin"), []

    def enrol_one(**fields: str) -> str:
        name = f"incident-{uuid.uuid4().hex[:8]}"
        own = {"name": name, "institution": INSTITUTION, "uri": f"https://{name}.example.ee/messages", "versions": {}}
        new = {**NEW_CHATBOT, **own, **fields}
        steps.expect(admin.post("/chatbots", new), 201)
        names.append(name)
        return name

    yield enrol_one
    for name in names:
        admin.call("DELETE", f"/chatbots/{name}")


def timeline(person, incident: str) -> list[dict]:
    return steps.all_pages(person, f"/incidents/{incident}/timeline", "entries", limit=3)


def kinds(entries: list[dict]) -> list[str]:
    """Returns the states and the types of the other entries, without those that come when a minute has passed."""
    return [entry.get("state", entry["type"]) for entry in entries if entry["type"] not in ("triage", "told")]


def read_and_acknowledge(person, path: str) -> tuple[str, dict]:
    """Acknowledges the version of the incident that was read, and returns its ETag and the incident.

    CentOps changes an open incident too: it notes whom it notified. Then both are repeated, as a client would.
    """

    def acknowledge() -> tuple[str, dict] | None:
        read = steps.expect(person.get(path), 200).headers["ETag"]
        unchanged = person.get(path, headers={"If-None-Match": read})
        answer = person.post(f"{path}/acknowledgement", {}, {"If-Match": read})
        if answer.status_code == 412:
            return None
        steps.expect(unchanged, 304)
        return read, steps.expect(answer, 200).json()

    return wait_until("the incident is acknowledged as it was read", acknowledge, 30)


def test_outage_is_looked_at_again_acknowledged_and_ends_with_the_chatbot(stack, owner, enrol):
    name, admin = enrol(), stack.person("admin")
    incident = open_incident(stack, name)
    path = f"/incidents/{incident['id']}"
    assert kinds(timeline(owner, incident["id"])) == ["event", "suspected", "probe", "open"]
    assert timeline(owner, incident["id"])[2]["healthy"] is False

    read, acknowledged = read_and_acknowledge(owner, path)
    assert acknowledged["state"] == "acknowledged" and "by" not in acknowledged["acknowledged"]
    steps.expect(owner.post(f"{path}/acknowledgement", {}, {"If-Match": read}), 412)
    steps.expect(owner.post(f"{path}/resolution", {"action": "host", "helped": True}), 409)
    steps.expect(owner.post(f"{path}/notes", {"text": "Called 37605030299 about it"}), 200)
    operator = stack.person("operator")
    steps.expect(operator.call("PUT", f"{path}/assignee", {"assignee": "kati.kask@example.ee"}), 200)
    seen = {True: timeline(operator, incident["id"]), False: timeline(owner, incident["id"])}
    assert "37605030299" not in str(seen[True])
    assert "kati.kask@example.ee" in str(seen[True]) and "kati.kask@example.ee" not in str(seen[False])

    steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)
    ended = wait_until(
        "the incident ends with the chatbot",
        lambda: next((one for one in [steps.expect(owner.get(path), 200).json()] if one["state"] == "resolved"), None),
        30,
    )
    assert (ended["resolved"]["by"], ended["status"]) == ("removal", "removed")
    # What was done is said later. A late acknowledgement changes nothing.
    taken = {"action": "host", "helped": False}
    assert steps.expect(owner.post(f"{path}/resolution", taken), 200).json()["action"] == taken
    assert steps.expect(owner.post(f"{path}/acknowledgement", {"hours": 1}), 200).json()["state"] == "resolved"
    assert kinds(timeline(owner, incident["id"]))[-2:] == ["action", "late-acknowledgement"]
    figures = steps.expect(owner.get("/incident-figures", institution=INSTITUTION), 200).json()
    assert figures["incidents"] >= figures["acknowledgement"]["count"] >= 1
    assert figures["acknowledgement"]["medianSeconds"] <= figures["acknowledgement"]["p90Seconds"]
    for wrong in ({"from": "2026-01-01T00:00:00Z"}, {"to": "2026-01-01T00:00:00Z", "from": "2026-01-02T00:00:00Z"}):
        assert error_pointers(steps.expect(owner.get("/incident-figures", **wrong), 400)) == ["#query/from"]


def test_open_incident_gets_a_triage_note_and_no_advice_where_nothing_is_known(stack, owner, enrol):
    incident = open_incident(stack, enrol())

    def noted() -> dict | None:
        return next((entry for entry in timeline(owner, incident["id"]) if entry["type"] == "triage"), None)

    note = wait_until("the timeline has a triage note", noted, 150)["triage"]
    assert (note["state"], note["condition"]["status"], note["observers"]) == ("open", "down", [])
    assert [event["type"] for event in note["events"]][-1] == "control-ended"
    shown = steps.expect(owner.get(f"/incidents/{incident['id']}"), 200).json()
    # It did not come back after an override: that has no cause to compare.
    assert "advice" not in shown and "cause" not in shown


def test_incidents_are_listed_for_their_institution_and_merged_by_staff(stack, owner, enrol):
    one, other = (open_incident(stack, enrol()) for _ in range(2))
    operator, foreign = stack.person("operator"), stack.person("owner", ["another-institution"])
    listed = steps.all_pages(owner, "/incidents", "incidents", active="true", limit=1)
    assert [each["id"] for each in listed][:2] == [other["id"], one["id"]]
    everything = steps.expect(stack.person("viewer").get("/incidents"), 200).json()["incidents"]
    assert {one["id"], other["id"]} <= {each["id"] for each in everything}
    assert steps.expect(foreign.get("/incidents"), 200).json()["incidents"] == []
    assert steps.expect(foreign.get("/incidents", institution=INSTITUTION), 200).json()["incidents"] == []
    steps.expect(foreign.get(f"/incidents/{one['id']}"), 403)

    path = f"/incidents/{one['id']}"
    steps.expect(owner.call("PUT", f"{path}/parent", {"parent": other["id"]}), 403)
    merged = steps.expect(operator.call("PUT", f"{path}/parent", {"parent": other["id"]}), 200).json()
    assert (merged["state"], merged["parent"]) == ("merged", other["id"])
    assert steps.expect(owner.get(f"/incidents/{other['id']}"), 200).json()["members"] == [one["id"]]
    assert "parent" not in steps.expect(operator.call("DELETE", f"{path}/parent"), 200).json()
    steps.expect(operator.call("DELETE", f"{path}/parent"), 409)

    steps.expect(operator.post(f"{path}/dismissal", None), 200)
    steps.expect(operator.post(f"{path}/dismissal", None), 409)
    assert steps.expect(operator.post(f"{path}/reopening", None), 200).json()["reopened"] == 1
    steps.expect(operator.post(f"{path}/dismissal", None), 200)
    active = steps.expect(owner.get("/incidents", active="true"), 200).json()["incidents"]
    assert one["id"] not in {each["id"] for each in active}


def test_outages_of_one_host_are_one_network_incident_until_a_person_ends_it(stack, online, owner, enrol):
    host = f"shared-{uuid.uuid4().hex[:8]}.example.ee"
    fields = {"uri": f"https://{host}/messages"}
    members = [open_incident(stack, enrol(**fields))["id"] for _ in range(2)]
    members.append(open_incident(stack, enrol(**fields, institution="another-institution"))["id"])
    operator, viewer = stack.person("operator"), stack.person("viewer")

    def opened() -> dict | None:
        listed = steps.expect(viewer.get("/incidents", kind="network", active="true"), 200).json()["incidents"]
        return next((one for one in listed if one["commonCause"]["shared"] == {"kind": "host", "host": host}), None)

    # Ten seconds after the first opening of each ten seconds; the last one joins with the message of its own.
    parent = wait_until("the host is a network incident", opened, 60)
    path = f"/incidents/{parent['id']}"
    wait_until("it has all members", lambda: opened()["commonCause"]["members"] == 3, 60)
    listed = steps.all_pages(viewer, f"{path}/members", "incidents", limit=2)
    assert sorted(each["id"] for each in listed) == sorted(members)
    assert {(each["state"], each["parent"]) for each in listed} == {("merged", parent["id"])}
    assert "chatbot" not in parent and "institution" not in parent

    own = steps.expect(owner.get(f"/incidents/{members[0]}"), 200).json()
    assert own["commonCause"]["shared"] == {"kind": "host", "host": host}
    steps.expect(owner.get(path), 403)
    steps.expect(owner.get(f"{path}/members"), 403)
    steps.expect(owner.post(f"{path}/acknowledgement", {}), 403)
    assert steps.expect(owner.get("/incidents", kind="network"), 200).json()["incidents"] == []
    assert steps.expect(operator.post(f"{path}/acknowledgement", {}), 200).json()["state"] == "acknowledged"
    assert "grown" in kinds(timeline(operator, parent["id"]))

    alone = steps.expect(operator.call("DELETE", f"/incidents/{members.pop(0)}/parent"), 200).json()
    assert "parent" not in alone
    assert alone["id"] not in {each["id"] for each in steps.all_pages(viewer, f"{path}/members", "incidents")}

    assert steps.expect(operator.post(f"{path}/dismissal", None), 200).json()["state"] == "dismissed"
    wait_until("its members are on their own", lambda: opened() is None and not parents(viewer, members), 120)
    assert proxied(stack, "list-members", 200, {SAMPLE: parent["id"]})["incidents"] == []
    assert stack.invoke("correlate-incidents", event_of("correlate-incidents")) == {"batchItemFailures": []}
    assert not parents(viewer, members)


def parents(person, incidents: list[str]) -> set[str]:
    found = (steps.expect(person.get(f"/incidents/{incident}"), 200).json() for incident in incidents)
    return {incident["parent"] for incident in found if "parent" in incident}


@pytest.mark.parametrize(
    ("operation", "body", "pointer"),
    [
        ("acknowledgement", {"hours": 0}, "#/hours"),
        ("notes", {"text": "   "}, "#/text"),
        ("resolution", {"action": "host"}, "#/helped"),
        ("resolution", {"helped": True}, "#/action"),
    ],
)
def test_wrong_body_gets_400_with_its_pointer(stack, operation, body, pointer):
    answer = steps.expect(stack.person("operator").post(f"/incidents/{SAMPLE}/{operation}", body), 400)
    assert error_pointers(answer) == [pointer]


def test_functions_answer_their_sample_events(stack, enrol):
    one, other = (open_incident(stack, enrol())["id"] for _ in range(2))
    ids = {SAMPLE: one, SAMPLE_PARENT: other}
    assert proxied(stack, "list-incidents", 200)["incidents"]
    assert proxied(stack, "get-incident-figures", 200)["incidents"] >= 2
    assert proxied(stack, "get-incident", 200, ids)["id"] == one
    assert proxied(stack, "acknowledge-incident", 200, ids)["state"] == "acknowledged"
    assert proxied(stack, "assign-incident", 200, ids)["assignee"] == "kati.kask@example.ee"
    assert proxied(stack, "add-note", 200, ids)["id"] == one
    proxied(stack, "resolve-incident", 409, ids)
    assert proxied(stack, "merge-incident", 200, ids)["parent"] == other
    assert "parent" not in proxied(stack, "split-incident", 200, ids)
    assert proxied(stack, "dismiss-incident", 200, ids)["state"] == "dismissed"
    assert proxied(stack, "reopen-incident", 200, ids)["state"] == "open"
    assert [entry["type"] for entry in proxied(stack, "list-timeline", 200, ids)["entries"]].count("note") == 1
    assert stack.invoke("track-incidents", event_of("track-incidents")) == {"batchItemFailures": []}
    assert stack.invoke("sweep-incidents", event_of("sweep-incidents")) is None


def test_message_that_nobody_can_read_is_left_to_the_dead_letters(stack):
    event = event_of("track-incidents")
    event["Records"][0]["body"] = "{"
    failures = stack.invoke("track-incidents", event)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failures] == [event["Records"][0]["messageId"]]
