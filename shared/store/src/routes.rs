//! The route table as DMRs read it: its head, its change log, and the whole of it.

use std::{collections::BTreeMap, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    chatbots::{ChatbotType, ChatbotUri, Name, Status},
    routes::{ChangeLogEntry, Head, RenderedTable, Revision, Route, RouteChanges},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Store, StoreError,
    item::{self, Item},
    keys,
};

/// The most revisions that are read of the change log at once; who is further behind reads the table.
pub const MOST_REVISIONS: u64 = 1000;

/// Whether a read sees every write that returned before it, or may lag behind by some time for half the price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// Every one.
    #[default]
    Strong,
    /// Perhaps not the last second's.
    Eventual,
}

/// A text that is no [`Consistency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("strong or eventual")]
pub struct UnknownConsistency;

impl FromStr for Consistency {
    type Err = UnknownConsistency;

    fn from_str(text: &str) -> Result<Self, UnknownConsistency> {
        match text {
            "strong" => Ok(Self::Strong),
            "eventual" => Ok(Self::Eventual),
            _ => Err(UnknownConsistency),
        }
    }
}

/// Where a chatbot is, or that it is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is Online.
    Routed(Route),
    /// It is enrolled, and not routed.
    Out {
        /// Its status.
        status: Status,
        /// Since when.
        since: Timestamp,
    },
}

/// What of a chatbot matters to who looks for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Located {
    name: Name,
    uri: ChatbotUri,
    #[serde(rename = "type")]
    kind: ChatbotType,
    status: Status,
    status_since: Timestamp,
}

const LOCATED: &str = "#name, uri, #type, #status, statusSince";
const LOCATED_NAMES: [(&str, &str); 3] = [("#name", "name"), ("#type", "type"), ("#status", "status")];

impl From<Located> for Placed {
    fn from(Located { name, uri, kind, status, status_since }: Located) -> Self {
        match status {
            Status::Online => Self::Routed(Route { name, uri, kind }),
            Status::Offline | Status::Unknown => Self::Out { status, since: status_since },
        }
    }
}

impl Store {
    /// Where the chatbot `name` is, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none of that name.
    pub async fn placed(&self, name: &Name) -> Result<Placed, StoreError> {
        let mut request = self.client.get_item().table_name(&self.table).set_key(Some(keys::chatbot(name)));
        for (placeholder, attribute) in LOCATED_NAMES {
            request = request.expression_attribute_names(placeholder, attribute);
        }
        let answer = request.projection_expression(LOCATED).consistent_read(true).send().await;
        let answer = answer.map_err(|error| StoreError::unavailable(&error))?;
        let located: Located = item::from_item(answer.item.ok_or(StoreError::NotFound)?)?;
        Ok(located.into())
    }

    /// The route table in three numbers. One read unit, or half of one.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn head(&self, consistency: Consistency) -> Result<Head, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(keys::revision()));
        let answer = request.consistent_read(consistency == Consistency::Strong).send().await;
        let answer = answer.map_err(|error| StoreError::unavailable(&error))?;
        answer.item.as_ref().map_or(Ok(Head::EMPTY), item::head_of)
    }

    /// The changes after `since` that lead to `head`, from the change log. A read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the log does not hold all of them, `since` is ahead of the table, or
    /// there are more than one answer has.
    pub async fn route_changes(&self, since: Revision, head: Head) -> Result<RouteChanges, StoreError> {
        let log = Box::pin(self.log(since, head.revision)).await?;
        RouteChanges::from_log(since, head, log.iter()).ok_or(StoreError::Gone)
    }

    /// The change log after the revision `since` up to `to`: all of it, in order.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it does not hold all of that, or it is more than is read at once.
    pub async fn log(&self, since: Revision, to: Revision) -> Result<Vec<ChangeLogEntry>, StoreError> {
        let behind = to.checked_sub(since).filter(|behind| *behind <= MOST_REVISIONS).ok_or(StoreError::Gone)?;
        if behind == 0 {
            return Ok(Vec::new());
        }
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", keys::text(keys::CHANGES))
            .expression_attribute_values(":from", keys::text(keys::change_sk(since + 1)))
            .expression_attribute_values(":to", keys::text(keys::change_sk(to)))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let items: Vec<Item> = pages.try_collect().await.map_err(|error| StoreError::unavailable(&error))?;
        let entries: Vec<ChangeLogEntry> = items.iter().map(log_entry).collect::<Result<_, _>>()?;
        let whole = entries.iter().map(|entry| entry.head.revision).eq(since + 1..=to);
        if whole { Ok(entries) } else { Err(StoreError::Gone) }
    }

    /// The whole table at `head` or later: from the newest snapshot and the change log since, or from the
    /// chatbots themselves where there is none.
    ///
    /// # Errors
    /// [`StoreError::Contended`] when the log was left behind meanwhile. Never a table that is not whole.
    pub async fn table(&self, head: Head) -> Result<RenderedTable, StoreError> {
        match Box::pin(self.table_of_snapshot(head)).await {
            Ok(Some(table)) => return Ok(table),
            Ok(None) => {}
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(error) => tracing::warn!(%error, "the snapshot is of no use, the table is made of the chatbots"),
        }
        Box::pin(self.table_of_chatbots(head)).await
    }

    /// Brings `table` to `head`, from the change log.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the log does not reach back to it.
    pub async fn advance(&self, table: &mut RenderedTable, head: Head) -> Result<(), StoreError> {
        let from = table.head().revision;
        if from >= head.revision {
            return Ok(());
        }
        let entries = Box::pin(self.log(from, head.revision)).await?;
        table.advance(entries).map_err(StoreError::unreadable)
    }

    /// The table made of the chatbots. They change while they are read, so what is read is no table of any
    /// revision; with every change since the first read made once more, it is the one after the last.
    async fn table_of_chatbots(&self, before: Head) -> Result<RenderedTable, StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", keys::text(keys::CHATBOTS))
            .projection_expression(LOCATED)
            .consistent_read(true);
        for (placeholder, attribute) in LOCATED_NAMES {
            query = query.expression_attribute_names(placeholder, attribute);
        }
        let mut routes = BTreeMap::new();
        let mut pages = query.into_paginator().items().send();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| StoreError::unavailable(&error))?;
            if let Placed::Routed(route) = item::from_item::<Located>(item)?.into() {
                routes.insert(route.name.clone(), route);
            }
        }
        let after = self.head(Consistency::Strong).await?;
        let log = self.log(before.revision, after.revision).await.map_err(|error| match error {
            StoreError::Gone => StoreError::Contended,
            other => other,
        })?;
        for change in log.into_iter().flat_map(|entry| entry.changes) {
            match change.route {
                Some(route) => routes.insert(change.name, route),
                None => routes.remove(&change.name),
            };
        }
        RenderedTable::new(after, &routes).map_err(StoreError::unreadable)
    }
}

/// The item of a revision.
pub(crate) fn log_item(entry: &ChangeLogEntry) -> Result<Item, StoreError> {
    let changes = serde_json::to_string(&entry.changes).map_err(StoreError::unreadable)?;
    let mut item = keys::change(entry.head.revision);
    item::insert_head(&mut item, entry.head);
    item.insert(keys::CHANGED.to_owned(), AttributeValue::S(changes));
    Ok(item)
}

pub(crate) fn log_entry(item: &Item) -> Result<ChangeLogEntry, StoreError> {
    let changes = serde_json::from_str(item::text_of(item, keys::CHANGED)?).map_err(StoreError::unreadable)?;
    Ok(ChangeLogEntry { head: item::head_of(item)?, changes })
}
