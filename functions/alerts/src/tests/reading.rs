//! Reading and listing.

use aws_sdk_sns::{Client, operation::get_subscription_attributes::GetSubscriptionAttributesError};
use aws_smithy_mocks::mock;
use centops_api::{StatusCode, clock};
use centops_domain::notifications::{EndedBy, State};
use centops_store::notifications::StoredSubscription;
use centops_table::audit_context;
use jiff::SignedDuration;
use serde_json::json;

use super::support::{Request, active, change, confirmations, pending, says_confirmed, table, waking};
use crate::{
    get_subscription::GetSubscription, list_subscriptions::ListSubscriptions, update_subscription::UpdateSubscription,
};

const UNKNOWN: &str = "00000000000000000000000000000000";

#[tokio::test]
async fn owners_see_and_change_their_own_and_foreign_ids_answer_like_unknown_ones() {
    let table = table().await;
    let own = active(&table).await.id.to_string();
    let operations = pending(&table, None, "mail", "centre@example.ee").await.id.to_string();
    let confirmations = confirmations(&table, &[]);
    let (ok, forbidden, missing) = (StatusCode::OK, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND);
    for (role, institutions, id, get, patch) in [
        ("admin", "", &own, ok, ok),
        ("operator", "", &own, ok, ok),
        ("viewer", "", &own, ok, forbidden),
        ("owner", "tax-board", &own, ok, ok),
        ("owner", "police tax-board", &own, ok, ok),
        ("owner", "police", &own, forbidden, forbidden),
        ("owner", "", &own, forbidden, forbidden),
        // A viewer of all is owner of one.
        ("viewer owner", "police", &own, ok, forbidden),
        ("admin", "", &operations, ok, ok),
        ("operator", "", &operations, ok, forbidden),
        ("viewer", "", &operations, ok, forbidden),
        ("owner", "tax-board", &operations, forbidden, forbidden),
        ("admin", "", &UNKNOWN.to_owned(), missing, missing),
        ("owner", "tax-board", &UNKNOWN.to_owned(), forbidden, forbidden),
    ] {
        let request = |operation| Request::of(operation).by(role, institutions).path("subscription", &id);
        let got = request("get-subscription").send::<GetSubscription>(&confirmations, &table).await;
        assert_eq!(got.status, get, "GET by {role} of {institutions}: {:?}", got.body);
        let change = request("update-subscription").body(&json!({"settings": {"language": "en"}}));
        let got = change.send::<UpdateSubscription>(&waking(&table), &table).await;
        assert_eq!(got.status, patch, "PATCH by {role} of {institutions}: {:?}", got.body);
    }
    let foreign = |id| Request::of("get-subscription").by("owner", "police").path("subscription", &id);
    let [foreign, unknown] = [foreign(own.as_str()), foreign(UNKNOWN)];
    let foreign = foreign.send::<GetSubscription>(&confirmations, &table).await.body;
    let unknown = unknown.send::<GetSubscription>(&confirmations, &table).await.body;
    assert_eq!(foreign["detail"], unknown["detail"]);
    let malformed = Request::of("get-subscription").path("subscription", &"1");
    let malformed = malformed.send::<GetSubscription>(&confirmations, &table).await;
    assert_eq!(
        (malformed.status, &malformed.body["errors"][0]["pointer"]),
        (StatusCode::BAD_REQUEST, &json!("#path/subscription"))
    );
}

#[tokio::test]
async fn known_version_is_not_sent_again_unless_the_time_for_the_confirmation_is_over() {
    let table = table().await;
    let subscription = pending(&table, Some("tax-board"), "slack", "https://hooks.slack.com/services/x/secret").await;
    let confirmations = confirmations(&table, &[]);
    let get = Request::of("get-subscription").path("subscription", &subscription.id);
    let first = get.send::<GetSubscription>(&confirmations, &table).await;
    assert_eq!(
        (&first.body["address"], &first.body["state"]["name"]),
        (&json!("https://hooks.slack.com/***"), &json!("pending"))
    );
    let known = get.clone().header("if-none-match", first.header("etag"));
    assert_eq!(known.send::<GetSubscription>(&confirmations, &table).await.status, StatusCode::NOT_MODIFIED);
    change(&table, subscription.id, |old| {
        let since = clock::now() - SignedDuration::from_hours(49);
        centops_domain::notifications::Subscription { state: State::Pending { since }, ..old.clone() }
    })
    .await;
    let late = get.send::<GetSubscription>(&confirmations, &table).await;
    assert_eq!(late.body["state"]["by"], "unconfirmed");
    let known = get.header("if-none-match", late.header("etag"));
    assert_eq!(known.send::<GetSubscription>(&confirmations, &table).await.status, StatusCode::OK);
}

