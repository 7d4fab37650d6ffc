//! Facts of the status page, and the cost of reading them, as the table reports it. contract/cost declares it.

use centops_domain::{
    chatbots::Chatbot,
    outages::{Covered, OutageId, PlannedOutage, PlannedOutageRequest},
    status_page::StatusPage,
};
use centops_table::{Table, declared, meter::Meter};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::publish_status::{facts, files};

/// The chatbots of the network.
const CHATBOTS: usize = 100;

fn now() -> Timestamp {
    "2027-01-15T12:00:00Z".parse().expect("a time")
}

/// Returns a metered table with a hundred chatbots of ten institutions.
async fn table() -> (Table, Meter) {
    let table = Table::start().await.expect("a table");
    let (meter, client) = Meter::of(&table.client);
    let table = Table::with(client, table.address);
    for number in 0..CHATBOTS {
        let enrolled_at = now() - SignedDuration::from_secs(i64::try_from(number).expect("small"));
        let audit = centops_table::audit_context(&table.audit, enrolled_at);
        let new = json!({
            "name": format!("bot-{number}"), "uri": "https://bot.example.ee/", "type": "ministry",
            "institution": format!("institution-{}", number / 10), "contact": "owner@example.ee",
        });
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), enrolled_at);
        table.store.create_chatbot(&audit, chatbot).await.expect("enrolled");
    }
    let _ = meter.take();
    (table, meter)
}

#[tokio::test]
async fn page_costs_a_read_unit_for_each_four_kilobytes_of_chatbots() {
    let (table, meter) = table().await;
    let read = facts(&table.store, now()).await.expect("facts");
    assert_eq!((read.chatbots.len(), meter.take()), (CHATBOTS, declared::publish_status(100.0, 0.0, 0.0)));

    let request: PlannedOutageRequest = serde_json::from_value(json!({
        "institution": "institution-1", "reason": "Upgrade",
        "rule": {"start": "2027-01-17T12:00:00", "zone": "UTC", "minutes": 60},
    }))
    .expect("a request");
    let id = OutageId::new(now(), &[1; 10]);
    let (outage, reported) = PlannedOutage::new(&request, id, Covered::All, true, now()).expect("a good request");
    let audit = centops_table::audit_context(&table.audit, now());
    table.store.create_planned_outage(&audit, outage, reported).await.expect("created");
    let _ = meter.take();
    let read = facts(&table.store, now()).await.expect("facts");
    assert_eq!(meter.take(), declared::publish_status(100.0, 0.0, 1.0));

    let page = StatusPage::new(&read, now());
    assert_eq!(page.planned_outages.len(), 1);
    let files = files(&page).expect("files");
    let keys: Vec<_> = files.iter().map(|file| file.key).collect();
    assert_eq!(keys, ["status/et.html", "status/en.html", "status/et.atom", "status/en.atom", "status/status.json"]);
}
