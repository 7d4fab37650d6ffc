//! Changes of what all share: the route table's revision, its change log, and the network's counts.
//!
//! All of it hangs on one item, and `DynamoDB` refuses a transaction that meets another at the same item. So
//! whoever changes something at the same time in one process shares a transaction: while one is being written
//! the next gathers those who come, each planned upon what the ones before it leave, and all of them make
//! one revision. Between processes the loser tries again after a short random wait; the longer it takes the
//! more its next transaction carries. Who loses twice waits for its [turn](crate::turn), so that many processes
//! do not wear each other out.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use centops_domain::{
    health::Network,
    routes::{ChangeLogEntry, RouteChange},
};
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::oneshot, time::Instant};

use crate::{
    Store, StoreError, Versioned,
    item::{self, Expect, Item},
    keys,
    network::network_item,
    routes::log_item,
    transaction::{NotWritten, Part, Refused, expires, write_all},
    turn,
};

/// How often a change is tried. At the waits below that is some two seconds, beside the writes themselves.
const TRIES: u32 = 48;
/// The longest wait between two tries, in milliseconds.
const LONGEST_WAIT: u64 = 80;
/// Who was refused so often takes turns with the other processes.
const CROWDED: u32 = 2;
/// And goes on to for so long.
const CROWD: Duration = Duration::from_secs(1);
/// How long those who try again are waited for.
const GATHERING: Duration = Duration::from_millis(3);
/// The most writes of one transaction, which has at most 100: the rest is the network's item and the log's.
const MOST_WRITES: usize = 98;
/// How long changes can be asked for with `?since=`.
const CHANGES_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What one change is planned to write, given the network.
pub(crate) struct Plan<T> {
    /// Its own writes.
    pub(crate) part: Part,
    /// What becomes of its route, where anything does.
    pub(crate) route: Option<RouteChange>,
    /// What its caller gets once it is written.
    pub(crate) outcome: T,
}

/// The changes of this process.
#[derive(Debug, Default)]
pub(crate) struct Revisions {
    gathering: Mutex<Gathering>,
    /// Held while a batch is opened.
    opening: tokio::sync::Mutex<()>,
    /// Held while a transaction is written.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Gathering {
    batches: u64,
    /// Those who share the next transaction.
    next: Option<Batch>,
    /// So many were refused, one after the other.
    refused: u32,
    /// When the next try is.
    again: Option<Instant>,
    /// Until when it is a crowd that writes.
    crowded: Option<Instant>,
    /// Since when it is this process's turn.
    turn: Option<Instant>,
    /// The number of the batch that is being written, and the network that it leaves.
    written: Option<(u64, Versioned<Network>)>,
}

#[derive(Debug)]
struct Batch {
    number: u64,
    before: Versioned<Network>,
    network: Network,
    now: Timestamp,
    items: Vec<Place>,
    changes: Vec<RouteChange>,
    seats: Vec<Seat>,
    writes: usize,
}

#[derive(Debug)]
struct Seat {
    writes: Vec<TransactWriteItem>,
    /// How many writes these are.
    length: usize,
    record: Option<Item>,
    told: oneshot::Sender<Told>,
}

/// The table and the keys of an item.
type Place = (String, Option<String>, Option<String>);

fn place(write: &TransactWriteItem) -> Option<Place> {
    let text = |key: Option<&AttributeValue>| key.and_then(|value| value.as_s().ok().cloned());
    let of = |table: &str, item: &Item| (table.to_owned(), text(item.get(keys::PK)), text(item.get(keys::SK)));
    write
        .put()
        .map(|put| of(put.table_name(), put.item()))
        .or_else(|| write.delete().map(|delete| of(delete.table_name(), delete.key())))
        .or_else(|| write.condition_check().map(|check| of(check.table_name(), check.key())))
}

/// What became of a seat. That nothing is told means the same as [`Told::Again`].
#[derive(Debug)]
enum Told {
    Written,
    /// Others were first, or one who shared the transaction could not go.
    Again,
    /// A condition of its own did not hold.
    Condition(usize, Option<Item>),
    Failed(StoreError),
}

/// Leads the batch `number`: sees to it that it is written, or that nobody waits for it.
struct Lead<'a> {
    revisions: &'a Revisions,
    number: u64,
}

enum Sat<'a, T> {
    Seated(T, oneshot::Receiver<Told>, Option<Lead<'a>>),
    Full,
    NoBatch,
}

