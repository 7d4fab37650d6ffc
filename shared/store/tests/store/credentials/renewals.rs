//! Renewals of certificates by their holders.

use centops_domain::credentials::{Certificate, Profile, Serial, TooEarly};
use centops_store::{
    StoreError,
    credentials::{Renewable, RenewalError},
};
use jiff::Timestamp;

use crate::support::{Table, after, certify, name, start};

const DAY: i64 = 86_400;

fn successor(renewable: &Renewable, number: u8, at: Timestamp) -> Certificate {
    let Renewable { newest, days } = renewable;
    let not_after = at + jiff::SignedDuration::from_hours(24 * i64::from(days.get()));
    Certificate { serial: Serial::new([number; 16]), not_before: at, not_after, issued_at: at, ..newest.value.clone() }
}

#[tokio::test]
async fn holder_renews_after_a_third_of_the_life_and_one_of_concurrent_renewals_wins() {
    let table = Table::new().await;
    let (profile, tax) = (Profile::Chatbot, name("tax"));
    certify(&table, profile, "tax", 1, start()).await;
    let at = |days: i64| after(days * DAY);
    let early = table.store.renewable(profile, &tax, at(29)).await;
    assert!(matches!(early, Err(RenewalError::TooEarly(TooEarly(from))) if from == at(30)), "{early:?}");
    let renewable = table.store.renewable(profile, &tax, at(30)).await.expect("renewable");
    assert_eq!(renewable.days.get(), 90);
    let put = async |number| {
        let successor = successor(&renewable, number, at(30));
        table.store.put_renewal(&table.audit_context(at(30)), &renewable.newest, &successor).await
    };
    put(2).await.expect("renewed");
    assert!(matches!(put(3).await, Err(StoreError::Changed)), "the same certificate is not renewed twice");
    let again = table.store.renewable(profile, &tax, at(31)).await;
    assert!(matches!(again, Err(RenewalError::TooEarly(TooEarly(from))) if from == at(60)), "{again:?}");
    for number in [1, 2] {
        let id = centops_domain::credentials::CertificateId {
            profile,
            name: tax.clone(),
            serial: Serial::new([number; 16]),
        };
        let certificate = table.store.certificate(&id).await.expect("stored").value;
        assert_eq!(certificate.check_validity(at(89)), Ok(()), "the renewed one stays valid");
    }
}

#[tokio::test]
async fn returns_not_found_for_a_holder_who_was_removed_or_has_no_valid_certificate() {
    let table = Table::new().await;
    let (profile, tax) = (Profile::Chatbot, name("tax"));
    certify(&table, profile, "tax", 1, start()).await;
    let renewable = table.store.renewable(profile, &tax, after(40 * DAY)).await.expect("renewable");
    let ended = table.store.renewable(profile, &tax, after(91 * DAY)).await;
    assert!(matches!(ended, Err(RenewalError::Store(StoreError::NotFound))), "{ended:?}");
    table.store.delete_chatbot(&table.audit_context(after(1)), &tax, None, &table.policy).await.expect("removed");
    let late = successor(&renewable, 2, after(40 * DAY));
    let late = table.store.put_renewal(&table.audit_context(after(2)), &renewable.newest, &late).await;
    assert!(late.is_err(), "{late:?}");
    let removed = table.store.renewable(profile, &tax, after(40 * DAY)).await;
    assert!(matches!(removed, Err(RenewalError::Store(StoreError::NotFound))), "{removed:?}");
}
