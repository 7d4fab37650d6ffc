//! The audit trail: the record of every write, and queries.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    audit::{Actor, Outcome, RETENTION, Record, Subject},
    chatbots::Name,
    health::Control,
    notifications::{Address, Channel, Coverage, SettingsChange, Subscription},
    releases::Release,
};
use centops_store::{
    Page, StoreError,
    audit::{AuditContext, AuditQuery, Position, keys::CHATBOT},
    keys::{EXPIRES, PK, SK},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{Table, after, chatbot, name, start};

type AuditPage = Page<Record, Position>;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn query(from: Timestamp, to: Timestamp) -> AuditQuery {
    AuditQuery { from, to, chatbot: None, person: None, limit: 200, after: None }
}

/// Returns a query of all records up to an hour after the start.
fn all() -> AuditQuery {
    query(start() - RETENTION, after(3600))
}

fn of_chatbot(text: &str) -> AuditQuery {
    AuditQuery { chatbot: Some(name(text)), ..all() }
}

fn of_person(text: &str) -> AuditQuery {
    AuditQuery { person: Some(text.to_owned()), ..all() }
}

fn person(text: &str) -> Actor {
    Actor::Person(text.to_owned())
}

/// Returns the ids of the records in their order.
fn ids(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

impl Table {
    /// Returns the context of the request `request` by Mari at `now`.
    fn mari<'a>(&'a self, operation: &'a str, request: &str, now: Timestamp) -> AuditContext<'a> {
        AuditContext::new(&self.audit, person("mari"), operation, request.to_owned(), now)
    }

    async fn page(&self, query: &AuditQuery, now: Timestamp) -> AuditPage {
        let page = self.audit.records(query, now).await.expect("a page");
        assert!(page.items.len() <= query.limit);
        page
    }

    /// Returns the records of all pages of `query`.
    async fn records(&self, mut query: AuditQuery) -> Vec<Record> {
        let mut found = Vec::new();
        loop {
            let page = self.page(&query, after(3600)).await;
            found.extend(page.items);
            match page.next {
                None => return found,
                next => query.after = next,
            }
        }
    }

    /// Writes the record of a refusal to `by` about `chatbot`.
    async fn refuse(&self, by: Actor, chatbot: Option<&str>, id: &str, at: Timestamp) -> Record {
        let subject = Subject { chatbot: chatbot.map(name), institution: None };
        let record = Record::refused(by, "get-chatbot", id, at, subject, "Your role does not permit this.");
        self.audit.write(&record).await.expect("written");
        record
    }
}

#[tokio::test]
async fn write_records_actor_operation_before_and_after() {
    let table = Table::new().await;
    let (store, tax) = (&table.store, name("tax"));
    let created = store.create_chatbot(&table.mari("create-chatbot", "r1", start()), chatbot("tax", start())).await;
    let created = created.expect("created").value;
    let change = serde_json::from_value(json!({"contact": "new@example.ee"})).expect("a change");
    let context = table.mari("update-chatbot", "r2", after(1));
    let changed = store.update_chatbot(&context, &tax, None, &change).await.expect("changed").value;
    let context = table.mari("set-control", "r3", after(2));
    let new = json!({"mode": "force-offline", "reason": "moves"});
    let control = Control::new(serde_json::from_value(new).expect("a control"), "mari".into(), context.now);
    store.set_control(&context, &tax, Some(control.clone()), &table.policy).await.expect("forced");
    let context = table.mari("end-control", "r4", after(3));
    store.set_control(&context, &tax, None, &table.policy).await.expect("ended");
    let last = store.chatbot(&tax).await.expect("there").value;
    store.delete_chatbot(&table.mari("delete-chatbot", "r5", after(4)), &tax, None, &table.policy).await.expect("gone");

    let records = table.records(of_chatbot("tax")).await;
    let control = Some(serde_json::to_value(&control).expect("json"));
    let [created, changed, last] =
        [created, changed, last].map(|chatbot| Some(serde_json::to_value(&chatbot).expect("json")));
    let expected = [
        ("delete-chatbot", "r5", last, None),
        ("end-control", "r4", control.clone(), None),
        ("set-control", "r3", None, control),
        ("update-chatbot", "r2", created.clone(), changed),
        ("create-chatbot", "r1", None, created),
    ];
    assert_eq!(records.len(), expected.len());
    for (record, (operation, request, before, after)) in records.iter().zip(expected) {
        assert_eq!((record.operation.as_str(), record.request.as_str()), (operation, request));
        assert_eq!((&record.before, &record.after), (&before, &after), "{operation}");
        assert_eq!((&record.by, record.outcome), (&person("mari"), Outcome::Done), "{operation}");
        assert_eq!(record.subject, Subject { chatbot: Some(tax.clone()), institution: Some(name("tax-board")) });
    }
}

#[tokio::test]
async fn policy_release_subscription_and_versions_are_recorded() {
    let table = Table::new().await;
    let store = &table.store;
    store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let strict = json!({"defaults": table.policy.defaults(), "chatbots": {"tax": {"rate": {"minimum": 1}}}});
    let strict = serde_json::from_value(strict).expect("a policy");
    store.put_policy(&table.mari("put-policy", "p1", after(1)), &strict, None).await.expect("put");
    let release = json!({"component": "ruuter", "version": "1.1.0", "severity": "critical"});
    let release = Release::publish(serde_json::from_value(release).expect("a release"), after(2));
    store.publish_release(&table.mari("publish-release", "p2", after(2)), release.clone()).await.expect("published");
    let to = Address::new(Channel::Email, "owner@example.ee").expect("an address");
    let coverage = Coverage::Institution { institution: name("tax-board") };
    let subscription = Subscription::new(to, coverage, SettingsChange::default(), after(3));
    let context = table.mari("subscribe", "p3", after(3));
    store.create_subscriber(&context, subscription.clone()).await.expect("stored");
    let by = || Actor::Chatbot(name("tax"));
    for (request, seconds) in [("p4", 4), ("p5", 5)] {
        let context = AuditContext::new(&table.audit, by(), "report-versions", request.into(), after(seconds));
        let versions = serde_json::from_value(json!({"ruuter": "2.0.0"})).expect("versions");
        store.report_versions(&context, &name("tax"), &versions).await.expect("reported");
    }

    let mari = table.records(of_person("mari")).await;
    assert_eq!(ids(&mari), ["p3", "p2", "p1"]);
    assert_eq!(mari[2].before, serde_json::to_value(&table.policy).ok(), "the defaults");
    assert_eq!(mari[2].after, serde_json::to_value(&strict).ok());
    assert_eq!((&mari[1].before, &mari[1].after), (&None, &serde_json::to_value(&release).ok()));
    let shown = serde_json::to_value(subscription.view(after(3))).expect("json");
    assert_eq!((&mari[0].before, &mari[0].after), (&None, &Some(shown)));
    let tax = table.records(of_chatbot("tax")).await;
    let (first, enrolment) = (ids(&tax)[0], &tax[1]);
    assert_eq!((first, tax.len(), enrolment.at), ("p4", 2, start()), "what says nothing new is no write");
    assert_eq!((&tax[0].by, tax[0].person()), (&by(), None));
}

#[tokio::test]
async fn failed_write_leaves_no_record() {
    let table = Table::new().await;
    let created =
        table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let taken = table.store.create_chatbot(&table.audit_context(after(1)), chatbot("tax", after(1))).await;
    assert!(matches!(taken, Err(StoreError::Exists)));
    let stale = Some(created.version + 1);
    let change = serde_json::from_value(json!({"contact": "new@example.ee"})).expect("a change");
    let update = table.store.update_chatbot(&table.audit_context(after(2)), &name("tax"), stale, &change).await;
    assert!(matches!(update, Err(StoreError::Changed)));
    assert!(
        table.store.delete_chatbot(&table.audit_context(after(3)), &name("tax"), stale, &table.policy).await.is_err()
    );
    assert!(table.store.put_policy(&table.audit_context(after(4)), &table.policy, Some(7)).await.is_err());
    let ended = table.store.set_control(&table.audit_context(after(5)), &name("tax"), None, &table.policy).await;
    assert!(ended.is_ok_and(|health| health.control().is_none()), "nothing was forced: nothing is written");
    assert_eq!(table.records(all()).await.len(), 1, "the enrolment");
}

#[tokio::test]
async fn concurrent_writes_leave_one_record_each() {
    let table = Table::new().await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let write = async |n: i64| {
        let change = serde_json::from_value(json!({"contact": format!("c{n}@example.ee")})).expect("a change");
        let context = table.audit_context(after(n));
        // Each write is retried from fresh reads if another one was first.
        table.store.update_chatbot(&context, &name("tax"), None, &change).await.map(|_| ())
    };
    let results = futures::future::join_all((1..=6).map(write)).await;
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert!(done > 0);
    let records = table.records(of_chatbot("tax")).await;
    assert_eq!(records.len(), 1 + done);
    // Each record begins where another one ended: no write was lost.
    let contact = |value: &Option<serde_json::Value>| value.as_ref().map(|value| value["contact"].to_string());
    let began: BTreeSet<_> = records.iter().filter_map(|record| contact(&record.before)).collect();
    assert_eq!(began.len(), done);
}

#[tokio::test]
async fn repeated_request_is_one_record_and_overwrites_none() {
    let table = Table::new().await;
    let first = table.refuse(person("mari"), Some("tax"), "r1", start()).await;
    table.refuse(person("mari"), Some("tax"), "r1", start()).await;
    table.refuse(person("jaan"), Some("police"), "r1", start()).await;
    assert_eq!(table.records(all()).await, [first]);
    let context = table.mari("create-chatbot", "r2", after(1));
    table.store.create_chatbot(&context, chatbot("tax", after(1))).await.expect("created");
    let again = table.store.create_chatbot(&context, chatbot("police", after(1))).await;
    assert!(matches!(again, Err(StoreError::Contended)), "one record is not for two writes: {again:?}");
    assert!(matches!(table.store.chatbot(&name("police")).await, Err(StoreError::NotFound)));
    table.store.create_chatbot(&context.part(1), chatbot("police", after(1))).await.expect("a part of its own");
    assert_eq!(ids(&table.records(all()).await), ["r2-1", "r2", "r1"]);
}

#[tokio::test]
async fn query_by_time_spans_days_and_excludes_end() {
    let table = Table::new().await;
    let midnight: Timestamp = "2026-09-20T00:00:00Z".parse().expect("a time");
    let nanosecond = SignedDuration::from_nanos(1);
    let times = [midnight - DAY, midnight - nanosecond, midnight, midnight + nanosecond, midnight + DAY];
    for (place, at) in times.into_iter().enumerate() {
        table.refuse(Actor::Unknown(String::new()), None, &format!("r{place}"), at).await;
    }
    let found = async |from, to| {
        let records = table.records(query(from, to)).await;
        ids(&records).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found(midnight - DAY, midnight + DAY + nanosecond).await, ["r4", "r3", "r2", "r1", "r0"]);
    assert_eq!(found(midnight - nanosecond, midnight + nanosecond).await, ["r2", "r1"], "from, but not to");
    assert_eq!(found(midnight + DAY + DAY, midnight + DAY * 9).await, [""; 0]);
    assert_eq!(found(midnight, midnight).await, [""; 0]);
}

#[tokio::test]
async fn query_filters_by_chatbot_and_person() {
    let table = Table::new().await;
    let refusals = [
        ("r1", person("mari"), Some("tax")),
        ("r2", person("jaan"), Some("tax")),
        ("r3", person("mari"), Some("police")),
        ("r4", Actor::Chatbot(name("tax")), None),
        ("r5", Actor::Dmr(name("tax")), None),
        ("r6", Actor::Unknown("mari".into()), None),
        ("r7", person(""), None),
    ];
    for (second, (id, by, chatbot)) in (0..).zip(refusals) {
        table.refuse(by, chatbot, id, after(second)).await;
    }
    assert_eq!(ids(&table.records(of_chatbot("tax")).await), ["r4", "r2", "r1"]);
    assert_eq!(ids(&table.records(of_person("mari")).await), ["r3", "r1"]);
    let both = AuditQuery { chatbot: Some(name("tax")), ..of_person("mari") };
    assert_eq!(ids(&table.records(both).await), ["r1"]);
    assert_eq!(table.records(all()).await.len(), 7);
    let some = AuditQuery { from: after(1), to: after(3), ..of_chatbot("tax") };
    assert_eq!(ids(&table.records(some).await), ["r2"]);
}

#[tokio::test]
async fn pages_contain_each_record_once_during_writes() {
    let table = Table::new().await;
    let mut expected = Vec::new();
    for n in 0..9 {
        // Two records at a time, over three days.
        let at = start() - DAY * (n / 3) - SignedDuration::from_secs(i64::from(n % 3 / 2));
        table.refuse(person("mari"), Some("tax"), &format!("old-{n}"), at).await;
        expected.push((at, format!("old-{n}")));
    }
    expected.sort_by(|a, b| b.cmp(a));
    let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    let mut coming = 0;
    for base in [
        query(start() - DAY * 3, after(3600)),
        of_chatbot("tax"),
        of_person("mari"),
        AuditQuery { chatbot: Some(name("tax")), ..of_person("mari") },
    ] {
        for limit in [1, 4, 9] {
            let (mut found, mut query) = (Vec::new(), AuditQuery { limit, ..base.clone() });
            let most = coming + 9 + coming;
            loop {
                assert!(coming <= most, "more pages than records: {found:?}");
                let page = table.page(&query, after(3600)).await;
                found.extend(page.items.into_iter().map(|record| record.id).filter(|id| id.starts_with("old")));
                table.refuse(person("mari"), Some("tax"), &format!("new-{coming}"), after(coming)).await;
                coming += 1;
                // A cursor is the position as text.
                match page.next {
                    None => break,
                    Some(next) => query.after = Some(next.to_string().parse().expect("a place")),
                }
            }
            assert_eq!(found, expected, "limit {limit} of {base:?}");
        }
    }
}

#[tokio::test]
async fn empty_days_end_page_but_not_list() {
    let table = Table::new().await;
    let old = table.refuse(person("mari"), None, "r1", start() - DAY * 100).await;
    let mut query = query(start() - DAY * 101, start());
    let mut pages = 0;
    loop {
        let page = table.page(&query, start()).await;
        pages += 1;
        if let Some(next) = page.next {
            assert!(page.items.is_empty());
            query.after = Some(next);
            continue;
        }
        assert_eq!(page.items, [old]);
        break;
    }
    assert_eq!(pages, 3, "forty days a page");
}

#[tokio::test]
async fn records_expire_after_400_days() {
    let table = Table::new().await;
    for by in [person("mari"), Actor::Chatbot(name("tax"))] {
        table.refuse(by.clone(), Some("tax"), &format!("{by:?}"), start()).await;
    }
    let last = start() + RETENTION;
    for query in [of_chatbot("tax"), of_person("mari"), query(start() - DAY, start() + DAY)] {
        let query = AuditQuery { from: start() - DAY, ..query };
        assert!(!table.page(&query, last).await.items.is_empty());
        let page = table.page(&query, last + SignedDuration::from_nanos(1)).await;
        assert_eq!(page, Page::default(), "expired, and not removed yet");
    }
    let scan = table.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
    for item in scan.items() {
        assert_eq!(item[EXPIRES], AttributeValue::N(last.as_second().to_string()));
    }
}

#[tokio::test]
async fn page_fits_into_response() {
    let table = Table::new().await;
    for n in 0..12 {
        let reason = "\"".repeat(150_000);
        let record = Record::refused(person("mari"), "x", &format!("r{n}"), after(n), Subject::default(), &reason);
        table.audit.write(&record).await.expect("written");
    }
    let mut query = of_person("mari");
    let mut sizes = Vec::new();
    loop {
        let page = table.page(&query, after(3600)).await;
        let json = serde_json::to_string(&page.items).expect("json");
        assert!(serde_json::to_string(&json).expect("json").len() < 6_000_000);
        sizes.push(page.items.len());
        match page.next {
            None => break,
            next => query.after = next,
        }
    }
    assert_eq!(sizes.iter().sum::<usize>(), 12);
    assert!(sizes.len() > 1);
}

/// The template's indexes use these attributes as keys.
#[tokio::test]
async fn record_item_has_day_time_and_chatbot_keys() {
    let table = Table::new().await;
    let at: Timestamp = "2026-11-21T09:00:00.5Z".parse().expect("a time");
    table.refuse(person("mari"), Some("tax"), "7f9c", at).await;
    let scan = table.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
    let [item] = scan.items() else { panic!("{scan:?}") };
    let text = |name: &str| item[name].as_s().expect("a text").clone();
    assert_eq!((text(PK), text(SK)), ("2026-11-21".into(), "2026-11-21T09:00:00.500000000Z#7f9c".into()));
    assert_eq!(text(CHATBOT).parse::<Name>(), Ok(name("tax")));
}
