//! Health of chatbots: reports are folded into it, probes and administrators change it. Its consequences (status,
//! route, counts, events) are saved in the same transaction.

mod change;
mod control;
mod dmrs;
mod due;
mod history;
mod network;
mod observe;
mod policies;
mod probe_requests;
mod probes;
mod recount;

pub use due::{DueEntry, DueItem, SilenceDue};
pub use history::HISTORY_RETENTION;
pub(crate) use history::read_minute;
pub use observe::ObserveOutcome;
pub use policies::{POLICY_MAX_AGE, PolicyCache};
pub use probe_requests::ProbeRequestError;
pub use probes::{DueEvaluation, DueProbe};
pub use recount::Recount;
