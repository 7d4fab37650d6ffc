//! Snapshots of the route table: its text, compressed, in a few large items, so that a function that starts
//! need not read a hundred thousand small ones.

use centops_domain::routes::{Head, RenderedTable, Revision};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Consistency, Store, StoreError,
    item::{self, Expect, Item},
    keys,
    transaction::expires,
};

/// A snapshot is made anew when the table is so many revisions ahead of it.
const STALE_REVISIONS: u64 = 500;
/// Or when it is so old.
const STALE: SignedDuration = SignedDuration::from_hours(24);
/// How long the parts of one are kept: pages of an older one can be read as long.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);
/// The text of one part, in bytes. Compressed it is a fraction of the 400 KB that an item may have, even where
/// little in it repeats.
const PART: usize = 512 * 1024;
/// How hard it is compressed: the most that the build has (`.cargo/config.toml`).
const LEVEL: i32 = 3;
/// How many parts are read or written at the same time.
const AT_ONCE: usize = 8;

/// The newest snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The table that it is of.
    pub head: Head,
    /// How many parts it has.
    pub parts: usize,
}

impl Snapshot {
    fn insert_into(self, item: &mut Item) {
        item::insert_head(item, self.head);
        item.insert(keys::PARTS.to_owned(), keys::number(self.parts as i128));
    }

    fn of(item: &Item) -> Result<Self, StoreError> {
        Ok(Self { head: item::head_of(item)?, parts: item::number_of(item, keys::PARTS)? })
    }
}

impl Store {
    /// Makes a snapshot at `now`, where the last is too old; says of what table.
    ///
    /// # Errors
    /// When the table does not answer, or the route table cannot be read.
    pub async fn make_snapshot(&self, now: Timestamp) -> Result<Option<Snapshot>, StoreError> {
        let (head, stored) = tokio::try_join!(self.head(Consistency::Strong), self.snapshot_item())?;
        let version = stored.as_ref().map_or(Ok(0), |item| item::number_of(item, keys::VERSION))?;
        // Of an item of a former form a new one is made.
        let last = stored.as_ref().and_then(|item| read(item).ok());
        let fresh = last.is_some_and(|(snapshot, made)| !is_stale(snapshot.head, made, head, now));
        if fresh || head.revision == 0 {
            return Ok(None);
        }
        let mut table = self.table(head).await?;
        let parts = table.lines(PART).map_err(StoreError::unreadable)?;
        let snapshot = Snapshot { head: table.head(), parts: parts.len() };
        let writes = stream::iter(parts.into_iter().enumerate()).map(|(part, lines)| async move {
            let packed = zstd::bulk::compress(lines.as_bytes(), LEVEL).map_err(StoreError::unreadable)?;
            let mut item = keys::snapshot_part(snapshot.head.revision, part);
            snapshot.insert_into(&mut item);
            item.insert(keys::STATE.to_owned(), keys::bytes(packed));
            item.insert(keys::EXPIRES.to_owned(), expires(now, KEPT));
            self.put(item, Expect::Any).await.map_err(|refused| refused.or(StoreError::Contended))
        });
        writes.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let mut item = keys::snapshot();
        snapshot.insert_into(&mut item);
        item.insert(keys::MADE.to_owned(), keys::number(now.as_millisecond()));
        item.insert(keys::VERSION.to_owned(), keys::number(version + 1));
        self.put_same(item, Expect::after(version)).await.map_err(|refused| refused.or(StoreError::Contended))?;
        Ok(Some(snapshot))
    }

    /// The newest snapshot, where there is one. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn snapshot(&self) -> Result<Option<Snapshot>, StoreError> {
        self.snapshot_item().await?.map(|item| Ok(read(&item)?.0)).transpose()
    }

    /// The routes of one part of the snapshot of `revision`, one a line, and what it is a part of. A read unit
    /// for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it is not kept any more, or never was.
    pub async fn snapshot_part(&self, revision: Revision, part: usize) -> Result<(Snapshot, String), StoreError> {
        let item = self.get(keys::snapshot_part(revision, part)).await?.ok_or(StoreError::Gone)?;
        let packed = item::bytes_of(&item, keys::STATE)?;
        let text = zstd::bulk::decompress(packed, 2 * PART).map_err(StoreError::unreadable)?;
        Ok((Snapshot::of(&item)?, String::from_utf8(text).map_err(StoreError::unreadable)?))
    }

    /// The table at `head`, from the newest snapshot and the log; none without one, or where the log does not
    /// reach back to it.
    pub(crate) async fn table_of_snapshot(&self, head: Head) -> Result<Option<RenderedTable>, StoreError> {
        let Some(Snapshot { head: made, parts }) = self.snapshot().await? else { return Ok(None) };
        let lines = stream::iter(0..parts).map(|part| self.snapshot_part(made.revision, part));
        let lines = lines.buffered(AT_ONCE).map_ok(|(_, lines)| lines).try_collect::<Vec<_>>();
        let log = self.log(made.revision.min(head.revision), head.revision);
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
        self.get(keys::snapshot()).await
    }
}

fn read(item: &Item) -> Result<(Snapshot, Timestamp), StoreError> {
    let made = Timestamp::from_millisecond(item::number_of(item, keys::MADE)?).map_err(StoreError::unreadable)?;
    Ok((Snapshot::of(item)?, made))
}

fn is_stale(snapshot: Head, made: Timestamp, head: Head, now: Timestamp) -> bool {
    head.revision.saturating_sub(snapshot.revision) >= STALE_REVISIONS || now.duration_since(made) >= STALE
}
