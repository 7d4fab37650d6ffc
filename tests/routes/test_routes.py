"""The route table: in full, unchanged (304), and as a delta."""

import datetime

from centops_local import dmr, steps

from support import while_unchanged


def test_delta_has_the_newest_change_of_each_name_and_tombstones(stack, online):
    network, admin = stack.device(dmr.NAME, "dmr"), stack.person("admin")
    steps.await_online(stack, ["delta-removed"], probe=True)
    table, unchanged = while_unchanged(
        network, "/routes", lambda table: network.get("/routes", {"If-None-Match": table.headers["ETag"]})
    )
    steps.expect(unchanged, 304)
    revision = table.json()["revision"]
    routes = {route["name"]: route for route in table.json()["routes"]}
    assert routes["delta-removed"]["uri"] == stack.member("delta-removed").enrolment()["uri"]

    moved_to = stack.member("delta-moved").home + "/messages?moved=1"
    steps.relocate(stack, "delta-moved", moved_to)
    steps.expect(admin.call("DELETE", "/chatbots/delta-removed"), 204)
    # The next reads return both changes.
    steps.expect(network.get("/routes/delta-removed"), 404)
    assert steps.expect(network.get("/routes/delta-moved"), 200).json()["uri"] == moved_to

    delta = steps.expect(network.get("/routes", since=revision), 200).json()
    changes = {change["name"]: change for change in delta["changes"]}
    assert changes["delta-moved"]["uri"] == moved_to
    assert changes["delta-removed"] == {"name": "delta-removed", "gone": True}
    assert delta["since"] == revision
    assert len(changes) == len(delta["changes"]), "only the newest change of each name"

    applied = {name: route for name, route in routes.items() if name not in changes}
    applied |= {name: change for name, change in changes.items() if "gone" not in change}
    now = steps.expect(network.get("/routes"), 200).json()
    if now["revision"] == delta["revision"]:
        assert applied == {route["name"]: route for route in now["routes"]}
    assert now["count"] == len(now["routes"])

    now, later = while_unchanged(
        network, "/routes", lambda table: network.get("/routes", since=table.json()["revision"])
    )
    assert steps.expect(later, 200).json()["changes"] == []
    now = now.json()
    steps.expect(network.get("/routes", since=now["revision"] + 1000), 410)
    for since in ("x", "-1", str(2**63)):
        steps.expect(network.get("/routes", since=since), 400)


def test_table_has_its_revision_time_and_count(stack, online):
    network = stack.device(dmr.NAME, "dmr")
    # A compressed body has a weak tag.
    table = steps.expect(network.get("/routes", {"Accept-Encoding": "identity"}), 200)
    body = table.json()
    assert table.headers["ETag"] == f'"{body["revision"]}"'
    assert datetime.datetime.fromisoformat(body["time"]) < datetime.datetime.now(datetime.UTC)
    assert body["count"] == len(body["routes"]) > 0
    assert [route["name"] for route in body["routes"]] == sorted(route["name"] for route in body["routes"])


def test_table_is_compressed_if_the_client_accepts_it(stack, online):
    network = stack.device(dmr.NAME, "dmr")
    plain = steps.expect(network.get("/routes", {"Accept-Encoding": "identity"}), 200)
    packed = steps.expect(network.get("/routes", {"Accept-Encoding": "gzip"}), 200)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"].lower() == "accept-encoding"
    assert int(packed.headers["Content-Length"]) < len(plain.content)
    # A strong tag is one sequence of bytes: the compressed body has the weak tag of the revision.
    if packed.headers["ETag"] == f'W/{plain.headers["ETag"]}':
        # The client decompresses it.
        assert packed.json() == plain.json()


def test_consistency_can_be_chosen_and_long_polling_is_refused(stack, online):
    network = stack.device(dmr.NAME, "dmr")
    assert steps.expect(network.get("/routes", consistency="eventual"), 200).json()["count"] > 0
    steps.expect(network.get("/routes", consistency="weak"), 400)
    refused = steps.expect(network.get("/routes", wait=25), 400).json()
    assert "/route-subscription" in refused["detail"]
    steps.expect(network.get("/routes", cursor="never-given"), 400)


def test_returns_409_for_an_offline_chatbot_and_404_for_an_unknown_one(stack, online):
    network, admin = stack.device(dmr.NAME, "dmr"), stack.person("admin")
    steps.expect(network.get("/routes/never-enrolled"), 404)
    enrolment = {**stack.members[0].enrolment(), "name": "route-unknown"}
    created = steps.expect(admin.post("/chatbots", enrolment), 201).json()
    try:
        control = {"mode": "force-offline", "reason": "Offline for a test."}
        steps.expect(admin.call("PUT", "/chatbots/route-unknown/control", control), 200)
        problem = steps.expect(network.get("/routes/route-unknown"), 409).json()
        assert problem["type"] == "urn:centops:problem:not-online"
        assert problem["chatbotStatus"] == "Offline"
        since = datetime.datetime.fromisoformat(problem["since"])
        assert since >= datetime.datetime.fromisoformat(created["createdAt"])
    finally:
        steps.expect(admin.call("DELETE", "/chatbots/route-unknown"), 204)
    steps.expect(network.get("/routes/route-unknown"), 404)
