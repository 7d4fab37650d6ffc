// Generated from contract/ by `make contract`. Do not edit.

//! The metrics that functions write.

use crate::{Metric, Unit};

/// The time for which the oldest chatbot that awaits a probe has been due.
pub const RECOVERY_DUE_AGE: Metric = Metric { name: "RecoveryDueAge", unit: Unit::Milliseconds };
/// The time for which the oldest chatbot or DMR that may be silent has been due.
pub const SILENCE_DUE_AGE: Metric = Metric { name: "SilenceDueAge", unit: Unit::Milliseconds };
/// Chatbots and DMRs that were handed out to be evaluated.
pub const ITEMS_HANDED_OUT: Metric = Metric { name: "ItemsHandedOut", unit: Unit::Count };
/// The longest time from when an item was due to its evaluation.
pub const EVALUATION_DELAY: Metric = Metric { name: "EvaluationDelay", unit: Unit::Milliseconds };
/// The age of the oldest report of a run when it is counted.
pub const REPORT_AGE: Metric = Metric { name: "ReportAge", unit: Unit::Milliseconds };
/// Reports that were counted.
pub const REPORTS_COUNTED: Metric = Metric { name: "ReportsCounted", unit: Unit::Count };
/// Reports that the queue delivers again.
pub const REPORTS_RETURNED: Metric = Metric { name: "ReportsReturned", unit: Unit::Count };
/// The chatbots in the reports of a run, each report for itself. Each of them is read and saved.
pub const PARTS_READ: Metric = Metric { name: "PartsRead", unit: Unit::Count };
/// The size of the log entries of a run, in KB. Reports of codes have none.
pub const LOG_KILOBYTES: Metric = Metric { name: "LogKilobytes", unit: Unit::Count };
/// The time for which the oldest notification has been due.
pub const NOTIFICATION_AGE: Metric = Metric { name: "NotificationAge", unit: Unit::Milliseconds };
/// Revisions of the route table since the snapshot from which environments start.
pub const SNAPSHOT_LAG: Metric = Metric { name: "SnapshotLag", unit: Unit::None };
/// The revision of the route table. After a restore, the next revision must be above the highest of it.
pub const ROUTE_REVISION: Metric = Metric { name: "RouteRevision", unit: Unit::None };
/// The number of routes of the table.
pub const ROUTES: Metric = Metric { name: "Routes", unit: Unit::None };
/// The number of chatbots by which the counts of the network are wrong.
pub const COUNT_DRIFT: Metric = Metric { name: "CountDrift", unit: Unit::Count };
/// The longest time from a change of the route table to its publication to queues.
pub const PUBLISH_DELAY: Metric = Metric { name: "PublishDelay", unit: Unit::Milliseconds };
/// Changes of the route table that were not published, because they cannot be read.
pub const CHANGES_UNREADABLE: Metric = Metric { name: "ChangesUnreadable", unit: Unit::Count };
/// Requests that could be neither permitted nor refused, because the table or the issuer did not answer.
pub const AUTHORIZATIONS_FAILED: Metric = Metric { name: "AuthorizationsFailed", unit: Unit::Count };
