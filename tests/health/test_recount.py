"""Counts of the network that somebody edited by hand. It runs alone: meanwhile `GET /routes` is a 5xx for everybody."""

import json
import re

import pytest

from centops_local import steps
from centops_operate.deployed import OperateError
from centops_operate.recount import main

from lambdas import event_of
from operators import act_as_operator


@pytest.fixture
def miscounted(stack, online):
    """Counts three routes too many. Afterwards they are exact, whatever the test did."""
    table, dynamodb = stack.outputs["Table"], stack.instance.aws("dynamodb")
    items = dynamodb.get_paginator("scan").paginate(TableName=table, FilterExpression="contains(#s, :types)",
        ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":types": {"S": '"types"'}})  # fmt: skip
    [item] = [item for page in items for item in page["Items"]]
    state = json.loads(item["state"]["S"])
    counts = next(iter(state["types"].values()))
    counts["online"] += 3
    item |= {"state": {"S": json.dumps(state)}, "count": {"N": str(int(item["count"]["N"]) + 3)}}
    dynamodb.put_item(TableName=table, Item=item)
    yield
    stack.invoke("recount-chatbots", {"apply": True})


def test_counts_are_exact_after_all_other_tests(stack, online):
    assert stack.invoke("recount-chatbots", event_of("recount-chatbots"))["drift"] == 0


def test_counts_edited_by_hand_are_found_and_corrected(stack, miscounted):
    found = stack.invoke("recount-chatbots", {})
    assert (found["drift"], found["corrected"]) == (3, False)
    by = "EE47101010033"
    assert stack.invoke("recount-chatbots", {"apply": True, "by": by})["corrected"]
    assert stack.invoke("recount-chatbots", {})["drift"] == 0
    steps.expect(stack.device("dmr-tallinn", "dmr").get("/routes"), 200)
    records = steps.all_pages(stack.person("admin"), "/audit", "records", person=by)
    assert [record["operation"] for record in records] == ["recount-chatbots"]


def test_command_shows_wrong_counts_and_corrects_them_only_when_applied(stack, miscounted, monkeypatch, capsys):
    act_as_operator(stack, monkeypatch)
    assert main(["local"]) == 1
    shown = capsys.readouterr().out
    assert re.search(r": online (\d+) stored, (\d+) counted\ndrift 3\nNothing was changed", shown)
    assert stack.invoke("recount-chatbots", {})["drift"] == 3
    with pytest.raises(OperateError, match="BY="):
        main(["local", "--apply"])
    by = "EE47101010044"
    assert main(["local", "--apply", "--by", by]) == 0
    assert capsys.readouterr().out.endswith("Corrected.\ndrift 0\n")
    assert main(["local"]) == 0
    records = steps.all_pages(stack.person("admin"), "/audit", "records", person=by)
    assert [record["operation"] for record in records] == ["recount-chatbots"]
