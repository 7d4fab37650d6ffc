"""`GET /institutions/{institution}/report` on the deployed stack."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from centops_local import steps

from support import NEW_CHATBOT, error_pointers

#: An institution and a chatbot that no other test uses.
INSTITUTION = "reported-institution"
REPORTED = "reported-chatbot"
PATH = f"/institutions/{INSTITUTION}/report"
#: The name of the institution reads like a formula.
NAME = '=HYPERLINK("http://x")'


@pytest.fixture(scope="module")
def reported(stack):
    """A stack with an institution whose chatbot was online, then forced offline, and is back."""
    admin = stack.person("admin")
    institution = {"id": INSTITUTION, "name": NAME, "contact": "it@example.ee"}
    steps.expect(admin.post("/admin/institutions", institution), 201)
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": REPORTED, "institution": INSTITUTION}), 201)
    for mode in ("force-online", "force-offline", "force-online"):
        body = {"mode": mode, "reason": "a test of reports"}
        steps.expect(admin.call("PUT", f"/chatbots/{REPORTED}/control", body), 200)
    yield stack
    steps.expect(admin.call("DELETE", f"/chatbots/{REPORTED}"), 204)
    steps.expect(admin.call("DELETE", f"/admin/institutions/{INSTITUTION}"), 204)


def bound(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds").replace("+00:00", "Z")


def get(person, accept: str, status: int = 200, **query):
    """Returns the report of the hour before now."""
    query = {"from": bound(-1), "to": bound(1), **query}
    return steps.expect(person.get(PATH, headers={"Accept": accept}, **query), status)


def test_report_is_json_csv_or_a_page(reported):
    viewer = reported.person("viewer")
    answer = get(viewer, "*/*")
    document = answer.json()
    [chatbot] = document["chatbots"]
    assert (document["institutionName"], chatbot["chatbot"]) == (NAME, REPORTED)
    assert chatbot["outages"]["count"] == 1
    availability = chatbot["availability"]
    assert 0 <= availability["offlineSeconds"] <= availability["totalSeconds"]
    assert "percent" not in chatbot["before"]["availability"], "it was not enrolled"
    assert (document["incidents"], document["incidentFigures"]["incidents"]) == ([], 0), "it was forced offline"

    file = get(viewer, "text/csv", language="en")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Content-Disposition"].startswith(f'attachment; filename="{INSTITUTION}-')
    [line, total, *figures] = csv.DictReader(io.StringIO(file.content.decode(), newline=""))
    assert (line["Chatbot"], line["Name of the institution"], line["Outages"]) == (REPORTED, f"'{NAME}", "1")
    assert (total["Row"], total["Chatbot"]) == ("total", "")
    assert [(figure["Row"], figure["Number"]) for figure in figures] == [
        ("Detection (MTTD)", "0"),
        ("Acknowledgement (MTTA)", "0"),
        ("Resolution (MTTR)", "0"),
    ]
    assert get(viewer, "text/csv").content.startswith(b'\xef\xbb\xbf"Rida";"Asutus";')

    page = get(viewer, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<html lang="et">' in page.text and "=HYPERLINK(&quot;http://x&quot;)" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    get(viewer, "application/pdf", 406)


def test_owners_get_the_reports_of_their_institutions(reported):
    get(reported.person("owner", [INSTITUTION]), "*/*")
    get(reported.person("owner", ["written-institution"]), "*/*", 403)
    steps.expect(reported.person("admin").get("/institutions/never-created/report"), 404)


def test_wrong_parameters_are_named(reported):
    admin = reported.person("admin")
    assert error_pointers(get(admin, "*/*", 400, zone="Mars/Base")) == ["#query/zone"]
    assert error_pointers(get(admin, "*/*", 400, to=bound(-2))) == ["#query/from"]
    assert error_pointers(get(admin, "*/*", 400, **{"from": "2020-01-01"})) == ["#query/from"]
    assert error_pointers(get(admin, "*/*", 400, to="tomorrow-morning")) == ["#query/to"]
