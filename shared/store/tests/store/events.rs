//! Lists of events, compared with a plain list of all events.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    alerts::{Event, EventType},
    chatbots::{Chatbot, Name},
    credentials::{CertificateId, Profile},
    health::{Control, ControlMode},
    releases::Release,
};
use centops_store::{
    Page, StoreError,
    alerts::{EVENT_RETENTION, EventQuery, Position},
    keys::{EVENT_DAY, EXPIRES, PK, SK},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Fault, Table, after, certify, chatbot, create_institution, faulty, institution, name, start};

const DAY: i64 = 86_400;
/// The last day with events.
const LAST: i64 = 30;

type EventPage = Page<Event, Position>;

/// The events that a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    All,
    Institution(&'static str),
    Chatbot(&'static str),
}

fn of(limit: usize) -> EventQuery {
    EventQuery { limit, ..EventQuery::default() }
}

impl Table {
    async fn event_page(&self, scope: Scope, query: &EventQuery, now: Timestamp) -> EventPage {
        let page = match scope {
            Scope::All => self.store.events(query, now).await,
            Scope::Institution(one) => self.store.events_of_institutions(&[name(one)].into(), query, now).await,
            Scope::Chatbot(one) => {
                let enrolled = self.store.chatbot(&name(one)).await.expect("enrolled").value.created_at;
                self.store.events_of_chatbot(&name(one), enrolled, query, now).await
            }
        };
        let page = page.expect("a page");
        assert!(page.items.len() <= query.limit);
        page
    }

    /// Returns the events of all pages. A cursor is the position as text.
    async fn event_list(&self, scope: Scope, mut query: EventQuery, now: Timestamp) -> Vec<Event> {
        let mut found = Vec::new();
        for _ in 0..200 {
            let page = self.event_page(scope, &query, now).await;
            found.extend(page.items);
            match page.next {
                None => return found,
                Some(next) => query.after = Some(next.to_string().parse().expect("a position")),
            }
        }
        unreachable!("the list of {scope:?} does not end: {query:?}");
    }

    async fn event_ids(&self, scope: Scope) -> Vec<String> {
        let events = self.event_list(scope, of(100), after(LAST * DAY + 3600)).await;
        events.into_iter().map(|event| event.id).collect()
    }

    /// Enrols the chatbot `text` of `institution` at `at`.
    async fn enrol(&self, text: &str, institution: &str, at: Timestamp) {
        let new = Chatbot { institution: name(institution), ..chatbot(text, at) };
        self.store.create_chatbot(&self.audit_context(at), new).await.expect("enrolled");
    }

    async fn remove(&self, text: &str, at: Timestamp) {
        self.store.delete_chatbot(&self.audit_context(at), &name(text), None, &self.policy).await.expect("removed");
    }

    async fn move_to(&self, text: &str, institution: &str) {
        let change = serde_json::from_value(json!({"institution": institution})).expect("a change");
        self.store.update_chatbot(&self.audit_context(start()), &name(text), None, &change).await.expect("moved");
    }

    /// Freezes the chatbot `text` at `at`, and ends that: two events at the same time.
    async fn freeze(&self, text: &str, at: Timestamp) {
        let control =
            serde_json::from_value(json!({"mode": ControlMode::Hold, "reason": "frozen"})).expect("a control");
        let control = Control::new(control, "EE60001019906".into(), at);
        for control in [Some(control), None] {
            let changed = self.store.set_control(&self.audit_context(at), &name(text), control, &self.policy).await;
            changed.expect("changed");
        }
    }

    async fn publish_version(&self, version: &str, at: Timestamp) {
        let release = json!({"component": "ruuter", "version": version, "severity": "optional"});
        let release = Release::publish(serde_json::from_value(release).expect("a release"), at);
        self.store.publish_release(&self.audit_context(at), release).await.expect("published");
    }
}

/// Returns a table with events of three institutions over a month: days without events, many at the same time, and at
/// the ends of a day. `ruuter` is a chatbot and a component. `again` was enrolled by another institution before, `gone`
/// was given away, `come` was taken over.
async fn month() -> Table {
    let table = Table::new().await;
    let midnight = midnight();
    assert!(midnight > start() && midnight < after(DAY));
    for (text, institution) in
        [("tax", "own"), ("ruuter", "own"), ("gone", "own"), ("police", "other"), ("come", "other"), ("again", "other")]
    {
        table.enrol(text, institution, start()).await;
    }
    create_institution(&table, institution("ria", "Infosüsteemi amet")).await.expect("created");
    for text in ["tax", "ruuter", "gone", "police", "come", "again"] {
        for at in [1, 1, 1, 2, 2, 2, 5 * DAY] {
            table.freeze(text, after(at)).await;
        }
    }
    // More events of one partition in a row than one query reads for a small page.
    for second in 0..6 {
        table.freeze("tax", after(17 * DAY + second)).await;
    }
    table.remove("again", after(5 * DAY + 1)).await;
    table.enrol("again", "own", after(5 * DAY + 2)).await;
    table.move_to("gone", "other").await;
    table.move_to("come", "own").await;
    let nanosecond = SignedDuration::from_nanos(1);
    for (number, at) in [midnight - nanosecond, midnight, midnight + nanosecond, after(DAY)].into_iter().enumerate() {
        table.publish_version(&format!("1.0.{number}"), at).await;
    }
    let certificate = certify(&table, Profile::Chatbot, "tax", 1, start() - SignedDuration::from_hours(60 * 24)).await;
    table.store.give_notice(&CertificateId::from(&certificate), 30).await.expect("given");
    let certificate = certify(&table, Profile::Dmr, "tallinn", 2, start() - SignedDuration::from_hours(60 * 24)).await;
    table.store.give_notice(&CertificateId::from(&certificate), 30).await.expect("given");
    for text in ["again", "tax"] {
        table.freeze(text, after(LAST * DAY)).await;
    }
    table
}

/// Returns the chatbot that `event` is about.
fn chatbot_of_event(event: &Event) -> Option<String> {
    let event = serde_json::to_value(event).expect("json");
    let field = |name: &str| event[name].as_str().map(str::to_owned);
    match event["type"].as_str().expect("a type") {
        "certificate-expiring" if event["profile"] == "chatbot" => field("name"),
        kind if kind.starts_with("application-") => None,
        _ => field("chatbot"),
    }
}

/// Returns the events of `all` that the list of `scope` has, in its order.
fn plain_list(all: &[Event], scope: Scope, query: &EventQuery) -> Vec<Event> {
    let is_of = |event: &Event, names: &[&str]| {
        let chatbot = chatbot_of_event(event);
        let present = chatbot.as_deref() != Some("again") || event.at > after(5 * DAY + 1);
        chatbot.is_some_and(|chatbot| names.contains(&chatbot.as_str())) && present
    };
    let in_scope = |event: &&Event| match scope {
        Scope::All => true,
        Scope::Institution("own") => is_of(event, &["tax", "ruuter", "come", "again"]),
        Scope::Institution("other") => is_of(event, &["police", "gone"]),
        Scope::Institution(_) => false,
        Scope::Chatbot(one) => is_of(event, &[one]),
    };
    let matches = |event: &&Event| {
        query.from.is_none_or(|from| event.at >= from)
            && query.to.is_none_or(|to| event.at < to)
            && (query.types.is_empty() || query.types.contains(&EventType::from(&event.kind)))
    };
    let mut list: Vec<_> = all.iter().filter(in_scope).filter(matches).cloned().collect();
    list.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    list
}

fn any_scope() -> impl Strategy<Value = Scope> {
    let scopes = ["own", "own", "own", "own", "other", "ria"].map(Scope::Institution).into_iter();
    let scopes = scopes.chain(["tax", "ruuter", "again", "gone"].map(Scope::Chatbot)).chain([Scope::All; 4]);
    prop::sample::select(scopes.collect::<Vec<_>>())
}

fn midnight() -> Timestamp {
    "2026-09-22T00:00:00Z".parse().expect("a time")
}

/// Times around those of the events.
fn any_time() -> impl Strategy<Value = Timestamp> {
    let midnight = midnight().duration_since(start()).as_secs();
    let seconds: Vec<i64> = [-DAY, 0, 1, 2, midnight, DAY, 5 * DAY, 5 * DAY + 1, 17 * DAY, LAST * DAY].into();
    (prop::sample::select(seconds), -1_i64..=1)
        .prop_map(|(seconds, nanos)| after(seconds) + SignedDuration::from_nanos(nanos))
}

fn any_query() -> impl Strategy<Value = EventQuery> {
    let types = prop::collection::btree_set(prop::sample::select(EventType::ALL.to_vec()), 0..4);
    let bounds = (prop::option::of(any_time()), prop::option::of(any_time()));
    let types = prop_oneof![Just(BTreeSet::new()), Just(BTreeSet::from([EventType::ControlEnded])), types];
    (bounds, types, prop_oneof![1_usize..4, 9_usize..16, 4_usize..60])
        .prop_map(|((from, to), types, limit)| EventQuery { from, to, types, limit, after: None })
}

#[test]
fn pages_contain_the_events_of_a_plain_list_in_its_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let table = runtime.block_on(month());
    let all = runtime.block_on(table.events());
    assert_eq!(all.len(), 109);
    let now = after(LAST * DAY + 3600);
    proptest!(ProptestConfig::with_cases(300), |(scope in any_scope(), query in any_query())| {
        let found = runtime.block_on(table.event_list(scope, query.clone(), now));
        prop_assert_eq!(found, plain_list(&all, scope, &query));
    });
}

