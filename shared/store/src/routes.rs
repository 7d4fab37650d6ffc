//! The route table as DMRs read it.

use centops_domain::{
    name::Name,
    route::{Revision, Route, RouteChange, RouteChanges, RouteTable},
};

use crate::{
    Store, StoreError,
    item::{self, Item},
    keys,
};

/// The most changes that one answer has; whoever is further behind fetches the table.
const MAX_CHANGES: u64 = 1000;
/// How often the table is read anew when it changes during the read.
const COHERENT_READS: usize = 4;

impl Store {
    /// The route of `name`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when `name` has no route.
    pub async fn route(&self, name: &Name) -> Result<Route, StoreError> {
        let item = self.get(keys::route(name)).await?.ok_or(StoreError::NotFound)?;
        item::from_item(item)
    }

    /// The whole table at the one revision that it carries; `seen` is a revision that was just read. A
    /// read unit for each 4 KB, and one.
    ///
    /// # Errors
    /// [`StoreError::Contended`] when it changed during each of several reads: never a mixture.
    pub async fn routes(&self, seen: Revision) -> Result<RouteTable, StoreError> {
        let mut before = seen;
        for _ in 0..COHERENT_READS {
            let routes = self.query_all(keys::ROUTES, None).await?;
            let after = self.revision().await?;
            if before == after {
                let routes: Vec<Route> = routes.into_iter().map(item::from_item).collect::<Result<_, _>>()?;
                return Ok(RouteTable { revision: after, count: routes.len(), routes });
            }
            before = after;
        }
        Err(StoreError::Contended)
    }

    /// The changes after `since`. A read unit for each 4 KB, and one.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the log does not hold all of them, `since` is ahead of the table, or
    /// there are more than one answer has.
    pub async fn route_changes(&self, since: Revision) -> Result<RouteChanges, StoreError> {
        let revision = self.revision().await?;
        if since > revision || revision - since > MAX_CHANGES {
            return Err(StoreError::Gone);
        }
        let range = (since < revision).then_some((since + 1, revision));
        let log = match range {
            None => Vec::new(),
            Some(_) => self.query_all(keys::CHANGES, range).await?,
        };
        let log: Vec<RouteChange> = log.into_iter().map(item::from_item).collect::<Result<_, _>>()?;
        RouteChanges::from_log(since, revision, log).ok_or(StoreError::Gone)
    }

    /// Every item of the partition `pk`, or those of the change log from one revision to another.
    pub(crate) async fn query_all(
        &self,
        pk: &str,
        revisions: Option<(Revision, Revision)>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.table)
                .expression_attribute_values(":pk", keys::text(pk))
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let query = match revisions {
                None => query.key_condition_expression("pk = :pk"),
                Some((from, to)) => query
                    .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                    .expression_attribute_values(":from", keys::text(keys::change_sk(from)))
                    .expression_attribute_values(":to", keys::text(keys::change_sk(to))),
            };
            let page = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }
}
