"""The answers of the Network API, from the log of the local edge. It needs no stack."""

import json
from types import SimpleNamespace

from centops_local.gameday.watch import EdgeLog


def line(second: int, status: int) -> str:
    return json.dumps({"timestamp": f"2026-11-27T20:00:{second:02}Z", "message": "request handled", "status": status}) + "\n"


#: The Unix time of 20:00:00.
START = 1_795_809_600.0


def test_answers_are_counted_by_period_and_status(tmp_path):
    log = EdgeLog(SimpleNamespace(logs=tmp_path))
    (tmp_path / "edge.log").write_text(line(1, 200) + line(4, 500) + '{"message": "edge started"}\n' + line(5, 401))
    log.read()
    assert [log.sum(name, START, START + 5) for name in ("Count", "4XXError", "5XXError")] == [2, 0, 1]
    assert [log.sum(name, START + 5, START + 10) for name in ("Count", "4XXError", "5XXError")] == [1, 1, 0]
    assert log.sum("Count", START + 10, START + 15) is None, "API Gateway publishes nothing without requests"


def test_log_of_an_edge_that_was_started_again_is_read_from_its_beginning(tmp_path):
    log, file = EdgeLog(SimpleNamespace(logs=tmp_path)), tmp_path / "edge.log"
    file.write_text(line(1, 200) + line(2, 200))
    log.read()
    file.write_text(line(11, 200))
    log.read()
    with file.open("a") as more:
        more.write(line(12, 200) + line(13, 200)[:20])
    log.read()
    assert (log.sum("Count", START, START + 10), log.sum("Count", START + 10, START + 20)) == (2, 2)
