//! Sweeps: what remains after a removal ends all the same.

use centops_domain::credentials::{CertificateId, NotValid, Profile};
use centops_store::{
    Store, StoreError,
    chatbots::Removal,
    credentials::{Enrolment, Sweep},
};

use crate::support::{Fault, Table, after, certify, chatbot, ensure_holder, faulty, name, register_dmr, start};

async fn remove(table: &Table, store: &Store, second: i64) -> Result<Removal, StoreError> {
    store.delete_chatbot(&table.audit_context(after(second)), &name("tax"), None, &table.policy).await
}

async fn is_revoked(table: &Table, id: &CertificateId) -> bool {
    let certificate = table.store.certificate(id).await.expect("stored").value;
    certificate.check_validity(after(60)) == Err(NotValid::Revoked)
}

#[tokio::test]
async fn failed_removal_revokes_nothing() {
    let table = Table::new().await;
    let id = CertificateId::from(&certify(&table, Profile::Chatbot, "tax", 1, start()).await);
    let failed = remove(&table, &faulty(&table, Fault::Removals), 1).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    table.store.chatbot(&name("tax")).await.expect("still enrolled");
    assert!(!is_revoked(&table, &id).await);
    assert_eq!(table.store.sweeps().await.expect("read"), []);
}

#[tokio::test]
async fn interrupted_sweep_is_resumed_by_a_repetition_of_the_removal() {
    let table = Table::new().await;
    let id = CertificateId::from(&certify(&table, Profile::Chatbot, "tax", 1, start()).await);
    let removal = remove(&table, &faulty(&table, Fault::Queries), 1).await.expect("removed, and the sweep failed");
    assert_eq!(removal, Removal::Removed);
    assert!(!is_revoked(&table, &id).await);
    let (certificate, enrolment) = table.store.presented_certificate(&id).await.expect("read");
    assert!(certificate.is_some() && enrolment.is_none(), "nobody is enrolled: it is refused");
    let [sweep] = &table.store.sweeps().await.expect("read")[..] else { unreachable!("one sweep") };
    assert_eq!((sweep.profile, &sweep.name, sweep.enrolled_at), (Profile::Chatbot, &name("tax"), start()));

    assert_eq!(remove(&table, &table.store, 2).await.expect("the repetition sweeps"), Removal::Resumed);
    assert!(is_revoked(&table, &id).await);
    assert_eq!(table.store.sweeps().await.expect("read"), []);
    assert!(matches!(remove(&table, &table.store, 3).await, Err(StoreError::NotFound)), "nothing is left");
}

#[tokio::test]
async fn resumed_sweep_spares_a_later_enrolment() {
    let table = Table::new().await;
    let old = CertificateId::from(&certify(&table, Profile::Chatbot, "tax", 1, start()).await);
    remove(&table, &faulty(&table, Fault::Queries), 1).await.expect("removed");
    table.store.create_chatbot(&table.audit_context(after(2)), chatbot("tax", after(2))).await.expect("enrolled again");
    let new = CertificateId::from(&certify(&table, Profile::Chatbot, "tax", 2, after(3)).await);
    let (certificate, enrolment) = table.store.presented_certificate(&old).await.expect("read");
    assert_eq!(enrolment, Some(Enrolment { at: after(2), is_disabled: false }));
    assert_ne!(certificate.expect("stored").enrolled_at, after(2), "a former holder's opens no door");

    let sweeps: Vec<Sweep> = table.store.sweeps().await.expect("read");
    for sweep in &sweeps {
        table.store.sweep_chatbot(&table.audit_context(after(4)), sweep).await.expect("swept");
        table.store.sweep_chatbot(&table.audit_context(after(5)), sweep).await.expect("a repetition changes nothing");
    }
    assert!(is_revoked(&table, &old).await && !is_revoked(&table, &new).await);
}

#[tokio::test]
async fn removal_of_a_dmr_stores_a_sweep_and_disabling_it_ends_nothing() {
    let table = Table::new().await;
    let id = CertificateId::from(&certify(&table, Profile::Dmr, "tallinn", 1, start()).await);
    let disable = |peer| centops_domain::peers::Peer { active: false, ..peer };
    let context = table.audit_context(after(1));
    table.store.update_peer(&context, &name("tallinn"), None, disable).await.expect("disabled");
    let (certificate, enrolment) = table.store.presented_certificate(&id).await.expect("read");
    assert_eq!(enrolment, Some(Enrolment { at: start(), is_disabled: true }));
    assert_eq!(certificate.expect("stored").revoked_at, None);

    let context = table.audit_context(after(2));
    let sweep = table.store.delete_peer(&context, &name("tallinn"), None).await.expect("removed").expect("a sweep");
    assert_eq!(
        table.store.sweeps_of(Profile::Dmr, &name("tallinn")).await.expect("read"),
        std::slice::from_ref(&sweep)
    );
    assert_eq!(table.store.presented_certificate(&id).await.expect("read").1, None);
    register_dmr(&table, "tallinn", after(3)).await;
    table.store.sweep_credentials(&table.audit_context(after(4)), &sweep).await.expect("swept");
    table.store.finish_sweep(&sweep).await.expect("finished");
    assert!(is_revoked(&table, &id).await);
    ensure_holder(&table, Profile::Dmr, "tallinn").await;
    assert_eq!(table.store.sweeps().await.expect("read"), []);
}