#[tokio::test]
async fn confirmation_that_sns_has_received_is_noted_when_the_subscription_is_read() {
    let table = table().await;
    let subscription = pending(&table, Some("tax-board"), "email", "owner@example.ee").await;
    let audit = audit_context(&table.audit, clock::now());
    let subscribed = |old: &StoredSubscription| {
        Ok(StoredSubscription { topic: Some("topic".to_owned()), arn: Some("arn".to_owned()), ..old.clone() })
    };
    table.store.change_subscriber(&audit, subscription.id, None, subscribed).await.expect("changed");
    let get = Request::of("get-subscription").path("subscription", &subscription.id);
    let broken = mock!(Client::get_subscription_attributes)
        .then_error(|| GetSubscriptionAttributesError::unhandled("no answer"));
    for (rule, state) in [
        (broken, "pending"),
        (says_confirmed(false), "pending"),
        (says_confirmed(true), "active"),
        (says_confirmed(false), "active"),
    ] {
        let read = get.send::<GetSubscription>(&confirmations(&table, &[&rule]), &table).await;
        assert_eq!((read.status, &read.body["state"]["name"]), (StatusCode::OK, &json!(state)));
    }
    let stored = table.store.subscriber(subscription.id).await.expect("stored").value;
    assert!(matches!(stored.subscription.state, State::Active { .. }));
}

#[tokio::test]
async fn list_has_one_institution_or_all_own_ones_in_pages_of_any_size() {
    let table = table().await;
    let mut expected = vec![];
    for (institution, count) in [("police", 2), ("rescue", 0), ("tax-board", 3)] {
        let mut ids = vec![];
        for number in 0..count {
            let address = format!("owner-{number}@example.ee");
            ids.push(pending(&table, Some(institution), "mail", &address).await.id.to_string());
        }
        ids.sort();
        expected.extend(ids);
    }
    let operations = pending(&table, None, "mail", "owner-0@example.ee").await.id.to_string();
    let list = async |role: &str, institutions: &str, institution: Option<&str>, limit: &str| {
        let (mut ids, mut cursor) = (vec![], None::<String>);
        loop {
            let mut query = vec![("limit", limit)];
            query.extend(institution.map(|institution| ("institution", institution)));
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let request = Request::of("list-subscriptions").by(role, institutions).query(&query);
            let page = request.send::<ListSubscriptions>(&table.store, &table).await;
            assert_eq!(page.status, StatusCode::OK, "{:?}", page.body);
            let items = page.body["subscriptions"].as_array().expect("a list");
            assert!(items.len() <= limit.parse().expect("a number"));
            ids.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
            cursor = page.body["next"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return ids;
            }
        }
    };
    for limit in ["1", "2", "3", "4", "5", "100"] {
        assert_eq!(list("owner", "police rescue tax-board", None, limit).await, expected, "{limit}");
        assert_eq!(list("owner", "tax-board rescue", None, limit).await, expected[2..], "{limit}");
        assert_eq!(list("viewer", "", Some("police"), limit).await, expected[..2], "{limit}");
    }
    assert_eq!(list("operator", "", None, "9").await, [operations], "of the operations centre");
    assert!(list("owner", "rescue", Some("police"), "9").await.is_empty(), "another's");
    assert!(list("owner", "", None, "9").await.is_empty());
    let bad = Request::of("list-subscriptions").query(&[("cursor", "MTpwb2xpY2U")]);
    assert_eq!(bad.send::<ListSubscriptions>(&table.store, &table).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn list_shows_those_that_have_ended_and_no_secrets() {
    let table = table().await;
    let subscription = pending(&table, Some("tax-board"), "webhook", "https://hooks.example.ee/?token=hidden").await;
    change(&table, subscription.id, |old| old.ended(EndedBy::Owner, clock::now())).await;
    let request = Request::of("list-subscriptions").query(&[("institution", "tax-board")]);
    let page = request.send::<ListSubscriptions>(&table.store, &table).await.body;
    assert_eq!(page["subscriptions"][0]["state"]["by"], "owner");
    assert!(!page.to_string().contains("hidden"));
}
