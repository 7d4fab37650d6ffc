"""A DMR's subscribed queue receives every change of the route table: signed, in order and without a gap."""

import pytest

from centops_local import steps
from centops_local.clients import now
from centops_local.polling import NotYet, wait_until
from centops_local.route_queue import RouteQueue
from centops_local.signing import InvalidRouteSignature, verify

#: Every queue of the topic receives the sample event that another test publishes.
pytestmark = pytest.mark.exclusive("route-topic")

CHATBOT = "route-topic"
SECONDS = 30


def subscribe(stack, dmr: str, queue: str, status: int = 200) -> dict:
    """Subscribes a queue to the changes, as a DMR."""
    return steps.expect(stack.device(dmr, "dmr").call("PUT", "/route-subscription", {"queue": queue}), status).json()


def put_control(stack, mode: str) -> None:
    """Removes the chatbot's route or restores it, as an administrator."""
    control = {"mode": mode, "reason": "the topic is tested"}
    steps.expect(stack.person("admin").call("PUT", f"/chatbots/{CHATBOT}/control", control), 200)


@pytest.fixture
def set_mode(stack, online):
    """Returns a function that sets the chatbot's control. The control ends after the test."""
    yield lambda mode: put_control(stack, mode)
    stack.person("admin").call("DELETE", f"/chatbots/{CHATBOT}/control")


def await_changes(network, queue: RouteQueue, since: int, names: set[str]) -> dict[str, dict]:
    """Waits until the messages lead to the revision of `GET /routes?since=` and include changes of these names.

    Fails if they differ from its changes.
    """

    def up_to_date() -> dict[str, dict]:
        delta = steps.expect(network.get("/routes", since=since), 200).json()
        expected = {change["name"]: change for change in delta["changes"]}
        reached, received = queue.changes_after(since)
        if reached != delta["revision"] or not names <= received.keys():
            raise NotYet(f"at revision {reached} of {delta['revision']}, with {sorted(received)}")
        assert received == expected
        return received

    return wait_until(f"the queue leads from revision {since} to the latest", up_to_date, SECONDS)


def test_queue_receives_every_change_signed_and_without_a_gap(stack, set_mode):
    network, queue = stack.device("dmr-of-topic", "dmr"), RouteQueue.new(stack)
    first = subscribe(stack, "dmr-of-topic", queue.arn)
    assert (first["queue"], subscribe(stack, "dmr-of-topic", queue.arn)) == (queue.arn, first), "repeated subscription"
    since = steps.expect(network.get("/routes"), 200).json()["revision"]

    set_mode("force-offline")
    changes = await_changes(network, queue, since, {CHATBOT})
    assert changes[CHATBOT] == {"name": CHATBOT, "gone": True}
    set_mode("force-online")
    later = steps.expect(network.get("/routes"), 200).json()
    changes = await_changes(network, queue, since, {CHATBOT})
    assert changes[CHATBOT] in later["routes"]

    keys = steps.expect(network.get("/keys"), 200).json()
    assert steps.expect(stack.device(CHATBOT, "chatbot").get("/keys"), 200).json() == keys
    for message in queue.messages:
        signature = message.attributes["signature"]
        assert verify(signature, message.body.encode(), keys) == keys["keys"][0]["kid"]
        delta = message.delta
        assert message.attributes.keys() == {"signature", "revision", "since"}
        assert (message.attributes["revision"], message.attributes["since"]) == (
            str(delta["revision"]),
            str(delta["since"]),
        )
        assert delta.keys() == {"revision", "since", "time", "count", "changes"}
        with pytest.raises(InvalidRouteSignature):
            verify(signature, message.body.replace("gone", "done").encode() + b" ", keys)


def test_second_queue_of_a_dmr_replaces_the_first(stack, set_mode):
    network, former, queue = stack.device("dmr-of-topic", "dmr"), RouteQueue.new(stack), RouteQueue.new(stack)
    subscribe(stack, "dmr-of-topic", former.arn)
    subscribe(stack, "dmr-of-topic", queue.arn)
    since = steps.expect(network.get("/routes"), 200).json()["revision"]
    set_mode("force-offline")
    await_changes(network, queue, since, {CHATBOT})
    set_mode("force-online")
    await_changes(network, queue, since, {CHATBOT})
    # The topic delivers to all its queues at once.
    received = {name for message in former.read() for name in changed(message.delta, since)}
    assert not received
    topic = stack.outputs["RoutesTopic"]
    subscriptions = stack.instance.aws("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    endpoints = [subscription["Endpoint"] for subscription in subscriptions]
    assert queue.arn in endpoints and former.arn not in endpoints


def changed(delta: dict, since: int) -> set[str]:
    """Returns the names in a delta, if it leads beyond the revision."""
    return {change["name"] for change in delta["changes"]} if delta["revision"] > since else set()


def test_queue_of_another_dmr_is_refused(stack):
    queue, other, begin = RouteQueue.new(stack), RouteQueue.new(stack), now()
    subscribe(stack, "dmr-of-topic", queue.arn)
    subscribe(stack, "dmr-beside-topic", queue.arn, 409)
    subscribe(stack, "dmr-of-topic", other.arn)
    assert subscribe(stack, "dmr-beside-topic", queue.arn)["queue"] == queue.arn, "the queue is free again"
    records = steps.all_pages(stack.person("admin"), "/audit", "records", **{"from": begin})
    subscribed = [record for record in records if record["operation"] == "subscribe-routes"]
    written = [record for record in subscribed if record["by"]["name"] in ("dmr-of-topic", "dmr-beside-topic")]
    assert (written[0]["by"], written[0]["after"]["queue"]) == ({"kind": "dmr", "name": "dmr-beside-topic"}, queue.arn)
    assert written[1]["before"]["queue"] == queue.arn and written[1]["after"]["queue"] == other.arn


@pytest.mark.parametrize("queue", ["alerts", "arn:aws:sqs:eu-north-1:000000000000:routes.fifo", 7])
def test_other_endpoints_than_standard_queues_are_refused(stack, queue):
    problem = subscribe(stack, "dmr-of-topic", queue, 400)
    assert [error["pointer"] for error in problem["errors"]] == ["#/queue"]
