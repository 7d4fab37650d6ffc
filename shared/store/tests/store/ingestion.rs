//! Logs: order, pages, filters, redelivery and retention.

use std::collections::BTreeSet;

use crate::support::{Table, after, name, start};
use centops_domain::{
    chatbots::Name,
    ingestion::{LogLevel, MaskedEntry, Sequence},
};
use centops_store::{
    Page,
    ingestion::{LOG_RETENTION, LogQuery, Position},
    keys,
};
use jiff::{SignedDuration, Timestamp};

type LogPage = Page<MaskedEntry, Position>;

const DAY: i64 = 24 * 3600;

fn entry(at: Timestamp, level: LogLevel, message: &str) -> MaskedEntry {
    MaskedEntry { at, level, message: message.to_owned() }
}

fn info(seconds: i64, message: &str) -> MaskedEntry {
    entry(after(seconds), LogLevel::Info, message)
}

fn query(limit: usize) -> LogQuery {
    LogQuery { limit, ..LogQuery::default() }
}

fn messages(page: &LogPage) -> Vec<&str> {
    page.items.iter().map(|entry| entry.message.as_str()).collect()
}

/// A log in a table of its own.
struct Log {
    table: Table,
    name: Name,
}

impl Log {
    async fn new() -> Self {
        Self { table: Table::new().await, name: name("tax") }
    }

    async fn keep(&self, sequence: u128, entries: &[MaskedEntry]) {
        let kept = self.table.store.put_logs(&self.name, start(), Sequence::from(sequence), entries, after(3600));
        kept.await.expect("kept");
    }

    async fn page_at(&self, query: &LogQuery, now: Timestamp) -> LogPage {
        self.table.store.logs(&self.name, start(), query, now).await.expect("a page")
    }

    async fn page(&self, query: &LogQuery) -> LogPage {
        self.page_at(query, after(3600)).await
    }

    /// Returns the messages of all pages of `query`.
    async fn all(&self, mut query: LogQuery) -> Vec<String> {
        let mut found = Vec::new();
        loop {
            let page = self.page(&query).await;
            assert!(page.items.len() <= query.limit);
            found.extend(page.items.into_iter().map(|entry| entry.message));
            match page.next {
                None => return found,
                next => query.after = next,
            }
        }
    }

    /// Returns the items of the table: their sort keys and expiry times.
    async fn items(&self) -> Vec<(String, i64)> {
        let scan = self.table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan");
        let mut items: Vec<(String, i64)> = scan
            .items()
            .iter()
            .map(|item| {
                let expires = item[keys::EXPIRES].as_n().expect("a number").parse().expect("seconds");
                (item[keys::SK].as_s().expect("a text").clone(), expires)
            })
            .collect();
        items.sort();
        items
    }
}

#[tokio::test]
async fn entries_are_newest_first_across_messages_and_minutes() {
    let log = Log::new().await;
    log.keep(2, &[info(70, "70"), info(10, "10"), info(130, "130"), info(70, "70, later in the message")]).await;
    log.keep(10, &[info(71, "71"), info(69, "69"), info(70, "70, of a later message")]).await;
    let page = log.page(&query(100)).await;
    let expected = ["130", "71", "70, of a later message", "70, later in the message", "70", "69", "10"];
    assert_eq!((messages(&page), page.next), (expected.to_vec(), None));
    for limit in 1..7 {
        assert_eq!(log.all(query(limit)).await, expected, "pages of {limit}");
    }
}

