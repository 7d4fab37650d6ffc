//! What was sent and what waits, as metrics and as JSON.

use centops_report::{DropReason, Sender, SpoolStatus};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::prometheus::Text;

/// The state of a sender and its spool at one time.
#[derive(Clone, Debug)]
pub struct Reports {
    /// The spool.
    pub spool: SpoolStatus,
    /// The reason why the last request failed.
    pub error: Option<String>,
    last_at: Option<Timestamp>,
    retries: u64,
}

impl Reports {
    /// Returns the state of `sender`.
    #[must_use]
    pub fn of(sender: &Sender) -> Self {
        Self {
            spool: sender.spool().status(),
            error: sender.last_error(),
            last_at: sender.last_accepted_at(),
            retries: sender.retries(),
        }
    }

    /// Returns the state as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let spool = &self.spool;
        let dropped = DropReason::ALL.iter().map(|reason| {
            let count = spool.counts.dropped_for(*reason);
            (reason.name().to_owned(), count.into())
        });
        json!({
            "accepted": spool.counts.accepted, "waiting": spool.entries, "waitingBatches": spool.batches,
            "waitingBytes": spool.bytes, "oldest": spool.oldest, "corruptRecords": spool.corrupt_records,
            "dropped": dropped.collect::<Map<_, _>>(),
            "lastReportAt": self.last_at, "retries": self.retries, "error": self.error,
        })
    }

    /// Adds the metrics. `unit` is that of the entries: `codes` or `records`.
    pub fn metrics(&self, unit: &str, text: &mut Text) {
        let spool = &self.spool;
        let name = |rest: &str| format!("centops_agent_{unit}_{rest}");
        text.counter(&name("accepted_total"), "Entries that CentOps accepted.", spool.counts.accepted);
        text.help(&name("dropped_total"), "counter", "Entries that were not reported.");
        for reason in DropReason::ALL {
            let sample = format!("{}{{reason=\"{}\"}}", name("dropped_total"), reason.name());
            text.sample(&sample, spool.counts.dropped_for(reason));
        }
        text.gauge(&format!("centops_agent_spool_{unit}"), "Entries that wait.", spool.entries);
        text.gauge("centops_agent_spool_bytes", "Bytes of the batches that wait.", spool.bytes);
        text.gauge(
            "centops_agent_spool_corrupt_records",
            "Spool files that were corrupt at the start.",
            spool.corrupt_records,
        );
        text.counter("centops_agent_report_retries_total", "Requests that have to be repeated.", self.retries);
        let last = self.last_at.map_or(0, Timestamp::as_second);
        text.gauge("centops_agent_last_report_timestamp_seconds", "Time of the last accepted request.", last);
        text.gauge("centops_agent_report_failing", "1 if the last report failed.", u8::from(self.error.is_some()));
    }
}
