//! A meter of the capacity that requests consume, as the table reports it.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextRef},
    },
    error::BoxError,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};

/// Read and write units.
pub type Units = (f64, f64);

/// Returns the sum of read and of write units.
#[must_use]
pub fn sum(parts: &[Units]) -> Units {
    parts.iter().fold((0.0, 0.0), |(read, written), part| (read + part.0, written + part.1))
}

/// Requests, and the capacity that they consume.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// The number of requests.
    pub requests: usize,
    /// Read units.
    pub read: f64,
    /// Write units, those of indexes included.
    pub written: f64,
}

impl Cost {
    /// Returns the cost of `requests` that consume `units`.
    #[must_use]
    pub const fn new(requests: usize, units: Units) -> Self {
        Self { requests, read: units.0, written: units.1 }
    }
}

/// Adds up the capacity that each request of a client consumes.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Cost>>);

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        // Includes the index if the write changes it.
        let total = Some(ReturnConsumedCapacity::Total);
        if let Some(get) = input.downcast_mut::<GetItemInput>() {
            get.return_consumed_capacity = total;
        } else if let Some(put) = input.downcast_mut::<PutItemInput>() {
            put.return_consumed_capacity = total;
        } else if let Some(transaction) = input.downcast_mut::<TransactWriteItemsInput>() {
            transaction.return_consumed_capacity = total;
        } else if let Some(batch) = input.downcast_mut::<BatchGetItemInput>() {
            batch.return_consumed_capacity = total;
        } else if let Some(batch) = input.downcast_mut::<BatchWriteItemInput>() {
            batch.return_consumed_capacity = total;
        } else if let Some(query) = input.downcast_mut::<QueryInput>() {
            query.return_consumed_capacity = total;
        } else if let Some(update) = input.downcast_mut::<UpdateItemInput>() {
            update.return_consumed_capacity = total;
        } else {
            return Err("metered are gets, puts, updates, queries, batches and transactions".into());
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Ok(output)) = context.output_or_error() else { return Ok(()) };
        let (mut read, mut written) = (0.0, 0.0);
        if let Some(get) = output.downcast_ref::<GetItemOutput>() {
            read = units(get.consumed_capacity.as_slice())?;
        } else if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            written = units(put.consumed_capacity.as_slice())?;
        } else if let Some(update) = output.downcast_ref::<UpdateItemOutput>() {
            written = units(update.consumed_capacity.as_slice())?;
        } else if let Some(transaction) = output.downcast_ref::<TransactWriteItemsOutput>() {
            written = units(transaction.consumed_capacity())?;
        } else if let Some(batch) = output.downcast_ref::<BatchGetItemOutput>() {
            read = units(batch.consumed_capacity())?;
        } else if let Some(batch) = output.downcast_ref::<BatchWriteItemOutput>() {
            written = units(batch.consumed_capacity())?;
        } else if let Some(query) = output.downcast_ref::<QueryOutput>() {
            read = units(query.consumed_capacity.as_slice())?;
        }
        let mut cost = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *cost = Cost { requests: cost.requests + 1, read: cost.read + read, written: cost.written + written };
        Ok(())
    }
}

/// Returns the units of a response.
fn units(consumed: &[ConsumedCapacity]) -> Result<f64, BoxError> {
    let units = consumed.iter().map(|one| one.capacity_units().ok_or("a response without units"));
    Ok(units.sum::<Result<f64, _>>()?)
}

impl Meter {
    /// Returns a meter, and `client` with its requests metered. Requests other than gets, puts, updates, queries,
    /// batches and transactions fail.
    #[must_use]
    pub fn of(client: &Client) -> (Self, Client) {
        let meter = Self::default();
        let config = client.config().to_builder().interceptor(meter.clone()).build();
        (meter, Client::from_conf(config))
    }

    /// Returns the capacity consumed since the last call.
    #[must_use]
    pub fn take(&self) -> Units {
        let cost = self.take_cost();
        (cost.read, cost.written)
    }

    /// Returns the requests and the capacity consumed since the last call.
    #[must_use]
    pub fn take_cost(&self) -> Cost {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
