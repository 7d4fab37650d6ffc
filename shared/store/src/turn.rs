//! Turns among processes that write the same item. A turn is a courtesy: whoever has none may write as well, and
//! the conditions of the writes hold all the same. So nothing depends on clocks, or on who holds it coming back.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::{Store, keys};

/// How long a turn is taken for: whoever does not give it back is waited for no longer.
pub(crate) const LENGTH: Duration = Duration::from_millis(1000);
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
            let length = i64::try_from(LENGTH.as_millis()).unwrap_or_default();
            let request = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(keys::turn()))
                .item(keys::UNTIL, keys::number(now.as_millisecond() + length))
                .condition_expression("attribute_not_exists(pk) OR #until < :now")
                .expression_attribute_names("#until", keys::UNTIL)
                .expression_attribute_values(":now", keys::number(now.as_millisecond()));
            match request.send().await {
                Ok(_) => return true,
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(_)) => {}
                    _ => return false,
                },
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(LOOKS))).await;
        }
        false
    }

    /// Gives the turn back. Where that fails it ends by itself.
    pub(crate) async fn end_turn(&self) {
        let item = keys::turn();
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        if let Err(error) = request.item(keys::UNTIL, keys::number(0)).send().await {
            tracing::info!(%error, "a turn was not given back");
        }
    }
}
