//! Consumed capacity of the frequent paths, as the table reports it.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextRef},
    },
    error::BoxError,
    operation::{
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
    },
    types::ReturnConsumedCapacity,
};
use centops_domain::{audit::Subject, chatbots::Name, health::Batch};
use centops_store::{Store, audit::Audit};
use jiff::Timestamp;

use crate::support::{Table, after, batch, chatbot, name, start};

/// Read and write units.
type Units = (f64, f64);

/// Adds up the capacity that each request consumes.
#[derive(Clone, Debug, Default)]
struct Meter(Arc<Mutex<Units>>);

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
        } else {
            return Err("these paths get, put and write transactions, and nothing else".into());
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
        let mut units = self.0.lock().expect("the meter");
        let read = |consumed: &aws_sdk_dynamodb::types::ConsumedCapacity| consumed.capacity_units().expect("units");
        if let Some(get) = output.downcast_ref::<GetItemOutput>() {
            units.0 += get.consumed_capacity().map(read).expect("consumed capacity");
        } else if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            units.1 += put.consumed_capacity().map(read).expect("consumed capacity");
        } else if let Some(transaction) = output.downcast_ref::<TransactWriteItemsOutput>() {
            units.1 += transaction.consumed_capacity().iter().map(read).sum::<f64>();
        }
        Ok(())
    }
}

impl Meter {
    /// Returns the capacity consumed since the last call.
    fn take(&self) -> Units {
        std::mem::take(&mut self.0.lock().expect("the meter"))
    }
}

/// Returns a client of `table` whose requests are metered.
fn metered(table: &Table) -> (Meter, Client) {
    let meter = Meter::default();
    let config = table.client.config().to_builder().interceptor(meter.clone()).build();
    (meter, Client::from_conf(config))
}

/// Returns a typical batch of `observer`: a hundred observations of the last ten seconds.
fn report(observer: &str, sequence: i64) -> Batch {
    let at = after(sequence * 10);
    let mut report = batch(observer, 18_849_496_460_467_696_128 + u128::from(sequence.unsigned_abs()), 97, false, at);
    report.observations.extend(batch(observer, 0, 3, true, at).observations);
    report
}

async fn observe(store: &Store, table: &Table, name: &Name, observer: &str, sequence: i64) {
    let now: Timestamp = after(sequence * 10 + 2);
    store.observe(name, &[report(observer, sequence)], &table.policy, now, 0.0).await.expect("observed");
}

/// Three observers report every ten seconds for half an hour. A batch costs one read unit and one write unit, and once
/// a minute one write unit more for the history.
#[tokio::test]
async fn batch_costs_one_read_unit_and_one_write_unit() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client, centops_table::NAME.to_owned());
    let name = table.online("citizenship-and-migration-board", start()).await;
    let observers = ["chatbot", "dmr:tallinn-central", "dmr:tartu-university"];
    for sequence in 1..60 {
        for observer in observers {
            observe(&table.store, &table, &name, observer, sequence).await;
        }
    }
    let (mut usual, mut minutes, mut highest) = (0, 0, 0.0_f64);
    for sequence in 60..180 {
        for observer in observers {
            observe(&store, &table, &name, observer, sequence).await;
            let (read, written) = meter.take();
            assert!(read <= 1.0, "{read} read units");
            highest = highest.max(written);
            if written <= 1.0 { usual += 1 } else { minutes += 1 }
        }
    }
    assert!(highest <= 2.0, "{highest} write units");
    assert_eq!((usual, minutes), (340, 20), "one batch a minute writes the history too");
}

/// The audit record of a write is one more item of its transaction, and is in two indexes.
#[tokio::test]
async fn writes_and_refusals_cost_known_units_with_their_records() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client.clone(), centops_table::NAME.to_owned());
    let audit = Audit::new(client, centops_table::AUDIT.to_owned());
    let context = |seconds| centops_table::audit_context(&audit, after(seconds));
    let name = name("tax-board");
    store.create_chatbot(&context(0), chatbot("tax-board", start())).await.expect("created");
    assert_eq!(meter.take(), (3.0, 13.0), "an enrolment: reads the peer, the institution (no record) and the network");
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a change");
    store.update_chatbot(&context(1), &name, None, &change).await.expect("changed");
    assert_eq!(meter.take(), (1.0, 6.0), "a change of a contact");
    context(2).write_refusal(Subject { chatbot: Some(name), institution: None }, "no").await.expect("written");
    assert_eq!(meter.take(), (0.0, 3.0), "a refusal");
}
