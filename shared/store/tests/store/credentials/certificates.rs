//! Certificates: validity, revocation and lists.

use std::collections::BTreeSet;

use centops_domain::{
    audit::Outcome,
    credentials::{Certificate, CertificateId, NotValid, Profile, Serial},
    peers::{Peer, PeerKind},
};
use centops_store::{StoreError, credentials::CredentialFilter};

use crate::support::{Table, after, certify, chatbot, create_institution, institution, name, peer, start};

fn id(profile: Profile, holder: &str, number: u8) -> CertificateId {
    CertificateId { profile, name: name(holder), serial: Serial::new([number; 16]) }
}

async fn issue(table: &Table, profile: Profile, holder: &str, number: u8) -> Certificate {
    certify(table, profile, holder, number, start()).await
}

async fn holds(table: &Table, id: &CertificateId) -> Result<(), NotValid> {
    table.store.certificate(id).await.expect("there").value.check_validity(after(10))
}

async fn list(table: &Table, profile: Option<Profile>, holder: Option<&str>, limit: i32) -> Vec<CertificateId> {
    let filter = CredentialFilter { profile, name: holder.map(name) };
    let (mut found, mut place) = (Vec::new(), None);
    loop {
        let page = table.store.certificates(&filter, place.as_ref(), limit).await.expect("a page");
        assert!(page.items.len() <= usize::try_from(limit).expect("a number"));
        let is_filtered = profile.is_none() && holder.is_some();
        assert!(is_filtered || !page.items.is_empty() || found.is_empty(), "no empty page after the last");
        found.extend(page.items.iter().map(CertificateId::from));
        place = page.next;
        let Some(next) = &place else { return found };
        assert!(filter.includes(next));
    }
}

#[tokio::test]
async fn certificate_is_found_only_by_profile_name_and_serial() {
    let table = Table::new().await;
    let certificate = issue(&table, Profile::Chatbot, "tax", 7).await;
    let found = table.store.certificate(&id(Profile::Chatbot, "tax", 7)).await.expect("there");
    assert_eq!(found.value, certificate);
    for other in [id(Profile::Dmr, "tax", 7), id(Profile::Chatbot, "tax-2", 7), id(Profile::Chatbot, "tax", 8)] {
        assert!(matches!(table.store.certificate(&other).await, Err(StoreError::NotFound)), "{other}");
    }
    let again = table.store.put_certificate(&table.audit_context(after(1)), &certificate).await;
    assert!(matches!(again, Err(StoreError::Exists)), "a number is used once");
}

