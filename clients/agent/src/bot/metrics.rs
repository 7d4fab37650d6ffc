//! What the agent of a chatbot does, as metrics, as JSON, and as health.

use std::sync::{Arc, Mutex};

use centops_report::Sender;
use serde_json::{Map, Value, json};

use super::intake::Intake;
use super::relay::Relay;
use super::versions::{VersionsStatus, lock};
use crate::prometheus::Text;
use crate::reports::Reports;
use crate::server::Monitor;

/// Gathers the state of all parts.
pub struct BotMonitor {
    /// The sender of batches.
    pub sender: Arc<Sender>,
    /// What stores records.
    pub intake: Intake,
    /// What takes records.
    pub relay: Arc<Relay>,
    /// The versions.
    pub versions: Arc<Mutex<VersionsStatus>>,
}

impl Monitor for BotMonitor {
    fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.intake.status().error.into_iter().collect();
        let versions = lock(&self.versions);
        let unknown = versions.parts.iter().filter(|(_, part)| part.version.is_none());
        problems.extend(unknown.map(|(name, _)| {
            format!("no version is reported, because {name} has never answered: correct its url or remove it")
        }));
        problems.extend(versions.error.iter().map(|error| format!("CentOps did not take the versions: {error}")));
        problems
    }

    fn status(&self) -> Value {
        let (intake, versions) = (self.intake.status(), lock(&self.versions).clone());
        let parts: Map<String, Value> = (versions.parts.into_iter())
            .map(|(name, part)| (name.to_string(), json!({"version": part.version, "error": part.error})))
            .collect();
        let answers: Map<String, Value> =
            (self.relay.answers().into_iter()).map(|(status, count)| (status.to_string(), count.into())).collect();
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "problems": self.problems(),
            "relay": {
                "answers": answers, "received": intake.totals.received, "rejected": intake.totals.rejected,
                "repeatedRequests": intake.totals.repeated, "pending": intake.pending, "error": intake.error,
            },
            "reports": Reports::of(&self.sender).json(),
            "versions": {
                "parts": parts, "reports": versions.reports, "lastReportAt": versions.last_report_at,
                "error": versions.error,
            },
        })
    }

    fn metrics(&self) -> String {
        let mut text = Text::default();
        text.help("centops_agent_info", "gauge", "Version of the agent.");
        text.sample(concat!("centops_agent_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1);
        text.help("centops_agent_otlp_requests_total", "counter", "Requests with log records, by the answer's status.");
        for (status, count) in self.relay.answers() {
            text.sample(&format!("centops_agent_otlp_requests_total{{status=\"{status}\"}}"), count);
        }
        let intake = self.intake.status();
        text.counter("centops_agent_records_received_total", "Log records received.", intake.totals.received);
        text.counter("centops_agent_records_rejected_total", "Records that cannot be taken.", intake.totals.rejected);
        text.counter(
            "centops_agent_requests_repeated_total",
            "Requests that came again, and were not counted again.",
            intake.totals.repeated,
        );
        text.gauge("centops_agent_records_pending", "Records counted that are in no batch yet.", intake.pending);
        text.gauge(
            "centops_agent_intake_failing",
            "1 if the last request could not be stored.",
            u8::from(intake.error.is_some()),
        );
        Reports::of(&self.sender).metrics("records", &mut text);
        self.version_metrics(&mut text);
        text.into_string()
    }
}

impl BotMonitor {
    fn version_metrics(&self, text: &mut Text) {
        let versions = lock(&self.versions);
        let failing = versions.parts.values().filter(|part| part.error.is_some()).count();
        let unknown = versions.parts.values().filter(|part| part.version.is_none()).count();
        text.gauge("centops_agent_components", "Components that are asked for their version.", versions.parts.len());
        text.gauge("centops_agent_components_failing", "Components whose last request failed.", failing);
        text.gauge("centops_agent_components_unknown", "Components that have never answered.", unknown);
        text.counter("centops_agent_version_reports_total", "Reports of versions that CentOps took.", versions.reports);
        text.gauge(
            "centops_agent_version_report_failing",
            "1 if the last report of versions failed.",
            u8::from(versions.error.is_some()),
        );
    }
}