#[tokio::test]
async fn events_that_arrive_between_pages_neither_repeat_nor_hide_others() {
    let table = month().await;
    let now = after(LAST * DAY + 3600);
    for (round, scope) in (0..).zip([Scope::All, Scope::Institution("own"), Scope::Chatbot("tax")]) {
        let expected = table.event_list(scope, of(100), now).await;
        let (mut found, mut query, mut arrived) = (Vec::new(), of(3), 0);
        loop {
            let page = table.event_page(scope, &query, now).await;
            found.extend(page.items);
            table.freeze("tax", after(LAST * DAY + 1 + 100 * round + arrived)).await;
            arrived += 1;
            match page.next {
                None => break,
                next => query.after = next,
            }
        }
        assert_eq!(found, expected, "{scope:?}");
    }
}

#[tokio::test]
async fn owner_sees_the_present_enrolment_of_own_chatbots_only() {
    let table = Table::new().await;
    table.enrol("tax", "former", start()).await;
    table.freeze("tax", after(5)).await;
    let former = table.event_ids(Scope::Institution("former")).await;
    assert_eq!(former.len(), 2);
    table.remove("tax", after(6)).await;
    assert_eq!(table.event_ids(Scope::Institution("former")).await, [""; 0], "the enrolment has ended");
    let ended = table.event_ids(Scope::All).await;
    assert!(ended.len() == 3 && ended.ends_with(&former), "and that it was removed: {ended:?}");
    // The enrolment was requested before the last event of the former one, and carried out after it.
    table.enrol("tax", "present", after(1)).await;
    assert_eq!(table.event_ids(Scope::Institution("present")).await, [""; 0]);
    assert_eq!(table.event_ids(Scope::Chatbot("tax")).await, [""; 0]);
    table.freeze("tax", after(7)).await;
    let present = table.event_ids(Scope::Institution("present")).await;
    assert_eq!(present.len(), 2);
    assert_eq!(table.event_ids(Scope::Institution("former")).await, [""; 0]);
    assert_eq!(table.event_ids(Scope::All).await, [present.clone(), ended].concat(), "staff see both enrolments");
    table.move_to("tax", "next").await;
    assert_eq!(table.event_ids(Scope::Institution("present")).await, [""; 0], "another's now");
    let next = table.event_ids(Scope::Institution("next")).await;
    assert!(next.len() == 3 && present.iter().all(|id| next.contains(id)), "and that it was transferred: {next:?}");
    let both: BTreeSet<Name> = ["present", "next"].map(name).into();
    let page = table.store.events_of_institutions(&both, &of(100), after(8)).await.expect("a page");
    assert_eq!(page.items.len(), 3, "an owner of several institutions");
}

