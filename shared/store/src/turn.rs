//! Turns among processes that write the same item. A turn is a courtesy: whoever has none may write as well, and
//! the conditions of the writes hold all the same. So nothing depends on clocks, or on who holds it coming back.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    Store,
    item::{Expect, Item},
    keys,
    transaction::Refused,
};

/// How long a turn is taken for, in milliseconds: whoever does not give it back is waited for no longer.
pub(crate) const LENGTH: i64 = 1000;
/// How long a process goes on while more comes, before it lets the next one.
pub(crate) const SHARE: Duration = Duration::from_millis(150);
/// How long it waits for a turn, before it goes on without.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Between two looks, in milliseconds.
const LOOKS: std::ops::RangeInclusive<u64> = 4..=24;

impl Store {
    /// Waits for a turn; false when there was none in time, or the table did not answer. A write unit a look.
    pub(crate) async fn take_turn(&self) -> bool {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let now = Timestamp::now();
            let until = now.as_millisecond().saturating_add(LENGTH);
            match self.put(turn(until), Expect::Over(now)).await {
                Ok(()) => return true,
                Err(Refused::Condition(..) | Refused::Conflict) => {}
                Err(Refused::Failed(_)) => return false,
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(LOOKS))).await;
        }
        false
    }

    /// Gives the turn back. Where that fails it ends by itself.
    pub(crate) async fn end_turn(&self) {
        if self.put(turn(0), Expect::Any).await.is_err() {
            tracing::info!("a turn was not given back");
        }
    }
}

/// The item of a turn that ends at `until`, in Unix milliseconds.
fn turn(until: i64) -> Item {
    let mut item = keys::turn();
    item.insert(keys::UNTIL.to_owned(), keys::number(until));
    item
}
