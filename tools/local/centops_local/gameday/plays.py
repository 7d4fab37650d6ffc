"""Breaks a stack, as people or AWS do. Each play breaks one thing."""

import contextlib
import datetime
import json
import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from centops_local import edge, processes, steps
from centops_local.authority import Authority
from centops_local.instance import DOMAIN, STACK
from centops_local.polling import ExpectationFailed, NotYet, wait_until
from centops_local.stack import start_module

from . import runbook

if TYPE_CHECKING:
    from .game_stack import GameStack

#: The name of the policy that denies.
POLICY = "by-hand"
#: The chatbot whose route is changed.
_CHANGED = "benefit-guide"
_CLOCK_AHEAD = datetime.timedelta(seconds=200)
#: `TokenLeewaySeconds` of the template.
_LEEWAY = 'TOKEN_LEEWAY_SECONDS = "{}"'

_ROLE = f"ROLE=$(aws lambda get-function-configuration --function-name {STACK}-%s --query Role --output text)\n"


def all_of(*plays: "Callable[[GameStack], None] | None") -> "Callable[[GameStack], None]":
    """Returns a play that makes several, one after the other."""

    def play(game: "GameStack") -> None:
        for one in plays:
            if one:
                one(game)

    return play


def _shell(commands: str) -> "Callable[[GameStack], None]":
    def play(game: "GameStack") -> None:
        runbook.run(game.stack, commands)

    return play


def deny(function: str, action: str) -> "Callable[[GameStack], None]":
    """Adds a policy to the role of a function that denies an action."""
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    put = f"aws iam put-role-policy --role-name \"${{ROLE##*/}}\" --policy-name {POLICY} --policy-document '{document}'"
    return _shell(_ROLE % function + put)


def disable_mappings(function: str) -> "Callable[[GameStack], None]":
    """Disables the mappings of a function."""
    query = f"EventSourceMappings[?contains(FunctionArn, ':{STACK}-{function}')].UUID"
    mappings = f'aws lambda list-event-source-mappings --query "{query}" --output text'
    return _shell(f'for id in $({mappings}); do aws lambda update-event-source-mapping --uuid "$id" --no-enabled; done')


def disable_schedule(resource: str) -> "Callable[[GameStack], None]":
    """Disables the schedule of a function, which has the name of its resource."""
    settings = "{Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target} | with_entries(select(.value != null))"
    return _shell(f"""
        name=$(aws scheduler list-schedules --output text --query "Schedules[?contains(Name, '{resource}')].Name")
        aws scheduler get-schedule --name "$name" | jq '{settings}' > disabled.json
        aws scheduler update-schedule --cli-input-json file://disabled.json --state DISABLED
    """)


def renew(function: str) -> "Callable[[GameStack], None]":
    """Ends the environments of a function, as Lambda does after some hours: the next call starts a new one."""

    def play(game: "GameStack") -> None:
        wanted = {f"AWS_LAMBDA_FUNCTION_NAME={STACK}-{function}", f"AWS_ENDPOINT_URL={game.stack.instance.url('emulator')}"}
        for file in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(FileNotFoundError, PermissionError, ProcessLookupError):
                if wanted <= set(file.read_text(errors="replace").split("\0")):
                    os.kill(int(file.parent.name), signal.SIGTERM)

    return play


def reserve_none(function: str) -> "Callable[[GameStack], None]":
    """Reserves no concurrency for a function."""
    return _shell(f"aws lambda put-function-concurrency --function-name {STACK}-{function} --reserved-concurrent-executions 0")


def poison(queue: str) -> "Callable[[GameStack], None]":
    """Sends messages to a FIFO queue that its function cannot read."""

    def play(game: "GameStack") -> None:
        for _ in range(5):
            group, key = uuid.uuid4().hex, uuid.uuid4().hex
            game.stack.instance.aws("sqs").send_message(
                QueueUrl=game.stack.outputs[queue], MessageBody="{", MessageGroupId=group, MessageDeduplicationId=key
            )

    return play