#[tokio::test]
async fn revoking_again_keeps_first_reason() {
    let table = Table::new().await;
    issue(&table, Profile::Dmr, "tartu", 1).await;
    let one = id(Profile::Dmr, "tartu", 1);
    assert_eq!(holds(&table, &one).await, Ok(()));
    let revoked = table
        .store
        .revoke_certificate(&table.audit_context(after(5)), &one, "lost")
        .await
        .expect("revoked")
        .certificate;
    assert_eq!((revoked.revoked_at, revoked.revocation_reason.as_deref()), (Some(after(5)), Some("lost")));
    let again = table
        .store
        .revoke_certificate(&table.audit_context(after(6)), &one, "again")
        .await
        .expect("revoked")
        .certificate;
    assert_eq!(again, revoked);
    assert_eq!(table.store.certificate(&one).await.expect("there").value, revoked);
    assert_eq!(holds(&table, &one).await, Err(NotValid::Revoked));
    let trail = table.trail().await;
    let changes = trail.iter().filter(|record| record.at >= after(5)).count();
    assert_eq!(changes, 1, "what changes nothing leaves no record");
    let none =
        table.store.revoke_certificate(&table.audit_context(after(7)), &id(Profile::Dmr, "tartu", 2), "lost").await;
    assert!(matches!(none, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn list_matches_filter_for_any_page_size() {
    let table = Table::new().await;
    for (profile, holder, numbers) in [
        (Profile::Chatbot, "tax", 1..=3),
        (Profile::Chatbot, "tax-board", 4..=4),
        (Profile::Dmr, "tax-dmr", 5..=6),
        (Profile::Dmr, "tartu", 7..=7),
    ] {
        for number in numbers {
            issue(&table, profile, holder, number).await;
        }
    }
    let numbers = async |profile, holder| {
        let mut seen = BTreeSet::new();
        for limit in [1, 2, 100] {
            let found = list(&table, profile, holder, limit).await;
            seen.insert(found.iter().map(|id| id.serial.bytes()[0]).collect::<Vec<_>>());
        }
        assert_eq!(seen.len(), 1, "the same by pages of any size: {seen:?}");
        seen.pop_first().expect("one")
    };
    assert_eq!(numbers(None, None).await, [1, 2, 3, 4, 7, 5, 6]);
    assert_eq!(numbers(Some(Profile::Chatbot), None).await, [1, 2, 3, 4]);
    assert_eq!(numbers(Some(Profile::Chatbot), Some("tax")).await, [1, 2, 3]);
    assert_eq!(numbers(Some(Profile::Dmr), Some("tax-dmr")).await, [5, 6]);
    assert_eq!(numbers(None, Some("tax")).await, [1, 2, 3]);
    assert!(numbers(Some(Profile::Dmr), Some("nobody")).await.is_empty());
}

#[tokio::test]
async fn new_chatbot_of_same_name_inherits_no_certificate() {
    let table = Table::new().await;
    let tax = name("tax");
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    // More than fit into one transaction and into one page.
    for number in 0..120 {
        issue(&table, Profile::Chatbot, "tax", number).await;
    }
    for (profile, holder) in [(Profile::Dmr, "tax-dmr"), (Profile::Chatbot, "tax-board")] {
        issue(&table, profile, holder, 200).await;
    }
    let wrong = table.store.delete_chatbot(&table.audit_context(after(1)), &tax, Some(1), &table.policy).await;
    assert!(matches!(wrong, Err(StoreError::Changed)));
    assert_eq!(holds(&table, &id(Profile::Chatbot, "tax", 0)).await, Ok(()), "nothing is removed, nothing revoked");
    let lost = id(Profile::Chatbot, "tax", 5);
    table.store.revoke_certificate(&table.audit_context(after(2)), &lost, "lost").await.expect("revoked");

    table.store.delete_chatbot(&table.audit_context(after(3)), &tax, None, &table.policy).await.expect("removed");
    table.store.create_chatbot(&table.audit_context(after(4)), chatbot("tax", after(4))).await.expect("created again");
    for number in 0..120 {
        let old = id(Profile::Chatbot, "tax", number);
        assert_eq!(holds(&table, &old).await, Err(NotValid::Revoked), "{number}");
    }
    let kept = table.store.certificate(&lost).await.expect("there").value.revocation_reason;
    assert_eq!(kept.as_deref(), Some("lost"));
    for other in [id(Profile::Dmr, "tax-dmr", 200), id(Profile::Chatbot, "tax-board", 200)] {
        assert_eq!(holds(&table, &other).await, Ok(()), "{other}: another's");
    }
    let done = table.trail().await.into_iter().filter(|record| record.at == after(3));
    let done: Vec<_> = done.map(|record| (record.outcome, record.subject.chatbot)).collect();
    assert_eq!(done, vec![(Outcome::Done, Some(tax)); 4], "the removal, and three writes that revoke");
}

#[tokio::test]
async fn returns_not_found_for_a_holder_who_is_not_enrolled() {
    let table = Table::new().await;
    let certificate = issue(&table, Profile::Chatbot, "tax", 1).await;
    let put = async |certificate: Certificate, second| {
        table.store.put_certificate(&table.audit_context(after(second)), &certificate).await
    };
    let again = |number| Certificate { serial: Serial::new([number; 16]), ..certificate.clone() };
    for (profile, holder) in [(Profile::Chatbot, "nobody"), (Profile::Dmr, "nobody"), (Profile::Dmr, "tax")] {
        let refused = put(Certificate { profile, name: name(holder), ..again(2) }, 1).await;
        assert!(matches!(refused, Err(StoreError::NotFound)), "{profile} {holder}");
        assert!(matches!(table.store.enrolment(profile, &name(holder)).await, Err(StoreError::NotFound)));
    }
    // The chatbot is removed and enrolled again while its certificate is being signed.
    table.store.delete_chatbot(&table.audit_context(after(2)), &name("tax"), None, &table.policy).await.expect("gone");
    table.store.create_chatbot(&table.audit_context(after(3)), chatbot("tax", after(3))).await.expect("enrolled again");
    assert!(matches!(put(again(3), 4).await, Err(StoreError::NotFound)));
    put(Certificate { enrolled_at: after(3), ..again(3) }, 5).await.expect("the later enrolment");
}

#[tokio::test]
async fn classifier_gets_no_certificate() {
    let table = Table::new().await;
    create_institution(&table, institution("ria", "Infosüsteemi amet")).await.expect("created");
    let classifier = Peer { kind: PeerKind::Classifier, ..peer("topics", "ria") };
    table.store.create_peer(&table.audit_context(start()), classifier).await.expect("registered");
    let enrolment = table.store.enrolment(Profile::Dmr, &name("topics")).await;
    assert!(matches!(enrolment, Err(StoreError::NotFound)));
}