#[tokio::test]
async fn pages_contain_each_entry_once_during_writes() {
    let expected: Vec<String> = (0..60).rev().map(|second| format!("{:04}", second * 7)).collect();
    for limit in [1, 2, 3, 7, 59, 60, 61, 500] {
        let log = Log::new().await;
        // Each message has every fifth entry, so every minute has items of all messages.
        for message in 0..5 {
            let of_message = (0..60).filter(|second| second % 5 == message);
            let entries: Vec<_> = of_message.map(|second| info(second * 7, &format!("{:04}", second * 7))).collect();
            log.keep(u128::try_from(message).expect("positive") + 1, &entries).await;
        }
        let (mut found, mut asked) = (Vec::new(), query(limit));
        for arrived in 0.. {
            let page = log.page(&asked).await;
            assert!(page.items.len() <= limit);
            found.extend(page.items.into_iter().map(|entry| entry.message));
            if page.next.is_none() {
                break;
            }
            asked.after = page.next;
            // Newer entries, also of the same minute and the same time as the end of the page.
            let last: i64 = found.last().expect("an entry").parse().expect("a number");
            let newer = [info(last, "newer"), info(last + 1, "newer"), info(1000, "newer")];
            log.keep(100 + arrived, &newer).await;
        }
        assert_eq!(found, expected, "{limit}");
    }
}

