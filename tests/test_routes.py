"""The route table: whole, unchanged, and by what changed."""

from centops_local import dmr, steps


def test_changes_come_with_tombstones_and_only_once(stack, online):
    room, admin = stack.device(dmr.NAME, "dmr"), stack.person("admin")
    steps.await_online(stack, ["delta-removed"])
    table = steps.expect(room.get("/routes"), 200)
    revision = table.json()["revision"]
    unchanged = room.get("/routes", {"If-None-Match": table.headers["ETag"]})
    steps.expect(unchanged, 304)
    routes = {route["name"]: route for route in table.json()["routes"]}
    assert routes["delta-removed"]["uri"] == stack.member("delta-removed").enrolment()["uri"]

    moved_to = stack.member("delta-moved").home + "/messages?moved=1"
    steps.expect(admin.call("PATCH", "/chatbots/delta-moved", {"uri": moved_to}), 200)
    steps.expect(admin.call("DELETE", "/chatbots/delta-removed"), 204)
    # The very next reads show both.
    steps.expect(room.get("/routes/delta-removed"), 404)
    assert steps.expect(room.get("/routes/delta-moved"), 200).json()["uri"] == moved_to

    delta = steps.expect(room.get("/routes", since=revision), 200).json()
    changes = {change["name"]: change for change in delta["changes"]}
    assert changes["delta-moved"]["route"]["uri"] == moved_to
    assert "route" not in changes["delta-removed"], "a tombstone has no route"
    assert delta["since"] == revision
    assert len(changes) == len(delta["changes"]), "the newest of each name only"

    applied = {name: route for name, route in routes.items() if name not in changes}
    applied |= {name: change["route"] for name, change in changes.items() if "route" in change}
    now = steps.expect(room.get("/routes"), 200).json()
    if now["revision"] == delta["revision"]:
        assert applied == {route["name"]: route for route in now["routes"]}
    assert now["count"] == len(now["routes"])

    later = steps.expect(room.get("/routes", since=now["revision"]), 200).json()
    assert later["changes"] == []
    steps.expect(room.get("/routes", since=now["revision"] + 1000), 410)
    steps.expect(room.get("/routes", since="x"), 400)
