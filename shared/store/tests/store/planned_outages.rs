//! Planned outages and their windows.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::outages::{Covered, OutageId, Window};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Table, name, start};

fn hours(hours: i64) -> Timestamp {
    start() + SignedDuration::from_hours(hours)
}

fn window(begins: i64, ends: i64) -> Window {
    Window {
        outage: OutageId::new(start(), &[7; 10]),
        chatbots: Covered::All,
        start: hours(begins),
        end: hours(ends),
        planned_end: hours(ends),
        confirmed_at: start(),
        early_end: None,
    }
}

async fn put(table: &Table, institution: &str, window: &Window) {
    let text = |text: String| AttributeValue::S(text);
    let put = table.client.put_item().table_name(centops_table::NAME);
    let put = put
        .item("pk", text(format!("WINDOWS#{institution}")))
        .item("sk", text(format!("{:.9}#{}", window.start, window.outage)))
        .item("document", text(serde_json::to_string(window).expect("json")));
    put.send().await.expect("put");
}

#[tokio::test]
async fn windows_are_those_that_overlap_the_time_by_their_start() {
    let table = Table::new().await;
    let (longest, ended, one, other, later) =
        (window(-47, 1), window(-47, 0), window(2, 4), window(5, 6), window(10, 11));
    for one in [&later, &other, &one, &longest] {
        put(&table, "tax-board", one).await;
    }
    put(&table, "police", &ended).await;
    let windows = async |institution: &str, from, to| {
        table.store.outage_windows(&name(institution), hours(from), hours(to)).await.expect("windows")
    };
    assert_eq!(windows("tax-board", 0, 10).await, [longest.clone(), one.clone(), other.clone()]);
    assert_eq!(windows("tax-board", 3, 5).await, [one]);
    assert_eq!(windows("tax-board", 1, 2).await, [], "neither the end nor the start is in it");
    assert_eq!(windows("tax-board", 5, 11).await, [other, later]);
    assert_eq!(windows("police", 0, 10).await, []);
}