#[tokio::test]
async fn empty_days_end_a_page_but_not_the_list() {
    let table = Table::new().await;
    table.publish_version("1.0.0", start()).await;
    let mut query = of(10);
    let mut pages = 0;
    let items = loop {
        let page = table.event_page(Scope::All, &query, after(LAST * DAY)).await;
        pages += 1;
        assert!(pages <= 9, "the list does not end");
        match page.next {
            Some(next) if page.items.is_empty() => query.after = Some(next),
            _ => break page.items,
        }
    };
    assert_eq!((pages, items.len()), (4, 1), "ten days a page");
}

#[tokio::test]
async fn events_expire_after_90_days() {
    let table = Table::new().await;
    table.enrol("tax", "own", start()).await;
    table.freeze("tax", start()).await;
    let last = start() + EVENT_RETENTION;
    for scope in [Scope::All, Scope::Institution("own"), Scope::Chatbot("tax")] {
        assert_eq!(table.event_list(scope, of(10), last).await.len(), 2, "{scope:?}");
        let later = last + SignedDuration::from_nanos(1);
        assert_eq!(table.event_list(scope, of(10), later).await, [], "{scope:?}: expired, and not removed yet");
    }
}

#[tokio::test]
async fn further_page_keeps_the_lower_bound_of_the_first() {
    let table = Table::new().await;
    table.enrol("tax", "own", start()).await;
    for seconds in 0..4 {
        table.freeze("tax", after(seconds)).await;
    }
    let first = EventQuery { from: Some(after(2)), ..of(2) };
    let first = table.event_page(Scope::Chatbot("tax"), &first, after(10)).await;
    let next = EventQuery { after: first.next, ..of(10) };
    assert!(next.after.is_some());
    assert_eq!(table.event_page(Scope::Chatbot("tax"), &next, after(10)).await.items.len(), 2);
}