impl Store {
    /// Writes what `plan` makes of the network at `now`: its writes, the network as it
    /// leaves it, and a revision where its route changed. It is planned anew until it is written.
    ///
    /// # Errors
    /// When a condition of its own writes does not hold, by their places (the record does not count); when
    /// others were first each time; when the table does not answer.
    pub(crate) async fn revise<T>(
        &self,
        now: Timestamp,
        plan: impl Fn(&mut Network) -> Result<Plan<T>, StoreError>,
    ) -> Result<T, Refused> {
        for _ in 0..TRIES {
            let (outcome, told, lead) = Box::pin(self.sit(now, &plan)).await?;
            if let Some(lead) = lead {
                Box::pin(lead.write(self)).await;
            }
            match told.await.unwrap_or(Told::Again) {
                Told::Written => return Ok(outcome),
                Told::Condition(place, found) => return Err(Refused::Condition(place, found)),
                Told::Failed(error) => return Err(Refused::Failed(error)),
                // All who shared it wait for the same moment, and share the next one.
                Told::Again => tokio::time::sleep_until(self.revisions.again()).await,
            }
        }
        Err(Refused::Failed(StoreError::Contended))
    }

    /// Takes a seat in the batch that gathers. The first in it leads it.
    async fn sit<T>(
        &self,
        now: Timestamp,
        plan: &impl Fn(&mut Network) -> Result<Plan<T>, StoreError>,
    ) -> Result<(T, oneshot::Receiver<Told>, Option<Lead<'_>>), StoreError> {
        loop {
            match self.revisions.sit(now, plan)? {
                Sat::Seated(outcome, told, lead) => return Ok((outcome, told, lead)),
                // Its leader waits to write: whoever waits from now on goes on after that batch was written.
                Sat::Full => drop(self.revisions.writing.lock().await),
                Sat::NoBatch => self.open().await?,
            }
        }
    }
}

impl Store {
    /// Opens a batch upon what is stored.
    async fn open(&self) -> Result<(), StoreError> {
        let _opening = self.revisions.opening.lock().await;
        if self.revisions.gathering().gathers() {
            return Ok(());
        }
        if self.revisions.gathering().needs_turn() && self.take_turn().await {
            self.revisions.gathering().turn = Some(Instant::now());
        }
        let network = self.network().await?;
        self.revisions.gathering().begin(network);
        Ok(())
    }
}

impl Revisions {
    fn gathering(&self) -> MutexGuard<'_, Gathering> {
        self.gathering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When those who were refused try again.
    fn again(&self) -> Instant {
        self.gathering().again.unwrap_or_else(Instant::now)
    }

    fn sit<T>(
        &self,
        now: Timestamp,
        plan: &impl Fn(&mut Network) -> Result<Plan<T>, StoreError>,
    ) -> Result<Sat<'_, T>, StoreError> {
        let mut gathering = self.gathering();
        if gathering.next.is_none()
            && let Some((_, ahead)) = gathering.written.clone()
        {
            gathering.begin(ahead);
        }
        let Some(batch) = gathering.next.as_mut() else { return Ok(Sat::NoBatch) };
        let mut network = batch.network.clone();
        let Plan { part: Part { writes, record }, route, outcome } = plan(&mut network)?;
        let items: Vec<Place> = writes.iter().filter_map(place).collect();
        // A transaction writes no item twice.
        let meets = items.iter().any(|item| batch.items.contains(item));
        if meets || (!batch.seats.is_empty() && batch.writes + writes.len() > MOST_WRITES) {
            return Ok(Sat::Full);
        }
        let (told, waits) = oneshot::channel();
        batch.items.extend(items);
        batch.network = network;
        batch.now = batch.now.max(now);
        batch.changes.extend(route);
        batch.writes += writes.len();
        batch.seats.push(Seat { length: writes.len(), writes, record, told });
        let number = batch.number;
        // Not made in vain: its end takes the lock.
        let leads = (batch.seats.len() == 1).then(|| Lead { revisions: self, number });
        Ok(Sat::Seated(outcome, waits, leads))
    }
}

impl Gathering {
    /// Sets when those of a refused batch try again.
    fn wait(&mut self, written: bool) {
        self.refused = if written { 0 } else { self.refused + 1 };
        if self.refused >= CROWDED {
            self.crowded = Some(Instant::now() + CROWD);
        }
        // Whose turn it is need not wait.
        let longest = if self.has_turn() { 0 } else { LONGEST_WAIT.min(2 << self.refused.min(6)) };
        self.again = (!written).then(|| Instant::now() + Duration::from_millis(fastrand::u64(0..=longest)));
    }

    fn gathers(&self) -> bool {
        self.next.is_some() || self.written.is_some()
    }

    fn has_turn(&self) -> bool {
        self.turn.is_some_and(|since| since.elapsed().as_millis() < u128::from(turn::LENGTH.unsigned_abs()))
    }

    fn needs_turn(&self) -> bool {
        !self.has_turn() && self.crowded.is_some_and(|until| Instant::now() < until)
    }

    /// Whether the turn is over: nobody gathers, or it was had long enough. Then those who gather wait for the
    /// next one.
    fn ends_turn(&mut self) -> bool {
        let over = self.turn.is_some_and(|since| self.next.is_none() || since.elapsed() >= turn::SHARE);
        if over {
            (self.turn, self.next) = (None, None);
        }
        over
    }

