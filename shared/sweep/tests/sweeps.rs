//! Sweeps that are interrupted and resumed, with SNS mocked and a real table.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sns::{
    Client,
    operation::unsubscribe::{UnsubscribeError, UnsubscribeOutput},
    types::error::InternalErrorException,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_domain::{
    chatbots::Name,
    credentials::{
        ApiKey, ApiKeySecret, Certificate, CertificateId, IssuedCertificate, KeyId, NewApiKey, Profile, Serial,
    },
    institutions::{Institution, NewInstitution},
    peers::NewDmr,
};
use centops_store::{audit::AuditContext, credentials::Revoked, routes::RouteSubscription};
use centops_sweep::{SweepError, Sweeper};
use centops_table::Table;
use jiff::Timestamp;

const HOUR: i64 = 3600;

fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

fn context(table: &Table, second: i64) -> AuditContext<'_> {
    centops_table::audit_context(&table.audit, at(second))
}

fn ends() -> Rule {
    ends_of("arn:of:one")
}

fn ends_of(arn: &'static str) -> Rule {
    mock!(Client::unsubscribe)
        .match_requests(move |request| request.subscription_arn() == Some(arn))
        .then_output(|| UnsubscribeOutput::builder().build())
}

fn fails() -> Rule {
    mock!(Client::unsubscribe)
        .then_error(|| UnsubscribeError::InternalErrorException(InternalErrorException::builder().build()))
}

fn sweeper(table: &Table, rules: &[&Rule]) -> Sweeper {
    let client: Client = mock_client!(aws_sdk_sns, RuleMode::Sequential, rules);
    Sweeper { store: table.store.clone(), client }
}

