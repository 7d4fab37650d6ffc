//! Stores what the relay takes, before the sender of the records gets its answer.
//!
//! Requests that come together are stored by one write (group commit). Counts are gathered in the position of the spool's
//! source, which is durable, and become a batch when they are due: the batch and the emptied counts are one record. So a
//! crash neither loses nor repeats a count.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use centops_report::{Sender, Spool, SpoolError};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep_until;
use tracing::error;

use super::journal::{Delivery, Journal, JournalError, Totals};

/// The most requests that wait to be stored.
const QUEUE_LENGTH: usize = 64;

/// The reason why a request was not stored. The sender may send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// Too many requests wait.
    #[error("too many requests wait: send it again")]
    Busy,
    /// The spool is full: CentOps has not taken the records for long.
    #[error("the spool is full, because CentOps does not take the records: send it again")]
    Full,
    /// The disk failed.
    #[error("the records cannot be stored: send them again")]
    Disk,
}

impl From<JournalError> for IntakeError {
    fn from(error: JournalError) -> Self {
        if matches!(error, JournalError::Spool(SpoolError::Full)) { Self::Full } else { Self::Disk }
    }
}

/// The state of the intake.
#[derive(Clone, Debug, Default)]
pub struct IntakeStatus {
    /// The records since the spool was created.
    pub totals: Totals,
    /// Records that are counted and in no batch yet.
    pub pending: u64,
    /// The reason why the last write failed.
    pub error: Option<String>,
}

struct Waiting {
    delivery: Delivery,
    answer: oneshot::Sender<Result<(), IntakeError>>,
}

/// Gives requests to the task that stores them.
#[derive(Clone)]
pub struct Intake {
    queue: mpsc::Sender<Waiting>,
    status: Arc<Mutex<IntakeStatus>>,
}

/// The task that stores requests.
pub struct Committer {
    queue: mpsc::Receiver<Waiting>,
    status: Arc<Mutex<IntakeStatus>>,
    journal: Journal,
    sender: Arc<Sender>,
}

/// Opens the intake of a spool. Counts are sent `flush` after the first one at the latest.
///
/// # Errors
/// Returns an error if the counts in the spool are of another version.
pub fn open(sender: Arc<Sender>, flush: Duration) -> Result<(Intake, Committer), serde_json::Error> {
    let (queue, receiver) = mpsc::channel(QUEUE_LENGTH);
    let journal = Journal::open(Arc::<Spool>::clone(sender.spool()), flush)?;
    let status = Arc::new(Mutex::new(status_of(&journal, None)));
    let intake = Intake { queue, status: Arc::clone(&status) };
    Ok((intake, Committer { queue: receiver, status, journal, sender }))
}

impl Intake {
    /// Stores a request durably.
    ///
    /// # Errors
    /// Returns an error if it was not stored.
    pub async fn store(&self, delivery: Delivery) -> Result<(), IntakeError> {
        let (answer, stored) = oneshot::channel();
        self.queue.try_send(Waiting { delivery, answer }).map_err(|_| IntakeError::Busy)?;
        stored.await.unwrap_or(Err(IntakeError::Busy))
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> IntakeStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Committer {
    /// Stores requests until the agent stops. Then it makes a batch of the counts.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut waiting = Vec::new();
        loop {
            let due = self.journal.due();
            tokio::select! {
                received = self.queue.recv_many(&mut waiting, QUEUE_LENGTH) => {
                    if received == 0 {
                        return;
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {}
                _ = stopped.changed() => {}
            }
            let is_stopped = *stopped.borrow_and_update();
            let (deliveries, answers): (Vec<_>, Vec<_>) =
                waiting.drain(..).map(|Waiting { delivery, answer }| (delivery, answer)).unzip();
            let mut journal = self.journal;
            let joined = spawn_blocking(move || {
                let results = journal.commit(deliveries, Timestamp::now());
                let flushed = journal.flush_if_due(is_stopped, Timestamp::now());
                (journal, results, flushed)
            });
            // A task that panicked lost the journal: the process ends, and is started again.
            let Ok((returned, results, flushed)) = joined.await else { return };
            self.journal = returned;
            self.note(&results, &flushed);
            for (answer, result) in answers.into_iter().zip(results) {
                // The sender may have gone. Its request is stored nevertheless.
                let _gone = answer.send(result.map_err(Into::into));
            }
            self.sender.wake();
            if is_stopped {
                return;
            }
        }
    }

    fn note(&self, results: &[Result<(), JournalError>], flushed: &Result<(), JournalError>) {
        let failed = results.iter().filter_map(|result| result.as_ref().err()).chain(flushed.as_ref().err()).last();
        let message = failed.map(ToString::to_string);
        if let Some(error) = &message {
            error!(%error, "failed to store log records");
        }
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status_of(&self.journal, message);
    }
}

fn status_of(journal: &Journal, error: Option<String>) -> IntakeStatus {
    IntakeStatus { totals: journal.totals(), pending: journal.pending(), error }
}
