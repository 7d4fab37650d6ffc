//! Sweeps that are interrupted and resumed, with SNS mocked and a real table.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use aws_sdk_sns::{
    Client,
    operation::unsubscribe::{UnsubscribeError, UnsubscribeOutput},
    types::error::InternalErrorException,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_domain::{
    chatbots::Name,
    credentials::{Certificate, CertificateId, IssuedCertificate, Profile, Serial},
    institutions::{Institution, NewInstitution},
    peers::NewDmr,
};
use centops_store::{audit::AuditContext, credentials::Revoked, routes::RouteSubscription};
use centops_sweep::{SweepError, Sweeper};
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};

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
    mock!(Client::unsubscribe)
        .match_requests(|request| request.subscription_arn() == Some("arn:of:one"))
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
    let (store, dmr) = (&table.store, name("tallinn"));
    let new: NewInstitution = serde_json::from_str(r#"{"name": "Infosüsteemi amet"}"#).expect("a good institution");
    store.create_institution(&context(&table, 0), Institution::new(name("ria"), new)).await.expect("created");
    let uri = "https://dmr.example.ee/".parse().expect("a good uri");
    let new = NewDmr { name: dmr.clone(), uri, institution: name("ria") };
    store.create_peer(&context(&table, 0), new.register(at(0))).await.expect("registered");
    let mut ids = Vec::new();
    for number in 0..certificates {
        let issued = IssuedCertificate {
            serial: Serial::new([number; 16]),
            profile: Profile::Dmr,
            name: dmr.clone(),
            not_before: at(0),
            not_after: at(0) + SignedDuration::from_hours(24),
            pem: String::new(),
            rsa_public_key: None,
        };
        let certificate = Certificate::new(&issued, at(0), at(0));
        store.put_certificate(&context(&table, 0), &certificate).await.expect("stored");
        ids.push(CertificateId::from(&certificate));
    }
    let subscription = RouteSubscription { arn: "arn:of:one".to_owned(), queue: "one".to_owned(), enrolled_at: at(0) };
    store.put_route_subscription(&context(&table, 0), &dmr, &subscription, None).await.expect("stored");
    (table, ids)
}

async fn is_subscribed(table: &Table) -> bool {
    let owner = table.store.route_queue_owner("one").await.expect("an answer");
    let stored = table.store.route_subscription(&name("tallinn")).await.expect("an answer");
    assert_eq!(owner.is_some(), stored.is_some(), "both or none");
    stored.is_some()
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
    let scan = table.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
    let record = |item: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>| {
        item.get("record").and_then(|text| text.as_s().ok().cloned()).unwrap_or_default()
    };
    let resumed: Vec<_> = scan.items().iter().map(record).filter(|text| text.contains("scheduled-0")).collect();
    assert_eq!(resumed.len(), 1, "the end of the subscription: {resumed:?}");
    assert!(resumed.iter().all(|text| text.contains("EE60001019906")), "it names who removed the DMR");
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
