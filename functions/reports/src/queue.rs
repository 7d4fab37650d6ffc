//! The queue of reports.

use centops_api::{Setup, StartError};
use centops_queues::WorkQueue;

/// Returns the queue of the reports that are due.
///
/// # Errors
/// When its variable is not set.
pub(crate) fn reports(setup: &Setup) -> Result<WorkQueue, StartError> {
    Ok(WorkQueue::new(aws_sdk_sqs::Client::new(setup.config()), setup.variable("REPORTS_QUEUE")?))
}
