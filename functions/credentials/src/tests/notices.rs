//! The daily notices: all are given, also in several runs.

use std::time::{Duration, SystemTime};

use centops_domain::{
    chatbots::{Chatbot, Name},
    credentials::{Certificate, IssuedCertificate, Profile, Serial, day},
};
use centops_store::{Store, credentials::NoticeProgress};
use centops_table::Table;
use jiff::Timestamp;

use crate::check_credentials::give_notices;

/// More than a page for one of the notices.
const HOLDERS: u8 = 120;
const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
}

/// Returns a table with chatbots whose certificates end after 30 days.
async fn certified() -> Table {
    let table = Table::start().await.expect("a table");
    let context = || centops_table::audit_context(&table.audit, at(0));
    for number in 0..HOLDERS {
        let name: Name = format!("bot-{number:03}").parse().expect("a good name");
        let new = serde_json::json!({
            "name": name, "uri": "https://bot.example.ee/", "type": "ministry", "institution": "tax",
            "contact": "it@example.ee",
        });
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), at(0));
        table.store.create_chatbot(&context(), chatbot).await.expect("enrolled");
        let issued = IssuedCertificate {
            serial: Serial::new([number; 16]),
            profile: Profile::Chatbot,
            name,
            not_before: at(0),
            not_after: at(30 * DAY),
            pem: String::new(),
            rsa_public_key: None,
        };
        table.store.put_certificate(&context(), &Certificate::new(&issued, at(0), at(0))).await.expect("stored");
    }
    table
}

async fn give(store: &Store, now: Timestamp, left: Duration) -> usize {
    give_notices(store, now, SystemTime::now() + left).await.expect("given")
}

#[tokio::test]
async fn each_notice_is_given_once_in_runs_that_end_early_and_after_missed_days() {
    let table = certified().await;
    let (store, long) = (&table.store, Duration::from_mins(10));
    // Each run ends after a page. 30 days before: two pages, and one for each of the other notices.
    let mut given = Vec::new();
    for _ in 0..6 {
        given.push(give(store, at(0), Duration::ZERO).await);
    }
    assert_eq!(given, [100, 20, 0, 0, 0, 0]);
    let done = NoticeProgress { done: Some(day(at(0))), position: None };
    assert_eq!(store.notice_progress().await.expect("read"), done);
    assert_eq!(give(store, at(60), long).await, 0, "a second run on the same day");
    // The function was down for 15 days: the notice of 14 days is late.
    assert_eq!(give(store, at(17 * DAY), long).await, usize::from(HOLDERS));
    assert_eq!(give(store, at(23 * DAY), long).await, usize::from(HOLDERS));
    assert_eq!(give(store, at(29 * DAY + 5), long).await, usize::from(HOLDERS));
    assert_eq!(give(store, at(31 * DAY), long).await, 0);
    let scan = table.client.scan().table_name(centops_table::NAME).filter_expression("attribute_exists(event)");
    let events = scan.send().await.expect("a scan");
    assert_eq!(events.count(), 4 * i32::from(HOLDERS), "four for each certificate");
}
