"""The scaffold of a new operation. No stack is needed."""

import json
import tomllib

import pytest
import yaml

from centops_contract import rust
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
    assert tomllib.loads(files["contract/cost/releases.toml"])["purge-releases"]["read"] == "1"
    assert "functions/releases/src/bin/purge-releases.rs" in files


def test_operation_of_a_new_area_gets_its_files():
    files = added(New("surveys", "get-survey", "get", "/surveys/{survey}", "network"))
    item = yaml.safe_load(files["contract/surveys.yaml"])["paths"]["/surveys/{survey}"]
    assert [parameter["name"] for parameter in item["parameters"]] == ["survey"]
    assert list(tomllib.loads(files["contract/cost/surveys.toml"])) == ["get-survey"]
    assert item["get"]["tags"] == ["network"]
    root = yaml.safe_load(files["contract/openapi.yaml"])
    assert root["paths"]["/surveys/{survey}"] == {"$ref": "surveys.yaml#/paths/~1surveys~1{survey}"}
    assert 'name = "functions-surveys"' in files["functions/surveys/Cargo.toml"]
    assert 'functions-surveys = { path = "functions/surveys" }' in files["Cargo.toml"]
    assert "functions-surveys.workspace = true" in files["tools/local/functions/Cargo.toml"]
    assert "    functions_surveys::FUNCTIONS,\n" in files["tools/local/functions/src/main.rs"]


def test_second_operation_of_an_area_is_listed_after_the_first(tmp_path):
    for file, text in changes(New("surveys", "get-survey", "get", "/surveys/{survey}", "admin")).items():
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(rust.formatted(text) if file.suffix == ".rs" else text)
    for sample in ("events/chatbots/get-chatbot.json", "events/routes/get-route.json"):
        (tmp_path / sample).parent.mkdir(parents=True)
        (tmp_path / sample).write_text((ROOT / sample).read_text())
    files = changes(New("surveys", "list-surveys", "get", "/surveys", "admin"), tmp_path)
    library = files[tmp_path / "functions/surveys/src/lib.rs"]
    assert library.index('name: "get-survey"') < library.index('name: "list-surveys"')


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
