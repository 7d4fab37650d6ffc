//! The report of an institution with 100 chatbots, of which each minute of two months has observations: how long it takes,
//! and how much memory. `cargo bench --profile fast -p functions-reports`
//!
//! The table has the summaries of 60 days, made from their 8.6 million minutes, and the minutes of the day that is not
//! summarised yet. The report is made by a process of its own, so that the memory is that of the function.
#![expect(clippy::expect_used, reason = "a bench stops at the first surprise")]

use std::{collections::HashMap, env, fs, process::Command, time::Instant};

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::{Chatbot, Name, Status},
    health::{Cause, DaySummary, Judgement, Minute, Minutes},
    ingestion::{Signal, StatusCode},
    notifications::{Coverage, Language, Links, Zone},
    reports::{Bound, Report, ReportPeriod},
};
use centops_store::reports::DaysProgress;
use centops_table::{NAME, Table, audit_context};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};

const CHATBOTS: usize = 100;
const INSTITUTION: &str = "tax-board";
const DAYS: i64 = 60;
const OUTAGES: i64 = 30;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    match arguments.iter().position(|argument| argument == "--report").and_then(|at| arguments.get(at + 1)) {
        Some(address) => runtime.block_on(report(address)),
        None => runtime.block_on(measure()),
    }
}

fn now() -> Timestamp {
    "2026-11-30T23:00:00Z".parse().expect("a time")
}

fn today() -> Date {
    DaySummary::day_of(now())
}

async fn measure() {
    let table = Table::start().await.expect("a table");
    let began = Instant::now();
    let minutes = seed(&table).await;
    println!(
        "{CHATBOTS} chatbots: {DAYS} summarised days, {minutes} minutes of today, seeded in {:.1?}",
        began.elapsed()
    );
    let address = table.address.to_string();
    for _ in 0..3 {
        let mut report = Command::new(env::current_exe().expect("this program"));
        let output = report.args(["--report", &address]).output().expect("a report");
        print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
}

/// Makes the report in each form, and prints the time and the peak of the memory.
async fn report(address: &str) {
    let store = Table::at(address.parse().expect("an address")).store;
    let institution: Name = INSTITUTION.parse().expect("a name");
    let coverage = Coverage::Institution { institution: institution.clone() };
    for (from, to, what) in [("2026-10-31", "2026-11-30", "a month"), ("2026-11-01", "2026-12-01", "a month until now")]
    {
        let began = Instant::now();
        let bound = |text: &str| Some(text.parse::<Bound>().expect("a bound"));
        let zone = Zone::default();
        let period = ReportPeriod::new(bound(from), bound(to), zone, now()).expect("a period");
        let facts = store.institution_facts(&institution, &coverage, period, zone, now()).await.expect("facts");
        let read = began.elapsed();
        let report = Report::new(facts, period, zone, now());
        let mail = report.mail(Language::Et, &Links::default()).expect("a mail");
        let json = serde_json::to_string(&report.view()).expect("json");
        println!(
            "{what}: {:.2?} ({:.2?} of it reading), peak {} MB; {} chatbots, {} requests, mail {} bytes, JSON {} bytes",
            began.elapsed(),
            read,
            peak_kilobytes() / 1024,
            report.rows.len(),
            report.totals[0].requests,
            mail.html.len(),
            json.len(),
        );
    }
}

fn peak_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Fills the table. Returns the number of minutes that have no summary.
async fn seed(table: &Table) -> usize {
    let enrolled = now() - SignedDuration::from_hours(24 * 120);
    let mut items = Vec::new();
    for number in 0..CHATBOTS {
        let new = serde_json::json!({
            "name": format!("bot-{number:03}"), "uri": "https://bot.example.ee/", "type": "ministry",
            "institution": INSTITUTION, "contact": "owner@example.ee", "versions": {"ruuter": "1.0.0"},
        });
        let new = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), enrolled);
        let context = audit_context(&table.audit, enrolled);
        let chatbot = table.store.create_chatbot(&context, new).await.expect("enrolled").value;
        items.extend(events(&chatbot));
        items.extend(summaries(&chatbot, number));
        items.extend(minutes(&chatbot, number));
    }
    let last = today().yesterday().expect("a day");
    table.store.put_days_progress(&DaysProgress { done: Some(last), position: None }).await.expect("stored");
    let requests: Vec<_> = items.chunks(25).map(<[_]>::to_vec).collect();
    let writes = requests.into_iter().map(|chunk| table.client.batch_write_item().request_items(NAME, chunk).send());
    stream::iter(writes).buffer_unordered(8).try_collect::<Vec<_>>().await.expect("written");
    minutes_of_today() * CHATBOTS
}

