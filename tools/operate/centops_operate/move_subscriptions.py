"""Moves subscriptions from the former announcements topic to topics of their own.

SNS cannot move a subscription: each address is subscribed anew, and confirms anew. Every step can be repeated.

- ``plan`` shows what is subscribed: each address once for each institution of its chatbots. Changes nothing.
- ``subscribe`` subscribes what is not subscribed yet.
- ``status`` shows who has not confirmed.
- ``finish`` deletes the former topic and its items of the table. It refuses while somebody has not confirmed.

The token of an administrator is in the environment variable ``TOKEN``.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3
import requests
from botocore.client import BaseClient

#: Partition of the former subscriptions. Those of routes have it too, and stay.
_PARTITION = "SUBSCRIPTIONS"
_CHANNELS = ("email", "sms", "https", "sqs")
_TIMEOUT = 30
#: The most chatbots that are chosen one by one.
_MAX_CHATBOTS = 500


class MoveError(Exception):
    """An error for the person at the terminal."""


@dataclass(frozen=True)
class Former:
    """A former subscription: one address, and the chatbots that its filter policy had."""

    channel: str
    address: str
    chatbots: tuple[str, ...]

    @property
    def sort_key(self) -> str:
        """The sort key of its item."""
        return f"{self.channel}#{self.address}"


@dataclass(frozen=True)
class Planned:
    """A subscription of an address at one institution. Without an institution it is for the operations centre."""

    channel: str
    address: str
    institution: str | None
    chatbots: tuple[str, ...]

    def body(self) -> dict:
        """Returns the body of the request that subscribes it."""
        body = {"channel": self.channel, "address": self.address}
        if self.institution is not None:
            body["institution"] = self.institution
        if self.chatbots and len(self.chatbots) <= _MAX_CHATBOTS:
            body["chatbots"] = list(self.chatbots)
        return body

    def __str__(self) -> str:
        of = self.institution or "the operations centre"
        chatbots = ", ".join(self.chatbots) if self.chatbots else "all"
        return f"{self.channel} {self.address} · {of} · {chatbots}"


class Admin:
    """The Admin API, as far as the move uses it."""

    def __init__(self, base: str, token: str):
        self._base = base.rstrip("/")
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def _call(self, method: str, path: str, expected: set[int], **more) -> requests.Response:
        response = self._session.request(method, self._base + path, timeout=_TIMEOUT, **more)
        if response.status_code not in expected:
            raise MoveError(f"{method} {path}: {response.status_code} {response.text}")
        return response

    def institution_of(self, chatbot: str) -> str | None:
        """Returns the institution of a chatbot; none if it was removed."""
        response = self._call("GET", f"/chatbots/{chatbot}", {200, 404})
        return response.json()["institution"] if response.status_code == 200 else None

    def subscribe(self, planned: Planned) -> requests.Response:
        """Requests a subscription: 201, or a refusal."""
        return self._call("POST", "/subscriptions", {201, 400, 409}, json=planned.body())

    def subscriptions(self, institution: str | None) -> Iterator[dict]:
        """Returns the subscriptions of an institution, or of all that the caller sees."""
        params = {} if institution is None else {"institution": institution}
        while True:
            page = self._call("GET", "/subscriptions", {200}, params=params).json()
            yield from page["subscriptions"]
            if "next" not in page:
                return
            params["cursor"] = page["next"]


def former(dynamodb: BaseClient, table: str) -> list[Former]:
    """Returns the former subscriptions of owners."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": _PARTITION}},
    )
    found = []
    for item in (item for page in pages for item in page["Items"]):
        channel, _, address = item["sk"]["S"].partition("#")
        if channel in _CHANNELS:
            names = item.get("chatbots", {})
            names = names.get("SS") or [name["S"] for name in names.get("L", [])]
            found.append(Former(channel, address, tuple(sorted(names))))
    return found


def former_of_operations(sns: BaseClient, topic: str) -> list[Planned]:
    """Returns the confirmed addresses of the operations topic. They go on to receive its alarms."""
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    confirmed = (one for page in pages for one in page["Subscriptions"] if one["SubscriptionArn"].startswith("arn:"))
    return [Planned(one["Protocol"], one["Endpoint"], None, ()) for one in confirmed if one["Protocol"] in _CHANNELS]