    /// Opens a batch upon the network `before`, where none gathers.
    fn begin(&mut self, before: Versioned<Network>) {
        if self.next.is_some() {
            return;
        }
        self.batches += 1;
        self.next = Some(Batch {
            number: self.batches,
            network: before.value.clone(),
            before,
            now: Timestamp::MIN,
            items: Vec::new(),
            changes: Vec::new(),
            seats: Vec::new(),
            writes: 0,
        });
    }
}

impl Batch {
    /// The network that it leaves, and what it writes of what all share: nothing where nothing of it changed.
    fn shared(&mut self, store: &Store) -> Result<(Versioned<Network>, Vec<TransactWriteItem>), StoreError> {
        let changes = mem::take(&mut self.changes);
        if !changes.is_empty() {
            self.network.revise(self.now);
        }
        if self.network == self.before.value {
            return Ok((self.before.clone(), Vec::new()));
        }
        let after = Versioned { value: self.network.clone(), version: self.before.version + 1 };
        let mut writes = vec![put(store, network_item(&after)?, Expect::after(self.before.version))?];
        if !changes.is_empty() {
            let entry = ChangeLogEntry { head: after.value.head(), changes };
            let mut item = log_item(&entry)?;
            item.insert(keys::EXPIRES.to_owned(), expires(self.now, CHANGES_KEPT));
            writes.push(put(store, item, Expect::Absent)?);
        }
        Ok((after, writes))
    }
}

fn put(store: &Store, item: Item, expect: Expect) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().put(item::put(&store.table, item, expect)?).build())
}

impl Lead<'_> {
    /// Writes the batch when it is its turn, and tells everybody in it.
    async fn write(self, store: &Store) {
        let _turn = self.revisions.writing.lock().await;
        let waits = {
            let gathering = self.revisions.gathering();
            gathering.refused > 0 || gathering.has_turn()
        };
        if waits {
            // Those who were refused with it wake at the same time.
            tokio::time::sleep(GATHERING).await;
        }
        // Without one, the batch before was not written, and all in this one were told.
        let Some(mut batch) = self.take() else { return };
        let written = match batch.shared(store) {
            Ok((after, shared)) => {
                self.revisions.gathering().written = Some((self.number, after));
                write_seats(store, shared, batch.seats).await
            }
            // Nothing of ours is without its form in JSON: who waits is told to try again, and fails in the end.
            Err(error) => {
                tracing::error!(%error, "a revision cannot be written");
                false
            }
        };
        let ends_turn = {
            let mut gathering = self.revisions.gathering();
            gathering.written = None;
            if !written {
                // Planned upon what was not written. All in it are told to try again.
                gathering.next = None;
            }
            written && gathering.ends_turn()
        };
        if ends_turn {
            store.end_turn().await;
        }
    }

    fn take(&self) -> Option<Batch> {
        self.revisions.gathering().next.take_if(|batch| batch.number == self.number)
    }
}

impl Drop for Lead<'_> {
    /// Given up before it was written, or while: then nobody knows what became of it.
    fn drop(&mut self) {
        drop(self.take());
        let mut gathering = self.revisions.gathering();
        if gathering.written.as_ref().is_some_and(|(number, _)| *number == self.number) {
            (gathering.written, gathering.next) = (None, None);
        }
    }
}

/// Writes `shared` and what the seats write, in one transaction, and tells each seat; false when nothing was
/// written, or nobody knows.
async fn write_seats(store: &Store, shared: Vec<TransactWriteItem>, mut seats: Vec<Seat>) -> bool {
    let first = shared.len();
    let mut writes = shared;
    for seat in &mut seats {
        writes.append(&mut seat.writes);
    }
    let written = if writes.is_empty() { Ok(()) } else { write_all(store, writes).await };
    store.revisions.gathering().wait(written.is_ok());
    let failed = match &written {
        Err(NotWritten::Conditions(failed)) => failed.as_slice(),
        _ => &[],
    };
    let mut start = first;
    for Seat { length, record, told, .. } in seats {
        let of_seat = failed.iter().find(|(place, _)| (start..start + length).contains(place));
        let outcome = match (&written, of_seat) {
            (Ok(()), _) => Told::Written,
            (Err(NotWritten::Failed(error)), _) => Told::Failed(error.same()),
            (Err(NotWritten::Conditions(_)), None) => Told::Again,
            (Err(NotWritten::Conditions(_)), Some((place, found))) => {
                refused(place - start, found.as_ref(), record.as_ref())
            }
        };
        // Who does not wait any more need not know.
        let _ = told.send(outcome);
        start += length;
    }
    written.is_ok()
}

/// What a seat is told whose write at `place` found `found` instead of what it expects.
fn refused(place: usize, found: Option<&Item>, record: Option<&Item>) -> Told {
    match (record, place) {
        // Its very record is there: it was carried out before, and the answer was lost.
        (Some(record), 0) if found == Some(record) => Told::Written,
        // The request wrote something else before: not to be passed off as this.
        (Some(_), 0) => Told::Failed(StoreError::Contended),
        (Some(_), _) => Told::Condition(place - 1, found.cloned()),
        (None, _) => Told::Condition(place, found.cloned()),
    }
}
