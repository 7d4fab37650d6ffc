"""The scaffold of a new operation. No stack is needed."""

import json

import pytest
import yaml

from centops_contract.scaffold import New, ScaffoldError, changes
from centops_local.instance import ROOT


def added(new: New) -> dict[str, str]:
    return {str(file.relative_to(ROOT)): text for file, text in changes(new).items()}


def test_operation_on_an_existing_path_is_added_to_it():
    files = added(New("releases", "purge-releases", "delete", "/releases", "admin"))
    paths = yaml.safe_load(files["contract/releases.yaml"])["paths"]
    assert paths["/releases"]["delete"]["operationId"] == "purge-releases"
    assert "contract/openapi.yaml" not in files
    event = json.loads(files["events/releases/purge-releases.json"])
    assert (event["httpMethod"], event["requestContext"]["operationName"]) == ("DELETE", "purge-releases")
    library = files["functions/releases/src/lib.rs"]
    assert "pub mod purge_releases;" in library
    assert 'Function { name: "purge-releases", main: run_operation::<purge_releases::PurgeReleases> }' in library
    assert "functions/releases/src/purge_releases.rs" in files
    assert "functions/releases/src/bin/purge-releases.rs" in files


def test_operation_of_a_new_area_gets_its_files():
    files = added(New("incidents", "get-incident", "get", "/incidents/{incident}", "network"))
    item = yaml.safe_load(files["contract/incidents.yaml"])["paths"]["/incidents/{incident}"]
    assert [parameter["name"] for parameter in item["parameters"]] == ["incident"]
    assert item["get"]["tags"] == ["network"]
    root = yaml.safe_load(files["contract/openapi.yaml"])
    assert root["paths"]["/incidents/{incident}"] == {"$ref": "incidents.yaml#/paths/~1incidents~1{incident}"}
    assert 'name = "functions-incidents"' in files["functions/incidents/Cargo.toml"]
    assert 'functions-incidents = { path = "functions/incidents" }' in files["Cargo.toml"]
    assert "functions-incidents.workspace = true" in files["tools/local/functions/Cargo.toml"]
    assert "    functions_incidents::FUNCTIONS,\n" in files["tools/local/functions/src/main.rs"]


def test_function_is_added_to_the_section_of_its_area():
    template = added(New("audit", "get-audit-record", "get", "/audit/{record}", "admin"))["template.yaml"]
    assert template.index("  ListAudit:") < template.index("  GetAuditRecord:") < template.index("- legacy\n")
    assert template.count("\n  ListAudit:") == template.count("\n  GetAuditRecord:") == 1


@pytest.mark.parametrize(
    "new",
    [
        New("releases", "publish-release", "put", "/releases/new", "admin"),
        New("health", "probe-chatbots", "post", "/probes", "admin"),
        New("releases", "publish-again", "post", "/releases", "admin"),
        New("Releases", "list-all", "get", "/all", "admin"),
        New("releases", "list_all", "get", "/all", "admin"),
    ],
)
def test_declared_or_invalid_operations_are_refused(new):
    with pytest.raises(ScaffoldError):
        changes(new)
