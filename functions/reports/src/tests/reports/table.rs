//! A table with institutions, chatbots and subscriptions.

use centops_domain::{
    chatbots::{Chatbot, Name},
    health::{Batch, Control, Delivery, PolicyDocument},
    incidents::{LOOK_AFTER, Look},
    ingestion::{CodeError, Observation, Observer, Signal},
    institutions::{Institution, NewInstitution},
    notifications::{Enrolment, NewSubscription, Subscription},
};
use centops_store::notifications::StoredSubscription;
use centops_table::{Table, audit_context};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A Sunday.
pub fn start() -> Timestamp {
    "2026-11-15T10:00:00Z".parse().expect("a time")
}

pub fn hours(hours: i64) -> Timestamp {
    start() + SignedDuration::from_hours(hours)
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

/// Returns a table with the chatbots `tax` and `police`, of an institution each, enrolled and online at the start.
pub async fn table() -> Table {
    table_of(Table::start().await.expect("a table")).await
}

/// Returns `table`, filled like [`table`].
pub async fn table_of(table: Table) -> Table {
    let new: NewInstitution = serde_json::from_value(json!({"name": "Maksu- ja Tolliamet"})).expect("an institution");
    let institution = Institution::new(name("tax-board"), new);
    table.store.create_institution(&audit_context(&table.audit, start()), institution).await.expect("created");
    for (chatbot, institution) in [("tax", "tax-board"), ("police", "police-board")] {
        enrol(&table, chatbot, institution).await;
        control(&table, chatbot, Some("force-online"), start()).await;
        control(&table, chatbot, None, start()).await;
    }
    table
}

pub async fn enrol(table: &Table, chatbot: &str, institution: &str) -> Chatbot {
    let new = json!({
        "name": chatbot, "uri": "https://bot.example.ee/", "type": "ministry", "institution": institution,
        "contact": "owner@example.ee",
    });
    let new = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), start());
    table.store.create_chatbot(&audit_context(&table.audit, start()), new).await.expect("enrolled").value
}

/// Sets or ends the manual control of `chatbot`.
pub async fn control(table: &Table, chatbot: &str, mode: Option<&str>, at: Timestamp) {
    let control = mode.map(|mode| {
        let new = serde_json::from_value(json!({"mode": mode, "reason": "a test"})).expect("a control");
        Control::new(new, "EE60001019906".to_owned(), at)
    });
    let context = audit_context(&table.audit, at);
    table.store.set_control(&context, &name(chatbot), control, &PolicyDocument::default()).await.expect("set");
}

/// Lets `chatbot` fail from `at` on, and opens its incident. Returns the id.
pub async fn fail(table: &Table, chatbot: &str, at: Timestamp) -> String {
    let (chatbot, failed) = (name(chatbot), Signal::Code { result: Err(CodeError::Timeout), millis: None });
    let batches = ["dmr:tallinn", "dmr:tartu"].map(|observer| Batch {
        observer: Observer::try_from(observer.to_owned()).expect("an observer"),
        sequence: 1.into(),
        observations: vec![Observation { at, signal: failed }; 20],
        delivery: Delivery::First,
    });
    // All may be offline at once.
    let mut policy = serde_json::to_value(PolicyDocument::default()).expect("JSON");
    policy["defaults"]["cap"] = json!({"percent": 100, "resumePercent": 100});
    let policy = serde_json::from_value(policy).expect("a policy");
    table.store.observe(&chatbot, &batches, &policy, at, 0.0).await.expect("observed");
    let chatbot = Enrolment { name: chatbot, enrolled_at: start() };
    let look = Look { at: at + LOOK_AFTER, fault: Some("answered 503".to_owned()) };
    let opened = table.store.follow_incident(&chatbot, Some(at), Some(&look), look.at).await.expect("followed");
    opened.expect("an incident").id.to_string()
}

/// Subscribes the mailbox `address` to `institution`, and confirms it.
pub async fn subscribe(table: &Table, address: &str, institution: Option<&str>, settings: Value) -> Subscription {
    let mut new = json!({"channel": "mail", "address": address, "settings": settings});
    if let Some(institution) = institution {
        new["institution"] = institution.into();
    }
    let new: NewSubscription = serde_json::from_value(new).expect("a request");
    let coverage = new.coverage(|_| None).expect("a coverage");
    let pending = Subscription::new(new.address().expect("an address"), coverage, new.settings, start());
    let context = || audit_context(&table.audit, start());
    let pending = table.store.create_subscriber(&context(), pending).await.expect("created").value.subscription;
    change(table, &pending, |old| old.confirmed(1, start()).expect("confirmed")).await
}

/// Changes `subscription`.
pub async fn change(
    table: &Table,
    subscription: &Subscription,
    change: impl Fn(&StoredSubscription) -> StoredSubscription,
) -> Subscription {
    let context = audit_context(&table.audit, start());
    let changed = table.store.change_subscriber(&context, subscription.id, None, |old| Ok(change(old))).await;
    changed.expect("changed").value.subscription
}
