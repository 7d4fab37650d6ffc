"""Logs of chatbots can be read, newest first, without the personal data that they contained."""

import datetime

import pytest

from centops_local import logs, steps, stored_data
from centops_local.clients import now, send_batch
from centops_local.polling import wait_until

from support import error_pointers

#: Personal data of each kind, and its masked form. No other test uses these values.
MASKED = [
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

#: The identifying parts of the values above, which must be stored nowhere.
TRACES = [
    "37605030299", "0503 0299", "kanaari", "5555 0199", "5555 0188", "5550 1770", "a2FuYWFy", "203.0.113.77", "c0:ffee",
]  # fmt: skip


def entries_of(stack, chatbot: str, **query: str) -> list[dict]:
    """Returns the entries of all pages of a query."""
    return steps.all_pages(stack.person("viewer"), f"/chatbots/{chatbot}/logs", "entries", **query)


def await_entries(stack, chatbot: str, count: int) -> list[dict]:
    """Waits until a chatbot has `count` entries, and returns them."""

    def all_there() -> list[dict]:
        found = entries_of(stack, chatbot)
        return found if len(found) == count else []

    return wait_until(f"{chatbot} has {count} entries", all_there, 20)


def test_personal_data_in_logs_is_masked_and_stored_nowhere(stack):
    chatbot = stack.device("masked-logs", "chatbot")
    batch = [{"at": now(), "level": "info", "message": f"Küsis {text}, õhtul"} for text, _ in MASKED]
    steps.expect(send_batch(chatbot, "/logs", {"logs": batch}), 202)
    stored = await_entries(stack, "masked-logs", len(MASKED))
    assert sorted(entry["message"] for entry in stored) == sorted(f"Küsis {mask}, õhtul" for _, mask in MASKED)
    # A refused value is repeated in the response, and must not be in a log either.
    refused = {"logs": [{"at": now(), "level": "37605030299", "message": "kanaarilind"}]}
    assert error_pointers(steps.expect(send_batch(chatbot, "/logs", refused), 400)) == ["#/logs/0/level"]
    table = "\n".join(item.text for item in stored_data.tables(stack.instance))
    lines = logs.lines(stack.instance)
    assert "Küsis [personal code], õhtul" in table, "the scan sees logs"
    for trace in TRACES:
        assert trace not in table, f"{trace} is in the table"
        assert not [line for line in lines if trace in line], f"{trace} is in a function's log"


def test_entries_are_filtered_by_time_level_and_text_newest_first(stack):
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
    severe = entries_of(stack, "paged-logs", level="error", limit="3")
    assert {entry["level"] for entry in severe} == {"error", "critical"}
    assert len(severe) == 8
    assert [entry["message"] for entry in entries_of(stack, "paged-logs", text="öINE TÖÖ 1")] == expected[:10]
    interval = entries_of(stack, "paged-logs", **{"from": at(5), "to": at(8)})
    assert [entry["message"] for entry in interval] == expected[12:15]


def test_only_staff_and_the_owner_read_a_log(stack):
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
def test_invalid_query_of_a_log_is_refused_with_its_pointer(stack, query, pointer):
    response = steps.expect(stack.person("viewer").get("/chatbots/masked-logs/logs", **query), 400)
    assert error_pointers(response) == [pointer]