/// The template's index uses these attributes as keys.
#[tokio::test]
async fn event_item_has_enrolment_time_and_day_keys() {
    let table = Table::new().await;
    let at: Timestamp = "2026-11-21T09:00:00.5Z".parse().expect("a time");
    table.enrol("tax", "own", at).await;
    table.freeze("tax", at).await;
    let items = table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan").items;
    let items: Vec<_> = items.unwrap_or_default().into_iter().filter(|item| item.contains_key(EVENT_DAY)).collect();
    assert_eq!(items.len(), 2);
    for item in items {
        let text = |name: &str| item[name].as_s().expect("a text").clone();
        let event: Value = serde_json::from_str(&text("event")).expect("json");
        assert_eq!(text(PK), format!("EVENTS#tax#{}", at.as_millisecond()));
        assert_eq!(text(SK), format!("2026-11-21T09:00:00.500000000Z#{}", event["id"].as_str().expect("an id")));
        let (day, shard) =
            text(EVENT_DAY).split_once('#').map(|(day, shard)| (day.to_owned(), shard.parse())).expect("both");
        assert_eq!(day, "2026-11-21");
        assert!(shard.is_ok_and(|shard: u32| shard < 4));
        assert_eq!(item[EXPIRES], AttributeValue::N((at + EVENT_RETENTION).as_second().to_string()));
    }
}

#[tokio::test]
async fn list_of_events_fails_if_the_table_does_not_answer() {
    let table = Table::new().await;
    table.enrol("tax", "own", start()).await;
    let store = faulty(&table, Fault::Queries);
    let all = store.events(&of(10), start()).await;
    assert!(matches!(all, Err(StoreError::Unavailable(_))), "{all:?}");
    let own = store.events_of_chatbot(&name("tax"), start(), &of(10), start()).await;
    assert!(matches!(own, Err(StoreError::Unavailable(_))), "{own:?}");
}