/// Returns a table with a DMR that has a subscribed queue and `certificates` certificates.
async fn subscribed(certificates: u8) -> (Table, Vec<CertificateId>) {
    let table = Table::start().await.expect("a table");
    let new: NewInstitution = serde_json::from_str(r#"{"name": "Infosüsteemi amet"}"#).expect("a good institution");
    table.store.create_institution(&context(&table, 0), Institution::new(name("ria"), new)).await.expect("created");
    register(&table, "tallinn").await;
    let mut ids = Vec::new();
    for number in 0..certificates {
        ids.push(certify(&table, "tallinn", number, 24).await);
    }
    subscribe(&table, "tallinn", "one").await;
    (table, ids)
}

async fn register(table: &Table, dmr: &str) {
    let uri = "https://dmr.example.ee/".parse().expect("a good uri");
    let new = NewDmr { name: name(dmr), uri, institution: name("ria") };
    table.store.create_peer(&context(table, 0), new.register(at(0))).await.expect("registered");
}

/// Issues the certificate `number` to the DMR, valid for some hours.
async fn certify(table: &Table, dmr: &str, number: u8, hours: i64) -> CertificateId {
    let issued = IssuedCertificate {
        serial: Serial::new([number; 16]),
        profile: Profile::Dmr,
        name: name(dmr),
        not_before: at(0),
        not_after: at(hours * HOUR),
        pem: String::new(),
        rsa_public_key: None,
    };
    let certificate = Certificate::new(&issued, at(0), at(0));
    table.store.put_certificate(&context(table, 0), &certificate).await.expect("stored");
    CertificateId::from(&certificate)
}

async fn subscribe(table: &Table, dmr: &str, queue: &str) {
    let (arn, queue) = (format!("arn:of:{queue}"), queue.to_owned());
    let subscription = RouteSubscription { arn, queue, enrolled_at: at(0) };
    table.store.put_route_subscription(&context(table, 0), &name(dmr), &subscription, None).await.expect("stored");
}

async fn is_subscribed(table: &Table) -> bool {
    let owner = table.store.route_queue_owner("one").await.expect("an answer");
    let stored = table.store.route_subscription(&name("tallinn")).await.expect("an answer");
    assert_eq!(owner.is_some(), stored.is_some(), "both or none");
    stored.is_some()
}

/// Returns the stored audit records that contain `text`, as JSON.
async fn records(table: &Table, text: &str) -> Vec<serde_json::Value> {
    let scan = table.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
    let record = |item: &HashMap<_, AttributeValue>| item.get("record").and_then(|text| text.as_s().ok().cloned());
    let found = scan.items().iter().filter_map(record).filter(|record| record.contains(text));
    found.map(|record| serde_json::from_str(&record).expect("JSON")).collect()
}

async fn revoke(table: &Table, id: &CertificateId, second: i64) -> Revoked {
    table.store.revoke_certificate(&context(table, second), id, "lost").await.expect("revoked")
}

#[tokio::test]
async fn removal_is_resumed_after_sns_failed() {
    let (table, ids) = subscribed(2).await;
    let [fails, ends] = [fails(), ends()];
    let sweeper = sweeper(&table, &[&fails, &ends]);
    let sweep = table.store.delete_peer(&context(&table, 1), &name("tallinn"), None).await.expect("removed");
    let failed = sweeper.run(&context(&table, 2), &sweep.expect("a sweep")).await;
    assert!(matches!(failed, Err(SweepError::Sns(_))), "{failed:?}");
    assert!(is_subscribed(&table).await);

    assert_eq!(sweeper.resume(&table.audit, "scheduled", at(3)).await.expect("resumed"), 1);
    assert!(!is_subscribed(&table).await, "unsubscribed, and the queue is free");
    for id in &ids {
        let revoked = table.store.certificate(id).await.expect("stored").value.revocation_reason;
        assert_eq!(revoked.as_deref(), Some("The DMR was removed."));
    }
    assert_eq!(table.store.sweeps().await.expect("read"), []);
    assert_eq!(sweeper.resume(&table.audit, "scheduled-again", at(4)).await.expect("nothing to do"), 0);
    let resumed = records(&table, "scheduled-0").await;
    assert_eq!(resumed.len(), 1, "the end of the subscription: {resumed:?}");
    assert_eq!(resumed[0]["by"]["name"], "EE60001019906", "it names who removed the DMR");
}

#[tokio::test]
async fn subscription_ends_with_the_last_valid_certificate_only() {
    let (table, ids) = subscribed(2).await;
    let ends = ends();
    let sweeper = sweeper(&table, &[&ends]);
    let [first, second] = &ids[..] else { unreachable!("two") };
    let sweep = revoke(&table, first, 1).await.sweep.expect("a sweep");
    sweeper.run(&context(&table, 2), &sweep).await.expect("carried out");
    assert!(is_subscribed(&table).await, "another certificate is valid");
    let sweep = revoke(&table, second, 3).await.sweep.expect("a sweep");
    // The request ends here; the scheduled function goes on.
    assert_eq!(table.store.sweeps().await.expect("read"), [sweep]);
    sweeper.resume(&table.audit, "scheduled", at(4)).await.expect("resumed");
    assert!(!is_subscribed(&table).await);
}

#[tokio::test]
async fn sweep_of_a_former_registration_spares_the_present_subscription() {
    let (table, _) = subscribed(0).await;
    let none: [&Rule; 0] = [];
    let sweeper = sweeper(&table, &none);
    let ended = sweeper.end_route_subscription(&context(&table, 1), &name("tallinn"), Some(at(-9))).await;
    assert!(!ended.expect("an answer"));
    assert!(is_subscribed(&table).await);
}

/// Ends the subscriptions without a valid certificate like the scheduled function `check-credentials`.
async fn check(sweeper: &Sweeper, table: &Table, second: i64) -> Result<usize, SweepError> {
    let id = format!("check-at-{second}");
    sweeper.end_uncertified_subscriptions(&table.audit, "check-credentials", &id, at(second)).await
}

#[tokio::test]
async fn subscription_ends_once_when_the_last_certificate_has_expired_whatever_api_keys_there_are() {
    let (table, _) = subscribed(1).await;
    certify(&table, "tallinn", 7, 48).await;
    let secret = ApiKeySecret::new(KeyId::new([1; 6]), [1; 32]);
    let key = NewApiKey { profile: Profile::Dmr, name: name("tallinn") };
    let key = ApiKey::issued(secret.id.clone(), key, at(0), at(0));
    table.store.put_api_key(&context(&table, 0), &key, &secret.hash()).await.expect("stored");
    let ends = ends();
    let sweeper = sweeper(&table, &[&ends]);
    for second in [0, 24 * HOUR + 1, 48 * HOUR] {
        assert_eq!(check(&sweeper, &table, second).await.expect("checked"), 0, "at {second} a certificate is valid");
        assert!(is_subscribed(&table).await);
    }
    let expired = 48 * HOUR + 1;
    assert_eq!(check(&sweeper, &table, expired).await.expect("checked"), 1);
    assert!(!is_subscribed(&table).await, "unsubscribed, and the queue is free");
    for second in [expired, expired + 300] {
        assert_eq!(check(&sweeper, &table, second).await.expect("checked"), 0, "nothing is left");
    }
    assert_eq!(ends.num_calls(), 1);
    let [record] = &records(&table, "check-credentials").await[..] else { unreachable!("one record") };
    assert_eq!(record["by"], serde_json::json!({"kind": "system", "name": "check-credentials"}));
    assert_eq!((&record["operation"], &record["before"]["queue"]), (&"check-credentials".into(), &"one".into()));
    assert_eq!(record.get("after"), None);
}

#[tokio::test]
async fn subscription_of_another_dmr_is_ended_although_one_fails_and_that_one_next_time() {
    let (table, _) = subscribed(1).await;
    for (number, dmr, queue, hours) in [(8, "tartu", "two", 24), (9, "valga", "three", 48)] {
        register(&table, dmr).await;
        certify(&table, dmr, number, hours).await;
        subscribe(&table, dmr, queue).await;
    }
    let [fails, two, one] = [fails(), ends_of("arn:of:two"), ends()];
    let sweeper = sweeper(&table, &[&fails, &two, &one]);
    let failed = check(&sweeper, &table, 25 * HOUR).await;
    assert!(matches!(failed, Err(SweepError::Sns(_))), "{failed:?}");
    let left = async || {
        let left = table.store.route_subscriptions().await.expect("a list");
        left.into_iter().map(|(dmr, subscription)| (dmr.to_string(), subscription.queue)).collect::<Vec<_>>()
    };
    let expected = [("tallinn", "one"), ("valga", "three")].map(|(dmr, queue)| (dmr.to_owned(), queue.to_owned()));
    assert_eq!(left().await, expected);
    assert_eq!(check(&sweeper, &table, 25 * HOUR + 300).await.expect("checked"), 1);
    assert_eq!(left().await, expected[1..]);
}
