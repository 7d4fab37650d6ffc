//! Snapshots of the route table: its lines, compressed, in a few large items. A function that starts reads these
//! instead of a hundred thousand chatbots.

use centops_domain::routes::{Head, RenderedTable, Revision};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Consistency, Store, StoreError, attributes, commit, keys,
    table::{Condition, Item, bytes, bytes_of, expiry, number, number_of},
};

/// The number of revisions after which a new snapshot is made.
const STALE_REVISIONS: u64 = 500;
/// The age at which a new snapshot is made.
const STALE: SignedDuration = SignedDuration::from_hours(24);
/// Retention of the parts of a snapshot: the pages of an older one can be read for as long.
const RETENTION: SignedDuration = SignedDuration::from_hours(3 * 24);
/// The text of one part, in bytes. Compressed it is a fraction of the 400 KB of an item, even if little in it repeats.
const PART_BYTES: usize = 512 * 1024;
/// The compression level: the highest that the build contains (`.cargo/config.toml`).
const LEVEL: i32 = 3;
/// The most parts that are read or written concurrently.
const CONCURRENCY: usize = 8;

/// The newest snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The head of its table.
    pub head: Head,
    /// The number of its parts.
    pub parts: usize,
}

impl Snapshot {
    fn insert_into(self, item: &mut Item) {
        commit::insert_head(item, self.head);
        item.insert(attributes::PARTS.to_owned(), number(self.parts as i128));
    }

    fn from_item(item: &Item) -> Result<Self, StoreError> {
        Ok(Self { head: commit::head_of(item)?, parts: number_of(item, attributes::PARTS)? })
    }
}

/// The result of [`Store::make_snapshot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotRun {
    /// The revision of the table.
    pub revision: Revision,
    /// The number of its routes.
    pub routes: u64,
    /// The number of revisions since the newest snapshot that was there before.
    pub lag: u64,
    /// The new snapshot, if one was due.
    pub made: Option<Snapshot>,
}

impl Store {
    /// Makes a snapshot at `now` if the last one is stale.
    ///
    /// # Errors
    /// When the table does not answer, or the route table cannot be read.
    pub async fn make_snapshot(&self, now: Timestamp) -> Result<SnapshotRun, StoreError> {
        let (head, stored) = tokio::try_join!(self.head(Consistency::Strong), self.snapshot_item())?;
        let version = stored.as_ref().map_or(Ok(0), |item| number_of(item, attributes::VERSION))?;
        // An item in an older format is replaced.
        let last = stored.as_ref().and_then(|item| read(item).ok());
        let lag = head.revision.saturating_sub(last.map_or(0, |(snapshot, _)| snapshot.head.revision));
        let is_fresh = last.is_some_and(|(snapshot, made)| !is_stale(snapshot.head, made, head, now));
        if is_fresh || head.revision == 0 {
            return Ok(SnapshotRun { revision: head.revision, routes: head.count, lag, made: None });
        }
        let mut table = self.route_table(head).await?;
        let parts = table.lines(PART_BYTES).map_err(StoreError::unreadable)?;
        let snapshot = Snapshot { head: table.head(), parts: parts.len() };
        let writes = stream::iter(parts.into_iter().enumerate()).map(|(part, lines)| async move {
            let compressed = zstd::bulk::compress(lines.as_bytes(), LEVEL).map_err(StoreError::unreadable)?;
            let mut item = keys::snapshot_part(snapshot.head.revision, part);
            snapshot.insert_into(&mut item);
            item.insert(attributes::STATE.to_owned(), bytes(compressed));
            item.insert(attributes::EXPIRES.to_owned(), expiry(now, RETENTION));
            self.table.put(item, Condition::None).await.map_err(|error| error.or(StoreError::Contended))
        });
        writes.buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        let mut item = keys::snapshot();
        snapshot.insert_into(&mut item);
        item.insert(attributes::MADE.to_owned(), number(now.as_millisecond()));
        item.insert(attributes::VERSION.to_owned(), number(version + 1));
        let put = self.table.put_idempotent(item, Condition::replaces(version));
        put.await.map_err(|error| error.or(StoreError::Contended))?;
        Ok(SnapshotRun { revision: head.revision, routes: head.count, lag, made: Some(snapshot) })
    }

    /// Returns the newest snapshot, if there is one. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn snapshot(&self) -> Result<Option<Snapshot>, StoreError> {
        self.snapshot_item().await?.map(|item| Ok(read(&item)?.0)).transpose()
    }

    /// Returns the routes of one part of the snapshot of `revision`, one a line, and the snapshot. One read unit for
    /// each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the part is not stored, or no longer.
    pub async fn snapshot_part(&self, revision: Revision, part: usize) -> Result<(Snapshot, String), StoreError> {
        let item = self.table.get(keys::snapshot_part(revision, part)).await?.ok_or(StoreError::Gone)?;
        let compressed = bytes_of(&item, attributes::STATE)?;
        let text = zstd::bulk::decompress(compressed, 2 * PART_BYTES).map_err(StoreError::unreadable)?;
        Ok((Snapshot::from_item(&item)?, String::from_utf8(text).map_err(StoreError::unreadable)?))
    }

    /// Returns the table at `head` or later from the newest snapshot and the change log. `None` without a snapshot, or
    /// if the change log does not reach back to it.
    pub(super) async fn table_from_snapshot(&self, head: Head) -> Result<Option<RenderedTable>, StoreError> {
        let Some(Snapshot { head: made, parts }) = self.snapshot().await? else { return Ok(None) };
        let lines = stream::iter(0..parts).map(|part| self.snapshot_part(made.revision, part));
        let lines = lines.buffered(CONCURRENCY).map_ok(|(_, lines)| lines).try_collect::<Vec<_>>();
        let log = self.change_log(made.revision.min(head.revision), head.revision);
        let (lines, log) = match tokio::try_join!(lines, log) {
            Err(StoreError::Gone) => return Ok(None),
            other => other?,
        };
        let mut table = RenderedTable::from_lines(made, lines.concat()).map_err(StoreError::unreadable)?;
        // The snapshot may be newer than the head that was read before it.
        table.advance(log).map_err(StoreError::unreadable)?;
        Ok(Some(table))
    }

    async fn snapshot_item(&self) -> Result<Option<Item>, StoreError> {
        self.table.get(keys::snapshot()).await
    }
}

/// Reads the item of the newest snapshot, and its time.
fn read(item: &Item) -> Result<(Snapshot, Timestamp), StoreError> {
    let made = Timestamp::from_millisecond(number_of(item, attributes::MADE)?).map_err(StoreError::unreadable)?;
    Ok((Snapshot::from_item(item)?, made))
}

fn is_stale(snapshot: Head, made: Timestamp, head: Head, now: Timestamp) -> bool {
    head.revision.saturating_sub(snapshot.revision) >= STALE_REVISIONS || now.duration_since(made) >= STALE
}
