"""What chatbots log can be read back, newest first, without the personal data that was in it."""

import datetime
import json

import pytest

from centops_local import logs, steps
from centops_local.clients import now, send_batch
from centops_local.waiting import until

from test_registry import pointers

#: Personal data of each kind, and what is kept of it. Every value is used nowhere else.
CANARIES = [
    ("37605030299", "[personal code]"),
    ("376 0503 0299", "[personal code]"),
    ("mari.kanaarilind+bot@näide.example.ee", "[e-mail]"),
    ("+372 5555 0199", "[phone]"),
    ("5555 0188", "[phone]"),
    ("+358 40 5550 1770", "[phone]"),
    ("Bearer kanaarilind-7f9c2ba4", "Bearer [token]"),
    ("eyJrYW5hYXJpIjoxfQ.eyJsaW5kIjoxfQ.a2FuYWFyaWxpbmQ", "[token]"),
    ("https://bot.example.ee/?access_token=kanaarilind1b2c&x=1", "https://bot.example.ee/?access_token=[token]&x=1"),
    ('{"api_key": "kanaarilind 3d4e"}', '{"api_key": "[token]"}'),
    ("203.0.113.77:8443", "[ip]"),
    ("2001:db8::c0:ffee", "[ip]"),
]

#: What must be found nowhere: the parts of the above that say something of somebody.
TRACES = [
    "37605030299", "0503 0299", "kanaari", "5555 0199", "5555 0188", "5550 1770", "a2FuYWFy", "203.0.113.77", "c0:ffee",
]  # fmt: skip


def entries_of(stack, chatbot: str, **query: str) -> list[dict]:
    """The entries of all pages of a query."""
    viewer, found, cursor = stack.person("viewer"), [], {}
    while True:
        page = steps.expect(viewer.get(f"/chatbots/{chatbot}/logs", **query, **cursor), 200).json()
        found += page["entries"]
        if "next" not in page:
            return found
        cursor = {"cursor": page["next"]}


def await_entries(stack, chatbot: str, count: int) -> list[dict]:
    """The entries of a chatbot, once there are so many."""

    def all_there() -> list[dict]:
        found = entries_of(stack, chatbot)
        return found if len(found) == count else []

    return until(f"{chatbot} has {count} entries", all_there, 20)


def whole_table(stack) -> str:
    """Every item of the table, as one text."""
    items, start = [], {}
    while True:
        page = stack.table.scan(**start)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return json.dumps(items, default=repr, ensure_ascii=False)
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def test_personal_data_in_logs_is_masked_and_kept_nowhere(stack):
    chatbot = stack.device("masked-logs", "chatbot")
    batch = [{"at": now(), "level": "info", "message": f"Küsis {text}, õhtul"} for text, _ in CANARIES]
    steps.expect(send_batch(chatbot, "/logs", {"logs": batch}), 202)
    kept = await_entries(stack, "masked-logs", len(CANARIES))
    assert sorted(entry["message"] for entry in kept) == sorted(f"Küsis {mask}, õhtul" for _, mask in CANARIES)
    # What is refused is repeated in the answer, and must not be in a log either.
    refused = {"logs": [{"at": now(), "level": "37605030299", "message": "kanaarilind"}]}
    assert pointers(steps.expect(send_batch(chatbot, "/logs", refused), 400)) == ["#/logs/0/level"]
    table, lines = whole_table(stack), logs.lines(stack.instance)
    assert "Küsis [personal code], õhtul" in table, "the scan sees logs"
    for trace in TRACES:
        assert trace not in table, f"{trace} is in the table"
        assert not [line for line in lines if trace in line], f"{trace} is in a function's log"


def test_a_log_is_read_newest_first_by_time_level_and_text(stack):
    chatbot = stack.device("paged-logs", "chatbot")
    begin = datetime.datetime.now(datetime.UTC)
    levels = ["debug", "info", "warning", "error", "critical"]

    def at(milliseconds: int) -> str:
        time = begin + datetime.timedelta(milliseconds=milliseconds)
        return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # Two batches whose entries alternate.
    for first in (0, 1):
        numbers = range(first, 20, 2)
        batch = [{"at": at(n), "level": levels[n % 5], "message": f"Öine töö {n:02}"} for n in numbers]
        steps.expect(send_batch(chatbot, "/logs", {"logs": batch}), 202)
    expected = [f"Öine töö {n:02}" for n in reversed(range(20))]
    messages = [entry["message"] for entry in await_entries(stack, "paged-logs", 20)]
    assert messages == expected
    assert [entry["message"] for entry in entries_of(stack, "paged-logs", limit="3")] == expected
    grave = entries_of(stack, "paged-logs", level="error", limit="3")
    assert {entry["level"] for entry in grave} == {"error", "critical"}
    assert len(grave) == 8
    assert [entry["message"] for entry in entries_of(stack, "paged-logs", text="öINE TÖÖ 1")] == expected[:10]
    some = entries_of(stack, "paged-logs", **{"from": at(5), "to": at(8)})
    assert [entry["message"] for entry in some] == expected[12:15]


def test_a_log_is_shown_to_whom_its_chatbot_is(stack):
    for role in ("admin", "operator", "viewer"):
        steps.expect(stack.person(role).get("/chatbots/masked-logs/logs"), 200)
    steps.expect(stack.person("owner", ["masked-institution"]).get("/chatbots/masked-logs/logs"), 200)
    steps.expect(stack.person("owner", ["owned-institution"]).get("/chatbots/masked-logs/logs"), 403)
    steps.expect(stack.person("viewer").get("/chatbots/never-enrolled/logs"), 404)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "501"}, "#query/limit"),
        ({"from": "yesterday"}, "#query/from"),
        ({"from": "2026-11-21T09:00:00Z", "to": "2026-11-21T09:00:00Z"}, "#query/to"),
        ({"level": "loud"}, "#query/level"),
        ({"text": "x" * 201}, "#query/text"),
        ({"cursor": "made-up!"}, "#query/cursor"),
    ],
)
def test_a_bad_query_of_a_log_is_refused_by_its_name(stack, query, pointer):
    response = steps.expect(stack.person("viewer").get("/chatbots/masked-logs/logs", **query), 400)
    assert pointers(response) == [pointer]
