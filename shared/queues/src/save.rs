//! Saves with a limit of time, each apart from the others.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use centops_api::clock;
use centops_domain::{alerts::EventKind, chatbots::Name};
use centops_store::{StoreError, health::ObserveOutcome};
use futures::FutureExt;
use jiff::Timestamp;

/// The time that is left for the answer when the last save has ended.
const RESERVE: Duration = Duration::from_secs(4);

/// Result of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// The batches are counted, or never will be.
    Done,
    /// The outcome is unknown.
    Failed,
    /// The save did not begin.
    NotStarted,
}

/// Runs `save` for the chatbot `name`, at most for `limit` and until shortly before `deadline`. Its failure, its panic
/// and its silence concern no other save.
pub(crate) async fn isolated(
    name: &Name,
    limit: Duration,
    deadline: Timestamp,
    save: impl Future<Output = Result<ObserveOutcome, StoreError>>,
) -> Saved {
    let left = Duration::try_from(deadline.duration_since(clock::now())).unwrap_or_default().saturating_sub(RESERVE);
    if left.is_zero() {
        return Saved::NotStarted;
    }
    match tokio::time::timeout(limit.min(left), AssertUnwindSafe(save).catch_unwind()).await {
        Ok(Ok(result)) => log_result(name, result),
        Ok(Err(_)) => {
            tracing::error!(chatbot = %name, "panic while saving a report about chatbot {name}");
            Saved::Failed
        }
        Err(_) => {
            tracing::error!(chatbot = %name, "saving a report about chatbot {name} timed out");
            Saved::Failed
        }
    }
}

fn log_result(name: &Name, result: Result<ObserveOutcome, StoreError>) -> Saved {
    match result {
        Ok(observed) => {
            log_observed(name, &observed);
            Saved::Done
        }
        Err(StoreError::NotFound) => {
            tracing::warn!(chatbot = %name, "report dropped: chatbot {name} is not enrolled");
            Saved::Done
        }
        Err(error) => {
            tracing::error!(chatbot = %name, %error, "failed to save a report about chatbot {name}");
            Saved::Failed
        }
    }
}

/// Logs the events that a fold raised, and reports that were not counted completely.
fn log_observed(name: &Name, observed: &ObserveOutcome) {
    for raised in &observed.events {
        if let EventKind::ChatbotOffline { .. } = raised.event {
            tracing::warn!(chatbot = %name, "chatbot {name} taken out of routing");
        } else {
            tracing::warn!(chatbot = %name, event = ?raised.event, "health event of chatbot {name} recorded");
        }
    }
    let folded = &observed.summary;
    if folded.before_enrolment + folded.over_limit > 0 || folded.repeated > 0 {
        tracing::info!(chatbot = %name, ?folded, "report about chatbot {name} counted in part");
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use jiff::SignedDuration;

    use super::*;

    #[tokio::test]
    async fn silence_panic_and_lateness_of_a_save_are_results() {
        let (name, limit) = ("tax".parse().expect("a name"), Duration::from_millis(10));
        let soon = Timestamp::now() + SignedDuration::from_secs(15);
        let late = Timestamp::now() + SignedDuration::from_secs(3);
        assert_eq!(isolated(&name, limit, soon, ready(Err(StoreError::NotFound))).await, Saved::Done);
        assert_eq!(isolated(&name, limit, soon, ready(Err(StoreError::Contended))).await, Saved::Failed);
        assert_eq!(isolated(&name, limit, soon, pending()).await, Saved::Failed);
        assert_eq!(isolated(&name, limit, soon, async { panic!("a fault of this chatbot") }).await, Saved::Failed);
        assert_eq!(isolated(&name, limit, late, pending()).await, Saved::NotStarted, "the function would be killed");
    }
}