def plan(subscriptions: list[Former], institution_of: Callable[[str], str | None]) -> list[Planned]:
    """Returns the subscriptions that replace the former ones: of chatbots that were removed, none."""
    planned = []
    for one in subscriptions:
        chatbots: dict[str, list[str]] = {}
        for name in one.chatbots:
            institution = institution_of(name)
            if institution is not None:
                chatbots.setdefault(institution, []).append(name)
        planned += [
            Planned(one.channel, one.address, institution, tuple(names))
            for institution, names in sorted(chatbots.items())
        ]
    return planned


def subscribe(admin: Admin, planned: list[Planned]) -> int:
    """Subscribes what is not subscribed yet, and prints each answer. Returns how many were refused."""
    refused = 0
    for one in planned:
        response = admin.subscribe(one)
        if response.status_code == 201:
            answer = response.json()["state"]["name"]
        elif response.status_code == 409:
            answer = "is subscribed already"
        else:
            refused += 1
            answer = f"REFUSED: {response.text}"
        print(f"{one}: {answer}")
    return refused


def open_ones(admin: Admin, planned: list[Planned]) -> list[str]:
    """Returns a line for each planned subscription that does not exist, or that its recipient has not confirmed."""
    missing = []
    for institution in sorted({one.institution or "" for one in planned}):
        ours = [one for one in planned if (one.institution or "") == institution]
        stored = [
            one
            for one in admin.subscriptions(institution or None)
            if one["coverage"].get("institution", "") == institution
        ]
        # Addresses are shown masked, so they are counted by channel.
        for channel in sorted({one.channel for one in ours}):
            wanted = sum(one.channel == channel for one in ours)
            active = sum(
                one["channel"] == channel and one["state"]["name"] in ("active", "paused", "failing") for one in stored
            )
            if active < wanted:
                of = institution or "the operations centre"
                missing.append(f"{channel} · {of}: {active} of {wanted} confirmed")
    return missing


def finish(dynamodb: BaseClient, sns: BaseClient, table: str, topic: str, subscriptions: list[Former]) -> None:
    """Deletes the former topic with its subscriptions, and then their items."""
    sns.delete_topic(TopicArn=topic)
    for one in subscriptions:
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": _PARTITION}, "sk": {"S": one.sort_key}})


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["plan", "subscribe", "status", "finish"])
    parser.add_argument("--admin", required=True, help="address of the Admin API")
    parser.add_argument("--table", required=True, help="output Table of the stack")
    parser.add_argument("--topic", required=True, help="output AnnouncementsTopic of the former stack")
    parser.add_argument("--operations-topic", help="output OperationsTopic, to move its subscribers too")
    parser.add_argument("--unconfirmed", action="store_true", help="finish although somebody has not confirmed")
    return parser.parse_args(words)


def main(words: list[str] | None = None, dynamodb: BaseClient | None = None, sns: BaseClient | None = None) -> int:
    """Runs one step. Returns the exit status."""
    arguments = _arguments(words)
    dynamodb, sns = dynamodb or boto3.client("dynamodb"), sns or boto3.client("sns")
    token = os.environ.get("TOKEN")
    if not token:
        raise MoveError("The environment variable TOKEN has no token of an administrator.")
    admin = Admin(arguments.admin, token)
    subscriptions = former(dynamodb, arguments.table)
    planned = plan(subscriptions, admin.institution_of)
    if arguments.operations_topic:
        planned += former_of_operations(sns, arguments.operations_topic)
    if arguments.step == "plan":
        print("\n".join(str(one) for one in planned) or "nothing to move")
        return 0
    if arguments.step == "subscribe":
        return 1 if subscribe(admin, planned) else 0
    missing = open_ones(admin, planned)
    if missing:
        print("\n".join(missing))
    if arguments.step == "status":
        return 1 if missing else 0
    if missing and not arguments.unconfirmed:
        raise MoveError("Not everybody has confirmed. `--unconfirmed` finishes all the same.")
    finish(dynamodb, sns, arguments.table, arguments.topic, subscriptions)
    print(f"deleted: the topic and {len(subscriptions)} items")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MoveError as error:
        sys.exit(f"move-subscriptions: {error}")
