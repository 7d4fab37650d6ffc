"""A DMR that subscribes a queue hears of each change of the route table: signed, in order, without a gap."""

import pytest

from centops_local import steps
from centops_local.route_queue import RouteQueue
from centops_local.signing import NotSigned, verify
from centops_local.waiting import Unmet, until

CHATBOT = "route-topic"
SECONDS = 30


def subscribe(stack, dmr: str, queue: str, status: int = 200) -> dict:
    """The DMR asks for the changes in a queue."""
    return steps.expect(stack.device(dmr, "dmr").call("PUT", "/route-subscription", {"queue": queue}), status).json()


def move(stack, mode: str) -> None:
    """An administrator takes the chatbot out of the route table, or puts it there."""
    control = {"mode": mode, "reason": "the topic is looked at"}
    steps.expect(stack.person("admin").call("PUT", f"/chatbots/{CHATBOT}/control", control), 200)


@pytest.fixture
def moved(stack, online):
    """Moves the chatbot; what a test did to it ends with the test."""
    yield lambda mode: move(stack, mode)
    stack.person("admin").call("DELETE", f"/chatbots/{CHATBOT}/control")


def await_changes(room, queue: RouteQueue, since: int, names: set[str]) -> dict[str, dict]:
    """Waits until the messages say what `GET /routes?since=` says, with changes of these names among them."""

    def the_same() -> dict[str, dict]:
        delta = steps.expect(room.get("/routes", since=since), 200).json()
        asked = {change["name"]: change for change in delta["changes"]}
        reached, told = queue.leading_from(since)
        if reached != delta["revision"] or not names <= told.keys():
            raise Unmet(f"at revision {reached} of {delta['revision']}, with {sorted(told)}")
        assert told == asked
        return told

    return until(f"the queue leads from revision {since} to the last", the_same, SECONDS)


def test_changes_come_into_the_queue_of_a_dmr_signed_and_without_a_gap(stack, moved):
    room, queue = stack.device("dmr-of-topic", "dmr"), RouteQueue.new(stack)
    first = subscribe(stack, "dmr-of-topic", queue.arn)
    assert (first["queue"], subscribe(stack, "dmr-of-topic", queue.arn)) == (queue.arn, first), "the same again"
    since = steps.expect(room.get("/routes"), 200).json()["revision"]

    moved("force-offline")
    told = await_changes(room, queue, since, {CHATBOT})
    assert told[CHATBOT] == {"name": CHATBOT, "gone": True}
    moved("force-online")
    later = steps.expect(room.get("/routes"), 200).json()
    told = await_changes(room, queue, since, {CHATBOT})
    assert told[CHATBOT] in later["routes"]

    keys = steps.expect(room.get("/keys"), 200).json()
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
        with pytest.raises(NotSigned):
            verify(signature, message.body.replace("gone", "done").encode() + b" ", keys)


def test_another_queue_replaces_the_first(stack, moved):
    room, former, queue = stack.device("dmr-of-topic", "dmr"), RouteQueue.new(stack), RouteQueue.new(stack)
    subscribe(stack, "dmr-of-topic", former.arn)
    subscribe(stack, "dmr-of-topic", queue.arn)
    since = steps.expect(room.get("/routes"), 200).json()["revision"]
    moved("force-offline")
    await_changes(room, queue, since, {CHATBOT})
    moved("force-online")
    await_changes(room, queue, since, {CHATBOT})
    # What the topic sent, it sent to all of its queues at once.
    heard = {name for message in former.read() for name in changed(message.delta, since)}
    assert not heard
    topic = stack.outputs["RoutesTopic"]
    subscriptions = stack.instance.aws("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    endpoints = [subscription["Endpoint"] for subscription in subscriptions]
    assert queue.arn in endpoints and former.arn not in endpoints


def changed(delta: dict, since: int) -> set[str]:
    """The names that a delta after a revision is about."""
    return {change["name"] for change in delta["changes"]} if delta["revision"] > since else set()


def test_a_queue_is_one_dmrs(stack):
    queue, other = RouteQueue.new(stack), RouteQueue.new(stack)
    subscribe(stack, "dmr-of-topic", queue.arn)
    subscribe(stack, "dmr-beside-topic", queue.arn, 409)
    subscribe(stack, "dmr-of-topic", other.arn)
    assert subscribe(stack, "dmr-beside-topic", queue.arn)["queue"] == queue.arn, "it is free again"
    records = steps.expect(stack.person("admin").get("/audit"), 200).json()["records"]
    written = [record for record in records if record["operation"] == "subscribe-routes"]
    assert (written[0]["by"], written[0]["after"]["queue"]) == ({"kind": "dmr", "name": "dmr-beside-topic"}, queue.arn)
    assert written[1]["before"]["queue"] == queue.arn and written[1]["after"]["queue"] == other.arn


@pytest.mark.parametrize("queue", ["alerts", "arn:aws:sqs:eu-north-1:000000000000:routes.fifo", 7])
def test_what_is_no_standard_queue_is_refused(stack, queue):
    problem = subscribe(stack, "dmr-of-topic", queue, 400)
    assert [error["pointer"] for error in problem["errors"]] == ["#/queue"]
