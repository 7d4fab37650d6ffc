"""Items that somebody deleted by hand come back from a copy of the table. It runs alone: the revision jumps for everybody."""

import re
from datetime import UTC, datetime

import pytest

from centops_local import steps
from centops_operate.deployed import OperateError
from centops_operate.restore import main

from lambdas import event_of
from operators import act_as_operator

COPY = event_of("restore-items")["copy"]
DMR = "dmr-restored"
BY = "EE47101010055"


@pytest.fixture
def lost(stack, bystanders):
    """Copies the table, and deletes a chatbot and all that a DMR signs in with. Returns the chatbot and the time of the copy."""
    chatbot = bystanders[0]
    steps.expect(stack.device(DMR, "dmr").get("/routes"), 200)
    dynamodb = stack.instance.aws("dynamodb")
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=stack.outputs["Table"], TargetTableName=COPY, UseLatestRestorableTime=True
    )
    dynamodb.get_waiter("table_exists").wait(TableName=COPY)
    copied = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    keys = [("CHATBOTS", chatbot), (f"HEALTH#{chatbot}", "HEALTH"), ("PEERS", DMR)]
    certificates = stack.table.query(
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": "CERTIFICATES", ":sk": f"dmr#{DMR}#"},
    )
    for pk, sk in keys + [(item["pk"], item["sk"]) for item in certificates["Items"]]:
        stack.table.delete_item(Key={"pk": pk, "sk": sk})
    yield chatbot, copied
    dynamodb.delete_table(TableName=COPY)


def test_lost_items_come_back(stack, lost, monkeypatch, capsys):
    act_as_operator(stack, monkeypatch)
    (chatbot, copied), admin, dmr = lost, stack.person("admin"), stack.device("dmr-tallinn", "dmr")
    missing = stack.invoke("restore-items", event_of("restore-items"))
    assert missing["restored"] == {"CERTIFICATES": 1, "CHATBOTS": 1, "PEERS": 1}
    assert (missing["chatbots"], missing["unknown"]) == ([{"name": chatbot, "status": "Online", "probed": False}], {})
    seen = dmr.get("/routes").json()["revision"]
    arguments = ["local", "--copy", COPY, "--since", copied, "--seen", str(seen)]
    assert main(arguments) == 0
    found = f"chatbot {chatbot}: Online\nCERTIFICATES: 1\nCHATBOTS: 1\nPEERS: 1\n3 items\n"
    assert capsys.readouterr().out.startswith(f"{found}Nothing was changed")
    steps.expect(admin.get(f"/chatbots/{chatbot}"), 404)
    with pytest.raises(OperateError, match="BY="):
        main([*arguments, "--apply"])
    assert main([*arguments, "--apply", "--by", BY]) == 0
    said = capsys.readouterr().out
    assert said.startswith(found)
    revision = int(re.search(r"revision (\d+)\n$", said)[1])
    assert revision > seen
    assert steps.expect(admin.get(f"/chatbots/{chatbot}"), 200).json()["status"] == "Online"
    steps.expect(stack.device(DMR, "dmr").get("/routes"), 200)
    table = steps.expect(dmr.get("/routes"), 200).json()
    assert table["revision"] >= revision
    assert chatbot in {route["name"] for route in table["routes"]}
    assert stack.invoke("recount-chatbots", {})["drift"] == 0
    records = steps.all_pages(admin, "/audit", "records", person=BY)
    assert {record["operation"] for record in records} == {"restore-items"}
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("0 items\n")


def test_other_tables_are_not_read(stack, monkeypatch):
    act_as_operator(stack, monkeypatch)
    with pytest.raises(OperateError, match="restored-"):
        main(["local", "--copy", stack.outputs["Table"], "--since", "2026-11-27T08:00:00Z"])
