//! The link in mails.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use centops_api::{StatusCode, clock};
use centops_domain::{
    audit::Actor,
    notifications::{Content, EndedBy, PendingNotification, State, Subscription},
};
use centops_store::audit::AuditQuery;
use centops_table::Table;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::support::{Request, Response, active, change, master, pending, secret, table, waking};
use crate::{show_unsubscription::ShowUnsubscription, unsubscribe::Unsubscribe, unsubscription::Unsubscription};

fn request(operation: &str, subscription: &Subscription, token: &str) -> Request {
    Request::of(operation).path("subscription", &subscription.id).query(&[("token", token)])
}

async fn show(table: &Table, subscription: &Subscription, token: &str) -> Response {
    let state = Unsubscription { store: table.store.clone(), secret: secret() };
    request("show-unsubscription", subscription, token).send::<ShowUnsubscription>(&state, table).await
}

async fn unsubscribe(table: &Table, subscription: &Subscription, token: &str) -> Response {
    let unsubscription = Unsubscription { store: table.store.clone(), secret: secret() };
    let state = Unsubscribe { unsubscription, waking: waking(table) };
    request("unsubscribe", subscription, token).send::<Unsubscribe>(&state, table).await
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_posting_ends_the_subscription_for_good() {
    let table = table().await;
    let subscription = active(&table).await;
    let token = master().unsubscribe_token(subscription.id, 1);
    let other = pending(&table, Some("tax-board"), "slack", "https://hooks.slack.com/services/x").await;
    change(&table, other.id, |old| old.confirmed(clock::now()).expect("pending")).await;
    let before = table.store.subscriber(subscription.id).await.expect("stored");
    for _ in 0..3 {
        let page = show(&table, &subscription, &token).await;
        let html = page.body.as_str().expect("text");
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        assert!(html.contains("<form method=\"post\">") && html.contains("***@example.ee"), "{html}");
        assert!(!html.contains("owner@"), "the link may have been forwarded");
    }
    assert_eq!(table.store.subscriber(subscription.id).await.expect("stored"), before);

    for _ in 0..2 {
        let page = unsubscribe(&table, &subscription, &token).await;
        let html = page.body.as_str().expect("text");
        assert_eq!(page.status, StatusCode::OK);
        assert!(html.contains("Notifications have ended") && !html.contains("<form"), "{html}");
    }
    let stored = table.store.subscriber(subscription.id).await.expect("stored");
    assert!(matches!(stored.value.subscription.state, State::Ended { by: EndedBy::Recipient, .. }));
    assert_eq!(stored.version, before.version + 1, "a repetition changes nothing");
    let told = table.store.round(other.id).await.expect("a round").pending;
    let [PendingNotification { content: Content::SubscriptionFailing { address, .. }, .. }] = told.as_slice() else {
        panic!("the institution's other subscription is told once: {told:?}");
    };
    assert_eq!(address, "***@example.ee");
    let ended = show(&table, &subscription, &token).await;
    assert!(ended.body.as_str().is_some_and(|html| !html.contains("<form")));

    let now = clock::now();
    let (from, to) = (now - SignedDuration::from_hours(1), now + SignedDuration::from_hours(1));
    let query = AuditQuery { from, to, chatbot: None, person: None, limit: 99, after: None };
    let records = table.audit.records(&query, now).await.expect("a page").items;
    assert!(records.iter().any(|record| matches!(record.by, Actor::Unknown(_))), "its end is in the audit trail");
}

#[tokio::test]
async fn wrong_token_and_other_subscriptions_get_one_answer_and_change_nothing() {
    let table = table().await;
    let subscription = active(&table).await;
    let other = pending(&table, Some("police"), "mail", "owner@example.ee").await;
    let webhook = pending(&table, Some("tax-board"), "slack", "https://hooks.slack.com/services/x").await;
    let unknown = Subscription { id: "0".repeat(32).parse().expect("an id"), ..subscription.clone() };
    let token = master().unsubscribe_token(subscription.id, 1);
    let mut answers = vec![];
    for (subscription, token) in [
        (&subscription, ""),
        (&subscription, &token[1..]),
        (&subscription, &master().unsubscribe_token(subscription.id, 2)),
        (&other, token.as_str()),
        (&webhook, &master().unsubscribe_token(webhook.id, 1)),
        (&unknown, &master().unsubscribe_token(unknown.id, 1)),
    ] {
        for page in [show(&table, subscription, token).await, unsubscribe(&table, subscription, token).await] {
            assert_eq!(page.status, StatusCode::NOT_FOUND);
            answers.push(page.body);
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    for (subscription, is_active) in [(&subscription, true), (&other, false)] {
        let stored = table.store.subscriber(subscription.id).await.expect("stored").value.subscription;
        assert_eq!(matches!(stored.state, State::Active { .. }), is_active);
        assert!(!matches!(stored.state, State::Ended { .. }));
    }
}

#[tokio::test]
async fn link_of_an_earlier_generation_is_not_valid() {
    let table = table().await;
    let first = active(&table).await;
    change(&table, first.id, |old| old.ended(EndedBy::Owner, clock::now())).await;
    let second = pending(&table, Some("tax-board"), "mail", "owner@example.ee").await;
    assert_eq!((second.id, second.generation), (first.id, 2));
    let old = unsubscribe(&table, &first, &master().unsubscribe_token(first.id, 1)).await;
    assert_eq!(old.status, StatusCode::NOT_FOUND);
    let new = unsubscribe(&table, &second, &master().unsubscribe_token(first.id, 2)).await;
    assert_eq!(new.status, StatusCode::OK);
}

#[tokio::test]
async fn page_has_no_script_and_its_policy_permits_its_style_only() {
    let table = table().await;
    let subscription = active(&table).await;
    let page = show(&table, &subscription, &master().unsubscribe_token(subscription.id, 1)).await;
    let html = page.body.as_str().expect("text");
    let policy = page.header("content-security-policy");
    let style = html.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).expect("a style").0;
    let hash = STANDARD.encode(Sha256::digest(style));
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    assert_eq!(policy, expected);
    for (name, value) in
        [("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff")]
    {
        assert_eq!(page.header(name), value);
    }
    for refused in ["<script", "style=", " on", "src=", "action=", "href="] {
        let tags: Vec<_> = html.split('<').filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag).collect();
        let tags = format!("<{}", tags.join("<"));
        assert!(!tags.contains(refused), "{refused} in {tags}");
    }
}