#[tokio::test]
async fn large_message_is_split_and_read_back_completely() {
    let log = Log::new().await;
    let text = "õ".repeat(8192);
    let entries: Vec<_> = (0..50).map(|number| info(10, &format!("{number:02}{text}"))).collect();
    log.keep(1, &entries).await;
    let items = log.items().await;
    assert!((8..=20).contains(&items.len()), "{} items", items.len());
    let found = log.all(query(500)).await;
    let expected: Vec<String> = entries.iter().rev().map(|entry| entry.message.clone()).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn filters_combine() {
    let log = Log::new().await;
    let all = [
        entry(after(0), LogLevel::Debug, "Öine töö"),
        entry(after(59), LogLevel::Info, "answered"),
        entry(after(60), LogLevel::Warning, "ÖINE hoiatus"),
        entry(after(61), LogLevel::Error, "failed"),
        entry(after(180), LogLevel::Critical, "öine viga"),
    ];
    log.keep(1, &all).await;
    let ask = async |query: LogQuery| log.all(query).await;
    let level = |level| LogQuery { level: Some(level), ..query(2) };
    assert_eq!(ask(level(LogLevel::Debug)).await.len(), 5);
    assert_eq!(ask(level(LogLevel::Warning)).await, ["öine viga", "failed", "ÖINE hoiatus"]);
    assert_eq!(ask(level(LogLevel::Critical)).await, ["öine viga"]);
    let text = |text: &str| LogQuery { text: Some(text.to_owned()), ..query(2) };
    assert_eq!(ask(text("öINe")).await, ["öine viga", "ÖINE hoiatus", "Öine töö"]);
    assert_eq!(ask(text("il")).await, ["failed"]);
    assert!(ask(text("absent")).await.is_empty());
    let times = |from, to| LogQuery { from: Some(after(from)), to: Some(after(to)), ..query(2) };
    assert_eq!(ask(times(59, 61)).await, ["ÖINE hoiatus", "answered"]);
    assert_eq!(ask(times(60, 60)).await, [""; 0]);
    assert_eq!(ask(times(61, 60)).await, [""; 0]);
    assert_eq!(ask(LogQuery { level: Some(LogLevel::Error), ..times(0, 180) }).await, ["failed"]);
    let ever = LogQuery { from: Some(Timestamp::MIN), to: Some(Timestamp::MAX), ..query(2) };
    assert_eq!(ask(ever).await.len(), 5);
}

#[tokio::test]
async fn page_ends_at_read_limit_and_next_page_continues() {
    let log = Log::new().await;
    // Six minutes of a megabyte each; only the oldest contains the search text.
    let text = "x".repeat(8000);
    for minute in 0..6 {
        let mut entries: Vec<_> = (0..125).map(|number| info(minute * 60 + number % 60, &text)).collect();
        if minute == 0 {
            entries.push(info(0, "needle"));
        }
        log.keep(u128::try_from(minute).expect("positive") + 1, &entries).await;
    }
    let mut asked = LogQuery { text: Some("needle".to_owned()), ..query(100) };
    let first = log.page(&asked).await;
    assert!(first.items.is_empty());
    asked.after = Some(first.next.expect("more to read"));
    let second = log.page(&asked).await;
    assert_eq!((messages(&second), second.next), (vec!["needle"], None));
    // Matching entries are returned in pages that fit into a response.
    let first = log.page(&query(500)).await;
    assert!(first.items.len() >= 375, "{}", first.items.len());
    assert_eq!(log.all(query(500)).await.len(), 6 * 125 + 1);
}

#[tokio::test]
async fn page_fits_into_response() {
    let log = Log::new().await;
    let entries: Vec<_> = (0..300).map(|_| info(0, &"\u{1}".repeat(8192))).collect();
    log.keep(1, &entries).await;
    let page = log.page(&query(500)).await;
    let answer = serde_json::to_string(&serde_json::to_string(&page.items).expect("json")).expect("json");
    assert!((4_000_000..6_000_000).contains(&answer.len()), "{}", answer.len());
    assert_eq!(log.all(query(500)).await.len(), 300);
}

#[tokio::test]
async fn redelivered_message_is_stored_once() {
    let log = Log::new().await;
    let entries = [info(0, "a"), info(0, "a"), info(61, "b")];
    log.keep(7, &entries).await;
    let before = log.items().await;
    log.keep(7, &entries).await;
    assert_eq!(log.items().await, before);
    assert_eq!(log.all(query(10)).await, ["b", "a", "a"]);
}

#[tokio::test]
async fn reenrolled_chatbot_has_empty_log() {
    let log = Log::new().await;
    log.keep(1, &[info(0, "of the first"), info(100, "of the first, later")]).await;
    let store = &log.table.store;
    let again = after(60);
    let page = store.logs(&log.name, again, &query(10), after(3600)).await.expect("a page");
    assert_eq!(page, Page::default());
    // Entries from before its enrolment are not stored for the second chatbot.
    let sent = [info(59, "before"), info(60, "at once"), info(61, "after")];
    store.put_logs(&log.name, again, Sequence::from(2), &sent, after(3600)).await.expect("kept");
    let page = store.logs(&log.name, again, &query(10), after(3600)).await.expect("a page");
    assert_eq!(messages(&page), ["after", "at once"]);
    let scan = log.table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan");
    let texts: Vec<&String> = scan.items().iter().filter_map(|item| item[keys::ENTRIES].as_s().ok()).collect();
    assert!(!texts.iter().any(|text| text.contains("before")), "{texts:?}");
    assert_eq!(log.all(query(10)).await, ["of the first, later", "of the first"]);
}

#[tokio::test]
async fn entries_expire_after_fourteen_days() {
    let log = Log::new().await;
    // The start of a minute, because all entries of an item expire together.
    let minute = after(0).as_second().div_euclid(60) * 60 - start().as_second() + 60;
    log.keep(1, &[info(minute + 30, "old"), info(minute + DAY, "young")]).await;
    let expires: BTreeSet<i64> = log.items().await.into_iter().map(|(_, expires)| expires).collect();
    let fortnight = |seconds: i64| after(seconds + 14 * DAY).as_second();
    assert_eq!(expires, BTreeSet::from([fortnight(minute), fortnight(minute + DAY)]));
    // DynamoDB deletes expired items late. Until then they are stored, but not returned.
    let at = |seconds: i64| after(minute + seconds) + LOG_RETENTION;
    assert_eq!(messages(&log.page_at(&query(10), at(30)).await), ["young", "old"]);
    assert_eq!(messages(&log.page_at(&query(10), at(31)).await), ["young"]);
    assert_eq!(messages(&log.page_at(&query(10), at(DAY + 1)).await), [""; 0]);
    // Entries that arrive after their expiry are not stored.
    let late = at(0) + SignedDuration::from_secs(1);
    let entries = [info(minute + 30, "old"), info(minute + 90, "not so old")];
    log.table.store.put_logs(&log.name, start(), Sequence::from(2), &entries, late).await.expect("kept");
    assert_eq!(log.items().await.len(), 3);
}
