"""The move of the former subscriptions, each an address with a filter policy on one topic, to topics of their own."""

import json
import uuid

import pytest

from centops_local import steps
from centops_local.alerts import Inbox
from centops_operate.move_subscriptions import MoveError, main

from support import NEW_CHATBOT
from test_subscriptions import topics_of

INSTITUTIONS = ["moving-institution", "moving-other"]


@pytest.fixture
def network(stack, monkeypatch):
    """Enrols a chatbot of each institution. Returns their names."""
    admin, names = stack.person("admin"), [f"moving-{uuid.uuid4().hex[:8]}" for _ in INSTITUTIONS]
    for name, institution in zip(names, INSTITUTIONS, strict=True):
        steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name, "institution": institution}), 201)
    monkeypatch.setenv("TOKEN", admin.session.headers["Authorization"].removeprefix("Bearer "))
    yield names
    for name in names:
        steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


def former(stack, topic: str, inbox: Inbox, chatbots: list[str]) -> None:
    """Stores a subscription as the former release did."""
    policy = json.dumps({"chatbot": chatbots})
    arn = stack.instance.aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"FilterPolicy": policy}
    )["SubscriptionArn"]
    item = {"pk": "SUBSCRIPTIONS", "sk": f"sqs#{inbox.arn}", "arn": arn, "chatbots": chatbots, "version": 1}
    stack.table.put_item(Item=item)


def items(stack) -> set[str]:
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": "SUBSCRIPTIONS"}}
    return {item["sk"] for item in stack.table.query(**query)["Items"]}


def test_former_subscriptions_move_and_the_former_topic_ends(stack, network, capsys):
    sns = stack.instance.aws("sns")
    topic = sns.create_topic(Name=f"former-{uuid.uuid4().hex[:8]}")["TopicArn"]
    kept, inbox, lost = items(stack), Inbox(stack, "moving"), Inbox(stack, "lost")
    former(stack, topic, inbox, network)
    former(stack, topic, lost, ["removed-long-ago"])
    admin = stack.person("admin")

    def run(step: str, *more: str) -> int:
        words = [step, "--admin", admin.base, "--table", stack.outputs["Table"], "--topic", topic, *more]
        return main(words, stack.instance.aws("dynamodb"), sns)

    def moved() -> list[dict]:
        pages = [admin.get("/subscriptions", institution=institution) for institution in INSTITUTIONS]
        found = [one for page in pages for one in steps.expect(page, 200).json()["subscriptions"]]
        return [one for one in found if inbox.arn.rpartition(":")[2] in one["address"]]

    assert run("plan") == 0
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(
        f"sqs {inbox.arn} · {institution} · {name}" for name, institution in zip(network, INSTITUTIONS, strict=True)
    )
    assert moved() == []
    with pytest.raises(MoveError, match="confirmed"):
        run("finish")
    assert run("status") == 1
    capsys.readouterr()

    for answer in ("active", "is subscribed already"):
        assert run("subscribe") == 0
        assert capsys.readouterr().out.count(answer) == len(INSTITUTIONS)
    subscriptions = moved()
    assert [[chatbot["name"] for chatbot in one["coverage"]["chatbots"]] for one in subscriptions] == [
        [name] for name in network
    ]
    for one in subscriptions:
        [own] = topics_of(stack, one["id"])
        [subscribed] = sns.list_subscriptions_by_topic(TopicArn=own)["Subscriptions"]
        attributes = sns.get_subscription_attributes(SubscriptionArn=subscribed["SubscriptionArn"])["Attributes"]
        assert not json.loads(attributes.get("FilterPolicy") or "{}"), "no destination needs a filter policy"

    assert run("status") == 0
    assert run("finish") == 0
    assert items(stack) == kept, "subscriptions of routes stay"
    assert topic not in {one["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for one in page["Topics"]}
    assert run("plan") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "nothing to move"
