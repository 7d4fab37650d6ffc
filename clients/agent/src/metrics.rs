//! What the agent of a DMR does, as Prometheus metrics, as JSON, and as health.

use std::sync::{Arc, Mutex, PoisonError};

use centops_report::Reporter;
use centops_routes::{RouteClient, Status};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::collect::Ledger;
use crate::prometheus::Text;
use crate::publish::PublishStatus;
use crate::reports::Reports;
use crate::server::Monitor;
use crate::tail::TailStatus;

/// The state of the collector, for metrics and `/status`.
#[derive(Clone, Debug, Default)]
pub struct CollectStatus {
    /// The counts.
    pub ledger: Ledger,
    /// The status of the log.
    pub tail: TailStatus,
    /// The reason why the log cannot be read or the batch not stored.
    pub error: Option<String>,
}

/// Gathers the state of all parts.
pub struct DmrMonitor {
    /// The route client.
    pub routes: Arc<RouteClient>,
    /// The reporter.
    pub reporter: Arc<Reporter>,
    /// The publisher's status.
    pub publish: watch::Receiver<PublishStatus>,
    /// The collector's status.
    pub collect: Arc<Mutex<CollectStatus>>,
}

/// The state of all parts at one time.
struct Snapshot {
    routes: Status,
    publish: PublishStatus,
    collect: CollectStatus,
    reports: Reports,
}

impl DmrMonitor {
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            routes: self.routes.status(),
            publish: self.publish.borrow().clone(),
            collect: self.collect.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            reports: Reports::of(self.reporter.sender()),
        }
    }
}

impl Monitor for DmrMonitor {
    fn problems(&self) -> Vec<String> {
        self.snapshot().problems()
    }

    fn status(&self) -> Value {
        let Snapshot { routes, publish, collect, reports } = &self.snapshot();
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "problems": self.problems(),
            "routes": {
                "revision": routes.revision, "count": routes.route_count, "confirmedAt": routes.confirmed_at,
                "ageSeconds": routes.age.map(|age| age.as_secs()), "expired": routes.expired,
                "rejected": routes.rejections.as_ref().map(|rejections| rejections.reason.to_string()),
                "requestError": routes.request_error, "fileError": routes.file_error,
            },
            "nginx": {
                "servedRevision": publish.served_revision, "routes": publish.routes, "reloads": publish.reloads,
                "failures": publish.failures, "restores": publish.restores, "error": publish.error,
                "lastDurationMs": publish.last_duration_ms,
                "leftOut": publish.left_out.iter()
                    .map(|(name, reason)| json!({"name": name, "reason": reason.to_string()})).collect::<Vec<_>>(),
            },
            "log": {
                "lines": collect.ledger.lines, "queued": collect.ledger.queued, "ignored": collect.ledger.ignored,
                "earlierTries": collect.ledger.earlier_tries, "outcomes": collect.ledger.outcomes,
                "truncated": collect.tail.truncated, "lostFiles": collect.tail.lost_files,
                "refused": collect.tail.is_refused, "openFiles": collect.tail.open_files, "error": collect.error,
            },
            "reports": reports.json(),
        })
    }

    fn metrics(&self) -> String {
        let mut text = Text::default();
        let snapshot = self.snapshot();
        snapshot.route_metrics(&mut text);
        snapshot.log_metrics(&mut text);
        snapshot.reports.metrics("codes", &mut text);
        text.into_string()
    }
}

impl Snapshot {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        match (self.routes.revision, self.routes.expired) {
            (None, _) => problems.push("there is no route table yet".to_owned()),
            (_, true) => problems.push("the route table has expired".to_owned()),
            _ => {}
        }
        if let Some(error) = &self.publish.error {
            problems.push(error.clone());
        }
        if self.collect.tail.is_refused {
            problems.push("the log was truncated in place: rotate it by rename and USR1".to_owned());
        }
        if let Some(error) = &self.collect.error {
            problems.push(error.clone());
        }
        problems
    }

    fn route_metrics(&self, text: &mut Text) {
        text.help("centops_agent_info", "gauge", "Version of the agent.");
        text.sample(concat!("centops_agent_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1);
        text.gauge(
            "centops_agent_table_revision",
            "Revision of the newest route table.",
            self.routes.revision.unwrap_or(0),
        );
        text.gauge(
            "centops_agent_served_revision",
            "Revision whose routes nginx serves.",
            self.publish.served_revision.unwrap_or(0),
        );
        let age = self.routes.age.map_or(-1, |age| age.as_secs());
        text.gauge(
            "centops_agent_table_age_seconds",
            "Time since CentOps confirmed the table; -1 without a table.",
            age,
        );
        let rejected = self.routes.rejections.as_ref().map_or(0, |rejections| rejections.count);
        text.gauge("centops_agent_table_rejections", "Updates rejected since the last accepted one.", rejected);
        text.gauge("centops_agent_routes", "Routes in the map of nginx.", self.publish.routes);
        text.gauge(
            "centops_agent_routes_left_out",
            "Routes that nginx would misread; /status names them.",
            self.publish.left_out.len(),
        );
        text.counter("centops_agent_reloads_total", "Reloads that new workers confirmed.", self.publish.reloads);
        text.counter("centops_agent_publish_failures_total", "Updates that nginx did not take.", self.publish.failures);
        text.counter("centops_agent_restores_total", "Times that the former map was restored.", self.publish.restores);
        let failing = u8::from(self.publish.error.is_some());
        text.gauge("centops_agent_publish_failing", "1 if nginx does not serve the newest routes.", failing);
    }

    fn log_metrics(&self, text: &mut Text) {
        let (ledger, tail) = (&self.collect.ledger, self.collect.tail);
        text.counter("centops_agent_log_lines_total", "Lines read from the access log.", ledger.lines);
        text.counter("centops_agent_codes_queued_total", "Lines whose code was stored for reporting.", ledger.queued);
        text.help("centops_agent_lines_ignored_total", "counter", "Lines that are not reported.");
        for (reason, count) in &ledger.ignored {
            text.sample(&format!("centops_agent_lines_ignored_total{{reason=\"{reason}\"}}"), count);
        }
        text.help("centops_agent_codes_total", "counter", "Stored codes by outcome.");
        for (outcome, count) in &ledger.outcomes {
            text.sample(&format!("centops_agent_codes_total{{outcome=\"{outcome}\"}}"), count);
        }
        text.counter(
            "centops_agent_earlier_tries_total",
            "Tries before the last one of a request.",
            ledger.earlier_tries,
        );
        text.counter("centops_agent_log_truncated_total", "Log files that were truncated in place.", tail.truncated);
        text.counter("centops_agent_log_files_lost_total", "Log files that disappeared unread.", tail.lost_files);
        text.gauge(
            "centops_agent_log_refused",
            "1 if the log is not read, because it was truncated.",
            u8::from(tail.is_refused),
        );
    }
}
