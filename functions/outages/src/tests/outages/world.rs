//! Requests, runs of the function, and the events that they leave, for all tests.

use centops_domain::{
    alerts::Event,
    outages::{Covered, OutageId, PlannedOutage, PlannedOutageRequest},
};
use centops_store::alerts::{EVENT_ATTRIBUTE, parse_event};
use centops_table::{Table, crash::abandoned_after};
use jiff::Timestamp;

use crate::advance_outages::Advancing;

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn request(rule: &serde_json::Value, take_out: bool) -> PlannedOutageRequest {
    let request =
        serde_json::json!({"institution": "tax-board", "rule": rule, "reason": "upgrade", "takeOut": take_out});
    serde_json::from_value(request).expect("a request")
}

pub async fn plan(table: &Table, number: u8, request: &PlannedOutageRequest, now: Timestamp) -> OutageId {
    let id = OutageId::new(now, &[number; 10]);
    let (outage, reported) = PlannedOutage::new(request, id, Covered::All, true, now).expect("a good request");
    let audit = centops_table::audit_context(&table.audit, now);
    table.store.create_planned_outage(&audit, outage, reported).await.expect("created");
    id
}

/// Runs the function at `now`. It crashes after `polls`, if it takes as many. Returns whether it ended.
pub async fn run(table: &Table, now: Timestamp, polls: usize) -> bool {
    let name = format!("run-{now}-{polls}");
    let advancing = Advancing { store: &table.store, audit: &table.audit, run: &name, clock: || now };
    match abandoned_after(Some(polls), Box::pin(advancing.all())).await {
        None => false,
        Some(ended) => {
            assert_eq!(ended.expect("the table answers").1, 0, "no outage fails");
            true
        }
    }
}

pub async fn events(table: &Table) -> Vec<Event> {
    let scan = table.client.scan().table_name(centops_table::NAME).into_paginator().items().send();
    let items = scan.try_collect().await.expect("a scan");
    let texts = items.iter().filter_map(|item| item.get(EVENT_ATTRIBUTE)?.as_s().ok());
    texts.map(|text| parse_event(text).expect("an event")).collect()
}
