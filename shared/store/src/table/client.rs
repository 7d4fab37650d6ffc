//! The table: get, put and query.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::{
        get_item::builders::GetItemFluentBuilder, put_item::PutItemError, query::builders::QueryFluentBuilder,
        scan::builders::ScanFluentBuilder,
    },
    types::{AttributeValue, DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest},
};

use super::{
    condition::Condition,
    error::WriteError,
    item::{Item, Key, number, text},
    page::{Consistency, collect},
};
use crate::{StoreError, attributes};

/// The most keys of one `BatchGetItem`.
const MAX_BATCH: usize = 100;
/// The most writes of one `BatchWriteItem`.
const MAX_WRITES: usize = 25;
/// The most requests for one batch, and the wait after the first, which doubles.
const BATCH_ATTEMPTS: usize = 5;
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// A table, through one client.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
}

impl Table {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Returns the item of `key`, strongly consistent. One read unit for each 4 KB.
    pub(crate) async fn get(&self, key: Key) -> Result<Option<Item>, StoreError> {
        self.get_with(key, Consistency::Strong).await
    }

    /// Returns the item of `key`. An eventually consistent read costs half.
    pub(crate) async fn get_with(&self, key: Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        send_get(self.get_request(key).consistent_read(consistency == Consistency::Strong)).await
    }

    /// Returns the attributes `projection` of the item of `key`, strongly consistent. `names` replaces placeholders.
    pub(crate) async fn get_projection(
        &self,
        key: Key,
        projection: &str,
        names: &[(&str, &str)],
    ) -> Result<Option<Item>, StoreError> {
        let mut request = self.get_request(key).projection_expression(projection).consistent_read(true);
        for (placeholder, attribute) in names {
            request = request.expression_attribute_names(*placeholder, *attribute);
        }
        send_get(request).await
    }

