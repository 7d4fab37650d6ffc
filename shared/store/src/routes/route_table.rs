//! The whole route table.

use std::collections::BTreeMap;

use centops_domain::routes::{Head, RenderedTable};

use super::lookup::{RouteAttributes, RouteLookup};
use crate::{Consistency, Store, StoreError, keys, table};

impl Store {
    /// Returns the whole route table at `head` or later: from the newest snapshot and the change log, or from the
    /// chatbots if there is no usable snapshot.
    ///
    /// # Errors
    /// [`StoreError::Contended`] if the table changed more than the change log holds meanwhile. The result is never
    /// incomplete.
    pub async fn route_table(&self, head: Head) -> Result<RenderedTable, StoreError> {
        match Box::pin(self.table_from_snapshot(head)).await {
            Ok(Some(table)) => return Ok(table),
            Ok(None) => {}
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(error) => tracing::warn!(%error, "failed to use the snapshot, reading the chatbots"),
        }
        Box::pin(self.table_from_chatbots(head)).await
    }

    /// Brings `table` to `head` with the change log.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the change log does not reach back to the revision of `table`.
    pub async fn advance(&self, table: &mut RenderedTable, head: Head) -> Result<(), StoreError> {
        let from = table.head().revision;
        if from >= head.revision {
            return Ok(());
        }
        let entries = Box::pin(self.change_log(from, head.revision)).await?;
        table.advance(entries).map_err(StoreError::unreadable)
    }

    /// Returns the table made from the chatbots.
    ///
    /// They change while they are read, so the result of the reads is the table of no revision. Applying every change
    /// since the first read again makes it the table after the last one.
    async fn table_from_chatbots(&self, before: Head) -> Result<RenderedTable, StoreError> {
        let mut query = self.table.query_partition(keys::CHATBOTS).projection_expression(RouteAttributes::PROJECTION);
        for (placeholder, attribute) in RouteAttributes::NAMES {
            query = query.expression_attribute_names(placeholder, attribute);
        }
        let mut routes = BTreeMap::new();
        let mut items = query.into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| StoreError::unavailable(&error))?;
            if let RouteLookup::Routed(route) = table::from_item::<RouteAttributes>(item)?.into() {
                routes.insert(route.name.clone(), route);
            }
        }
        let after = self.head(Consistency::Strong).await?;
        let log = self.change_log(before.revision, after.revision).await.map_err(|error| match error {
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
