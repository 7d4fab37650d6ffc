"""`GET /metrics`: what a Prometheus server reads of the deployed stack."""

from datetime import datetime

from prometheus_client.parser import text_string_to_metric_families

from centops_local import steps
from centops_local.clients import send_batch
from centops_local.polling import NotYet, wait_until

#: Accepted media types of Prometheus 2.42, which prefers OpenMetrics.
ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
#: The labels of each metric.
LABELS = {
    "centops_chatbots": ["type", "state"],
    "centops_ejections_held": ["type"],
    "centops_routes": [],
    "centops_route_revision": [],
    "centops_route_revision_timestamp_seconds": [],
    "centops_oldest_due_probe_age_seconds": [],
    "centops_dmr_active": ["dmr"],
    "centops_dmr_last_report_timestamp_seconds": ["dmr"],
    "centops_dmr_silent": ["dmr"],
    "centops_dmr_table_revision": ["dmr"],
    "centops_dmr_unsettled_chatbots": ["dmr"],
}
NAME = "dmr-with-metrics"

Metrics = dict[str, dict[tuple[str, ...], float]]


def scrape(stack) -> Metrics:
    """Returns the value of each sample, by its metric and the values of its labels."""
    response = steps.expect(stack.person("viewer").get("/metrics", {"Accept": ACCEPT}), 200)
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    metrics: Metrics = {}
    for family in text_string_to_metric_families(response.text):
        assert family.type == "gauge" and family.documentation, family
        samples = metrics.setdefault(family.name, {})
        for sample in family.samples:
            labels = tuple(sample.labels.values())
            assert (sample.name, list(sample.labels)) == (family.name, LABELS[family.name])
            assert labels not in samples, f"twice: {sample}"
            samples[labels] = sample.value
    assert list(metrics) == list(LABELS)
    return metrics


def of_dmr(metrics: Metrics) -> dict[str, float]:
    """Returns the metrics of the DMR of the test, without the part of their names that all have."""
    return {
        name.removeprefix("centops_dmr_"): samples[(NAME,)] for name, samples in metrics.items() if (NAME,) in samples
    }


def test_counts_and_revision_are_those_of_the_network(stack, online):
    viewer = stack.person("viewer")

    def unchanged() -> tuple[dict, Metrics]:
        before = steps.expect(viewer.get("/health"), 200).json()
        metrics = scrape(stack)
        if (after := steps.expect(viewer.get("/health"), 200).json()) != before:
            raise NotYet(f"{before}, then {after}")
        return before, metrics

    network, metrics = wait_until("the network is the same before and after a scrape", unchanged, 60)
    types = network["types"]
    states = ("unknown", "online", "offline", "ejected")
    assert metrics["centops_chatbots"] == {(kind, state): types[kind][state] for kind in types for state in states}
    assert metrics["centops_ejections_held"] == {(kind,): float("holdingSince" in types[kind]) for kind in types}
    assert metrics["centops_routes"] == {(): sum(counts["online"] for counts in types.values())}
    assert metrics["centops_routes"][()] > 0
    assert metrics["centops_route_revision"] == {(): network["revision"]}
    revised_at = datetime.fromisoformat(network["revisedAt"]).timestamp()
    assert metrics["centops_route_revision_timestamp_seconds"] == {(): revised_at}
    assert metrics["centops_oldest_due_probe_age_seconds"][()] >= 0


def test_dmr_has_metrics_from_its_registration_to_its_removal(stack):
    admin, dmr = stack.person("admin"), stack.device(NAME, "dmr")
    registered = {"active": 1, "silent": 0, "unsettled_chatbots": 0}
    assert of_dmr(scrape(stack)) == registered
    steps.expect(send_batch(dmr, "/codes", {"codes": [], "tableRevision": 7}), 202)

    def reported() -> dict[str, float]:
        metrics = of_dmr(scrape(stack))
        if "last_report_timestamp_seconds" not in metrics:
            raise NotYet(metrics)
        return metrics

    metrics = wait_until("the report is recorded", reported, 20)
    last_seen = steps.expect(admin.get(f"/dmrs/{NAME}/health"), 200).json()["lastSeen"]
    reports = {"last_report_timestamp_seconds": datetime.fromisoformat(last_seen).timestamp(), "table_revision": 7}
    assert metrics == registered | reports
    steps.expect(admin.call("PATCH", f"/dmrs/{NAME}", {"status": "Disabled"}), 200)
    assert of_dmr(scrape(stack)) == registered | reports | {"active": 0}
    steps.expect(admin.call("DELETE", f"/dmrs/{NAME}"), 204)
    assert of_dmr(scrape(stack)) == {}