    /// Returns the items of `keys` that exist, in any order, strongly consistent. `keys` has none twice. One read unit for
    /// each 4 KB of each item.
    pub(crate) async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        self.get_many_with(keys, Consistency::Strong).await
    }

    /// Like [`Table::get_many`]. An eventually consistent read costs half.
    pub(crate) async fn get_many_with(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        for batch in keys.chunks(MAX_BATCH) {
            items.extend(self.get_batch(batch.to_vec(), consistency).await?);
        }
        Ok(items)
    }

    async fn get_batch(&self, keys: Vec<Key>, consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        let strong = consistency == Consistency::Strong;
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(strong).build();
        let (mut wanted, mut items) = (wanted.map_err(StoreError::unreadable)?, Vec::new());
        let mut wait = FIRST_WAIT;
        for _ in 0..BATCH_ATTEMPTS {
            let (found, unprocessed) = self.batch_get(wanted).await?;
            items.extend(found);
            let Some(rest) = unprocessed else { return Ok(items) };
            wanted = rest;
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(StoreError::Unavailable(format!("{} keys of a batch were not read", wanted.keys.len())))
    }

    fn get_request(&self, key: Key) -> GetItemFluentBuilder {
        self.client.get_item().table_name(&self.name).set_key(Some(key))
    }

    /// Returns the items of one request of up to 100 keys, and the keys that `DynamoDB` left unprocessed: the table is
    /// throttled, or the items have more than 16 MB.
    pub(crate) async fn batch_get(
        &self,
        keys: KeysAndAttributes,
    ) -> Result<(Vec<Item>, Option<KeysAndAttributes>), StoreError> {
        let response = self.client.batch_get_item().request_items(&self.name, keys).send().await;
        let response = response.map_err(|error| StoreError::unavailable(&error))?;
        let items = response.responses.unwrap_or_default().remove(&self.name).unwrap_or_default();
        let unprocessed = response.unprocessed_keys.unwrap_or_default().remove(&self.name);
        Ok((items, unprocessed.filter(|rest| !rest.keys.is_empty())))
    }

    /// Returns its client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a scan of the whole table, eventually consistent.
    pub(crate) fn scan(&self) -> ScanFluentBuilder {
        self.client.scan().table_name(&self.name)
    }

    /// Returns a query without a key condition.
    pub(crate) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name)
    }

    /// Returns a strongly consistent query of the partition `pk`.
    pub(crate) fn query_partition(&self, pk: &str) -> QueryFluentBuilder {
        self.query()
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk))
            .consistent_read(true)
    }

    /// Returns a strongly consistent query of the items of the partition `pk` whose sort key begins with `prefix`.
    pub(crate) fn query_prefix(&self, pk: &str, prefix: String) -> QueryFluentBuilder {
        let query = self.query_partition(pk);
        if prefix.is_empty() {
            return query;
        }
        query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":prefix", text(prefix))
    }

    /// Returns a query of the items of the partition `pk` whose sort key is in `from..=to`.
    pub(crate) fn query_range(&self, pk: &str, from: String, to: String) -> QueryFluentBuilder {
        self.query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
    }

    /// Returns every item of the partition `pk`, strongly consistent. One read unit for each 4 KB.
    pub(crate) async fn all(&self, pk: &str) -> Result<Vec<Item>, StoreError> {
        collect(self.query_partition(pk)).await
    }

    /// Puts `item` if `condition` holds. One write unit for each KB.
    pub(crate) async fn put(&self, item: Item, condition: Condition) -> Result<(), WriteError> {
        let put = condition.put(&self.name, item)?;
        let request = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .set_return_values_on_condition_check_failure(put.return_values_on_condition_check_failure);
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                Err(WriteError::Condition { position: 0, found: failed.item().cloned() })
            }
            Some(PutItemError::TransactionConflictException(_)) => Err(WriteError::Conflict),
            _ => Err(WriteError::Failed(StoreError::unavailable(&error))),
        }
    }

    /// Puts `puts` and deletes the items of `deletes`, without conditions and in any order. No key is named twice. One write
    /// unit for each KB.
    pub(crate) async fn write_batch(&self, puts: Vec<Item>, deletes: Vec<Key>) -> Result<(), StoreError> {
        let put = |item| {
            PutRequest::builder()
                .set_item(Some(item))
                .build()
                .map(|put| WriteRequest::builder().put_request(put).build())
        };
        let delete = |key| {
            DeleteRequest::builder()
                .set_key(Some(key))
                .build()
                .map(|delete| WriteRequest::builder().delete_request(delete).build())
        };
        let writes: Result<Vec<WriteRequest>, _> =
            puts.into_iter().map(put).chain(deletes.into_iter().map(delete)).collect();
        for batch in writes.map_err(StoreError::unreadable)?.chunks(MAX_WRITES) {
            self.write_chunk(batch.to_vec()).await?;
        }
        Ok(())
    }

    async fn write_chunk(&self, mut writes: Vec<WriteRequest>) -> Result<(), StoreError> {
        let mut wait = FIRST_WAIT;
        for _ in 0..BATCH_ATTEMPTS {
            let response = self.client.batch_write_item().request_items(&self.name, writes).send().await;
            let response = response.map_err(|error| StoreError::unavailable(&error))?;
            writes = response.unprocessed_items.unwrap_or_default().remove(&self.name).unwrap_or_default();
            if writes.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(StoreError::Unavailable(format!("{} items of a batch were not written", writes.len())))
    }

    /// Adds to the counters of the item of `key`, which is created if it does not exist, and sets its `expires`. One write
    /// unit for each KB of the item. It is not idempotent: a repetition, also by the SDK, adds again.
    pub(crate) async fn add(
        &self,
        key: Key,
        counters: &[(String, u64)],
        expires: AttributeValue,
    ) -> Result<(), StoreError> {
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key))
            .expression_attribute_names("#expires", attributes::EXPIRES)
            .expression_attribute_values(":expires", expires);
        let mut additions = Vec::with_capacity(counters.len());
        for (index, (counter, count)) in counters.iter().enumerate() {
            additions.push(format!("#c{index} :c{index}"));
            request = request
                .expression_attribute_names(format!("#c{index}"), counter)
                .expression_attribute_values(format!(":c{index}"), number(*count));
        }
        let expression = format!("SET #expires = :expires ADD {}", additions.join(", "));
        let response = request.update_expression(expression).send().await;
        response.map(|_| ()).map_err(|error| StoreError::unavailable(&error))
    }

    /// Puts `item` like [`Table::put`], and succeeds if the same item is stored already.
    ///
    /// The SDK repeats a request whose response was lost, and the repetition then finds its own item. Use it only for
    /// writes that mean the same for every caller. A claim, such as a lease, does not.
    pub(crate) async fn put_idempotent(&self, item: Item, condition: Condition) -> Result<(), WriteError> {
        match self.put(item.clone(), condition).await {
            Err(WriteError::Condition { found: Some(found), .. }) if found == item => Ok(()),
            result => result,
        }
    }
}

async fn send_get(request: GetItemFluentBuilder) -> Result<Option<Item>, StoreError> {
    let response = request.send().await.map_err(|error| StoreError::unavailable(&error))?;
    Ok(response.item)
}