fn minutes_of_today() -> usize {
    usize::try_from(now().as_second() / 60 - DaySummary::first_minute(today())).expect("a small number")
}

fn put(pk: String, sk: String, name: &str, value: AttributeValue) -> WriteRequest {
    let item = HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk)),
        ("sk".to_owned(), AttributeValue::S(sk)),
        (name.to_owned(), value),
    ]);
    let put = PutRequest::builder().set_item(Some(item)).build().expect("a put");
    WriteRequest::builder().put_request(put).build()
}

/// Returns a minute with 60 responses of a dozen latencies.
fn minute(seed: usize) -> Minute {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
    let mut minutes = Minutes::default();
    for response in 0..60 {
        let status = StatusCode::try_from(if response % 20 == 0 { 503 } else { 200 }).expect("a status code");
        let millis = u32::try_from(40 * (1 + (seed + response) % 12)).expect("a small number");
        minutes.add(at, Signal::Code { result: Ok(status), millis: Some(millis) }, Judgement::Fine, at);
    }
    minutes.kept().values().next().cloned().expect("a minute")
}

fn key(chatbot: &Chatbot, prefix: &str) -> String {
    format!("{prefix}#{}#{}", chatbot.name, chatbot.created_at.as_millisecond())
}

fn summaries(chatbot: &Chatbot, seed: usize) -> Vec<WriteRequest> {
    let of_day = |days: i64| {
        let day = today().checked_sub(days.days()).expect("a day");
        let first = DaySummary::first_minute(day);
        let minutes: Vec<(i64, Minute)> = (0..1440).map(|offset| (first + offset, minute(seed))).collect();
        let summary = DaySummary::new(day, minutes.iter().map(|(start, minute)| (start, minute)));
        let state = postcard::to_stdvec(&summary).expect("a summary");
        put(key(chatbot, "HISTORY_DAYS"), day.to_string(), "state", AttributeValue::B(Blob::new(state)))
    };
    (1..=DAYS).map(of_day).collect()
}

fn minutes(chatbot: &Chatbot, seed: usize) -> Vec<WriteRequest> {
    let state = postcard::to_stdvec(&minute(seed)).expect("a minute");
    let first = DaySummary::first_minute(today());
    let of_minute = |offset: usize| {
        let start = first + i64::try_from(offset).expect("a small number");
        put(key(chatbot, "HISTORY"), format!("{start:012}"), "state", AttributeValue::B(Blob::new(state.clone())))
    };
    (0..minutes_of_today()).map(of_minute).collect()
}

fn events(chatbot: &Chatbot) -> Vec<WriteRequest> {
    let event = |number: i64, hours: i64, kind: EventKind| {
        let at = now() - SignedDuration::from_hours(24 * number + hours);
        let id = format!("{}-{number}-{hours}", chatbot.name);
        let event = Event { id: id.clone(), at, quiet: false, kind };
        let json = serde_json::to_string(&event).expect("json");
        put(key(chatbot, "EVENTS"), format!("{at:.9}#{id}"), "event", AttributeValue::S(json))
    };
    let outage = |number: i64| {
        let name = || chatbot.name.clone();
        let offline = EventKind::ChatbotOffline { chatbot: name(), cause: Cause::Failing(vec![]) };
        let online = EventKind::ChatbotOnline { chatbot: name(), was: Status::Offline };
        [event(number, 2, offline), event(number, 1, online)]
    };
    (1..=OUTAGES).flat_map(outage).collect()
}
