//! Institutions and their participants.

use std::collections::BTreeSet;

use centops_domain::chatbots::ChatbotChange;
use centops_store::{StoreError, institutions::InstitutionError, peers::PeerError};

use crate::support::{Table, after, chatbot_of, create_institution, institution, name, peer};

async fn delete(table: &Table, id: &str) -> Result<(), InstitutionError> {
    table.store.delete_institution(&table.audit_context(after(9)), &name(id), None).await
}

#[tokio::test]
async fn institution_ids_and_names_are_unique() {
    let table = Table::new().await;
    create_institution(&table, institution("tax", "Maksuamet")).await.expect("created");
    let again = create_institution(&table, institution("tax", "Another")).await;
    assert!(matches!(again, Err(InstitutionError::IdTaken)));
    let same = create_institution(&table, institution("customs", "Maksuamet")).await;
    assert!(matches!(same, Err(InstitutionError::NameTaken)));
    create_institution(&table, institution("customs", "Tolliamet")).await.expect("created");
    let renamed = institution("customs", "Maksuamet");
    let taken = table.store.update_institution(&table.audit_context(after(1)), renamed, None).await;
    assert!(matches!(taken, Err(InstitutionError::NameTaken)));
    // A name that a rename or a removal frees can be used again.
    let freed = institution("tax", "Maksu- ja Tolliamet");
    let changed =
        table.store.update_institution(&table.audit_context(after(2)), freed.clone(), None).await.expect("renamed");
    let stale =
        table.store.update_institution(&table.audit_context(after(3)), freed.clone(), Some(changed.version - 1)).await;
    assert!(matches!(stale, Err(InstitutionError::Store(StoreError::Changed))));
    table
        .store
        .update_institution(&table.audit_context(after(4)), institution("customs", "Maksuamet"), None)
        .await
        .expect("the name is free");
    assert_eq!(table.store.institutions().await.expect("a list"), [institution("customs", "Maksuamet"), freed]);
    delete(&table, "customs").await.expect("removed");
    create_institution(&table, institution("revenue", "Maksuamet")).await.expect("the name is free");
    assert!(matches!(delete(&table, "customs").await, Err(InstitutionError::Store(StoreError::NotFound))));
}

#[tokio::test]
async fn names_that_people_cannot_tell_apart_are_one() {
    let table = Table::new().await;
    create_institution(&table, institution("north", "Põhja Regionaalhaigla")).await.expect("created");
    for alike in ["Po\u{303}hja Regionaalhaigla", "PÕHJA REGIONAALHAIGLA", "Põhja\u{200b} Regionaalhaigla"] {
        let other = create_institution(&table, institution("other", alike)).await;
        assert!(matches!(other, Err(InstitutionError::NameTaken)), "{alike:?}");
    }
    create_institution(&table, institution("other", "Lõuna Regionaalhaigla")).await.expect("created");
    let renamed = institution("other", "põhja regionaalhaigla");
    let taken = table.store.update_institution(&table.audit_context(after(1)), renamed, None).await;
    assert!(matches!(taken, Err(InstitutionError::NameTaken)));
    // Its own name in another spelling.
    let respelled = institution("north", "põhja Regionaalhaigla");
    let respelled = table.store.update_institution(&table.audit_context(after(2)), respelled, None).await;
    assert_eq!(respelled.expect("the same name").value.name.as_str(), "põhja Regionaalhaigla");
    delete(&table, "north").await.expect("removed");
    create_institution(&table, institution("north-2", "Põhja Regionaalhaigla")).await.expect("the name is free");
}

#[tokio::test]
async fn institution_with_participants_is_not_removed() {
    let table = Table::new().await;
    create_institution(&table, institution("tax", "Maksuamet")).await.expect("created");
    create_institution(&table, institution("police", "Politseiamet")).await.expect("created");
    let context = || table.audit_context(after(1));
    table.store.create_chatbot(&context(), chatbot_of("bot", "tax")).await.expect("enrolled");
    assert!(matches!(delete(&table, "tax").await, Err(InstitutionError::HasParticipants)));
    let moved = ChatbotChange { institution: Some(name("police")), ..ChatbotChange::default() };
    table.store.update_chatbot(&context(), &name("bot"), None, &moved).await.expect("moved");
    assert!(matches!(delete(&table, "police").await, Err(InstitutionError::HasParticipants)));
    delete(&table, "tax").await.expect("removed");
    table.store.delete_chatbot(&context(), &name("bot"), None, &table.policy).await.expect("removed");
    table.store.create_peer(&context(), peer("dmr", "police")).await.expect("registered");
    assert!(matches!(delete(&table, "police").await, Err(InstitutionError::HasParticipants)));
    table.store.delete_peer(&context(), &name("dmr"), None).await.expect("removed");
    delete(&table, "police").await.expect("removed");
}

/// A participant that joins writes a new version of the institution, so a removal that counted participants before
/// fails.
#[tokio::test]
async fn joining_participant_changes_institution_version() {
    let table = Table::new().await;
    let first = create_institution(&table, institution("tax", "Maksuamet")).await.expect("created");
    create_institution(&table, institution("police", "Politseiamet")).await.expect("created");
    let version = async || table.store.institution(&name("tax")).await.expect("there").version;
    let mut versions = BTreeSet::from([first]);
    table.store.create_chatbot(&table.audit_context(after(1)), chatbot_of("bot", "tax")).await.expect("enrolled");
    versions.insert(version().await);
    table.store.create_chatbot(&table.audit_context(after(1)), chatbot_of("other", "police")).await.expect("enrolled");
    let moved = ChatbotChange { institution: Some(name("tax")), ..ChatbotChange::default() };
    table.store.update_chatbot(&table.audit_context(after(1)), &name("other"), None, &moved).await.expect("moved");
    versions.insert(version().await);
    table.store.create_peer(&table.audit_context(after(1)), peer("dmr", "tax")).await.expect("registered");
    versions.insert(version().await);
    assert_eq!(versions.len(), 4, "{versions:?}");
}

/// An enrolled participant keeps its institution, in either order of the enrolment and the removal.
#[tokio::test]
async fn concurrent_removal_leaves_no_participant_without_institution() {
    for round in 0..8 {
        let table = Table::new().await;
        create_institution(&table, institution("tax", "Maksuamet")).await.expect("created");
        let peers = async || {
            let name = format!("dmr-{round}");
            table.store.create_peer(&table.audit_context(after(1)), peer(&name, "tax")).await
        };
        let (joined, removed) = tokio::join!(peers(), delete(&table, "tax"));
        match (joined, removed) {
            (Ok(_), Err(InstitutionError::HasParticipants)) | (Err(PeerError::NoInstitution), Ok(())) => {}
            other => unreachable!("{other:?}"),
        }
    }
}