def route_change(game: "GameStack") -> None:
    """Takes a chatbot out of routing, and ends that: two changes of the route table, and two events."""
    admin = game.stack.person("admin")
    control = {"mode": "force-offline", "reason": "game day"}
    steps.expect(admin.call("PUT", f"/chatbots/{_CHANGED}/control", control), 200)
    if admin.call("DELETE", f"/chatbots/{_CHANGED}/control").status_code >= 400:
        raise ExpectationFailed(f"Expected: the control of {_CHANGED} ends.")


def test_message(game: "GameStack") -> None:
    """Asks for a test message to the operators' subscription."""
    steps.expect(game.stack.person("admin").post(f"/subscriptions/{game.subscription}/test", None), 202)


def delete_routes_topic(game: "GameStack") -> None:
    """Deletes the routes topic."""
    game.stack.instance.aws("sns").delete_topic(TopicArn=game.stack.outputs["RoutesTopic"])


def stop_issuer(game: "GameStack") -> None:
    """Stops the token issuer."""
    processes.stop(game.stack.instance, "issuer")


def start_issuer(game: "GameStack") -> None:
    """Starts the token issuer again."""
    start_module(game.stack.instance, "issuer", "issuer")


def skew_tokens(game: "GameStack") -> None:
    """Gives people tokens of an issuer whose clock is ahead."""
    ahead = datetime.datetime.now(datetime.UTC) + _CLOCK_AHEAD
    end = ahead + datetime.timedelta(hours=1)
    token = game.stack.issuer.token("admin@example.ee", ["admin"], iat=ahead, nbf=ahead, exp=end)
    game.traffic.admin = lambda: game.stack.bearer(token)


def correct_clock(game: "GameStack") -> None:
    """Corrects the issuer's clock, and sets the leeway of the template again, with the commands of the runbook."""
    game.traffic.admin = lambda: game.stack.person("admin")
    commands = runbook.Section("changed-by-hand", "The issuer's clock is wrong").commands()
    runbook.run(game.stack, commands.replace(_LEEWAY.format(300), _LEEWAY.format(60)))


def foreign_truststore(game: "GameStack") -> None:
    """Replaces the truststore by one with another authority, and lets the domain read it."""
    stack = game.stack
    other: Authority = stack.foreign_authority
    put = stack.instance.aws("s3").put_object(
        Bucket=stack.outputs["TruststoreBucket"], Key=edge.TRUSTSTORE_KEY, Body=other.certificate.read_bytes()
    )
    path = "/mutualTlsAuthentication/truststoreVersion"
    operation = {"op": "replace", "path": path, "value": put["VersionId"]}
    stack.instance.aws("apigateway").update_domain_name(domainName=DOMAIN, patchOperations=[operation])
    restart_edge(game)


def restart_edge(game: "GameStack") -> None:
    """Starts the edge again: it reads the truststore of the domain at its start only, API Gateway after an update."""
    processes.stop(game.stack.instance, "edge")
    edge.start(game.stack.instance, game.stack.outputs, game.stack.authority)


def break_routes_secret(game: "GameStack") -> None:
    """Puts a secret without keys."""
    game.stack.instance.aws("secretsmanager").put_secret_value(
        SecretId=game.stack.outputs["RoutesSecret"], SecretString=json.dumps({"keys": []})
    )


def edit_counts(game: "GameStack") -> None:
    """Counts three chatbots too many in the network item. Then runs the daily check."""
    table, dynamodb = game.stack.outputs["Table"], game.stack.instance.aws("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="contains(#s, :types)",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":types": {"S": '"types"'}},
    )
    [item] = [item for page in pages for item in page["Items"]]
    state = json.loads(item["state"]["S"])
    next(iter(state["types"].values()))["online"] += 3
    item |= {"state": {"S": json.dumps(state)}, "count": {"N": str(int(item["count"]["N"]) + 3)}}
    dynamodb.put_item(TableName=table, Item=item)
    game.stack.invoke("recount-chatbots", {})


def delete_console_bucket(game: "GameStack") -> None:
    """Empties and deletes the bucket of the console, also if the status page is written meanwhile."""
    s3, bucket = game.stack.instance.aws("s3"), game.stack.outputs["ConsoleBucket"]

    def deleted() -> bool:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
                s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
        try:
            s3.delete_bucket(Bucket=bucket)
        except ClientError as error:
            raise NotYet(str(error)) from error
        return True

    wait_until(f"{bucket} is deleted", deleted, 30)
