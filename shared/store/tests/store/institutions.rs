//! Institutions, peers, and what older clients ask for.

use std::collections::BTreeSet;

use centops_domain::{
    chatbots::{Chatbot, ChatbotChange},
    credentials::{Certificate, CertificateId, IssuedCertificate, Profile, Serial},
    health::{Control, NewControl},
    institutions::{Institution, NewInstitution},
    legacy::{Peer, PeerKind},
};
use centops_store::{StoreError, institutions::InstitutionError, legacy::PeerError};
use jiff::{SignedDuration, Timestamp};

use crate::table::{Table, after, chatbot, name, start};

fn institution(id: &str, called: &str) -> Institution {
    let new: NewInstitution = serde_json::from_value(serde_json::json!({"name": called})).expect("a good one");
    Institution::new(name(id), new)
}

fn peer(called: &str, institution: &str) -> Peer {
    Peer {
        name: name(called),
        host: "https://dmr.example.ee/messages".parse().expect("a good uri"),
        kind: PeerKind::Dmr,
        institution: name(institution),
        active: true,
        created_at: start(),
        updated_at: start(),
    }
}

fn of(called: &str, institution: &str) -> Chatbot {
    Chatbot { institution: name(institution), ..chatbot(called, start()) }
}

async fn create(table: &Table, one: Institution) -> Result<i64, InstitutionError> {
    table.store.create_institution(&table.act(start()), one).await.map(|new| new.version)
}

async fn delete(table: &Table, id: &str) -> Result<(), InstitutionError> {
    table.store.delete_institution(&table.act(after(9)), &name(id), None).await
}

#[tokio::test]
async fn an_id_and_a_name_are_one_institutions() {
    let table = Table::new().await;
    create(&table, institution("tax", "Maksuamet")).await.expect("created");
    let again = create(&table, institution("tax", "Another")).await;
    assert!(matches!(again, Err(InstitutionError::IdTaken)));
    let same = create(&table, institution("customs", "Maksuamet")).await;
    assert!(matches!(same, Err(InstitutionError::NameTaken)));
    create(&table, institution("customs", "Tolliamet")).await.expect("created");
    let renamed = institution("customs", "Maksuamet");
    let taken = table.store.update_institution(&table.act(after(1)), renamed, None).await;
    assert!(matches!(taken, Err(InstitutionError::NameTaken)));
    // What a rename and a removal free can be had again.
    let freed = institution("tax", "Maksu- ja Tolliamet");
    let changed = table.store.update_institution(&table.act(after(2)), freed.clone(), None).await.expect("renamed");
    let stale = table.store.update_institution(&table.act(after(3)), freed.clone(), Some(changed.version - 1)).await;
    assert!(matches!(stale, Err(InstitutionError::Store(StoreError::Changed))));
    table
        .store
        .update_institution(&table.act(after(4)), institution("customs", "Maksuamet"), None)
        .await
        .expect("the name is free");
    assert_eq!(table.store.institutions().await.expect("a list"), [institution("customs", "Maksuamet"), freed]);
    delete(&table, "customs").await.expect("removed");
    create(&table, institution("revenue", "Maksuamet")).await.expect("the name is free");
    assert!(matches!(delete(&table, "customs").await, Err(InstitutionError::Store(StoreError::NotFound))));
}

#[tokio::test]
async fn one_with_participants_stays() {
    let table = Table::new().await;
    create(&table, institution("tax", "Maksuamet")).await.expect("created");
    create(&table, institution("police", "Politseiamet")).await.expect("created");
    let act = || table.act(after(1));
    table.store.create_chatbot(&act(), of("bot", "tax")).await.expect("enrolled");
    assert!(matches!(delete(&table, "tax").await, Err(InstitutionError::HasParticipants)));
    let moved = ChatbotChange { institution: Some(name("police")), ..ChatbotChange::default() };
    table.store.update_chatbot(&act(), &name("bot"), None, &moved).await.expect("moved");
    assert!(matches!(delete(&table, "police").await, Err(InstitutionError::HasParticipants)));
    delete(&table, "tax").await.expect("removed");
    table.store.delete_chatbot(&act(), &name("bot"), None, &table.policy).await.expect("removed");
    table.store.create_peer(&act(), peer("dmr", "police")).await.expect("registered");
    assert!(matches!(delete(&table, "police").await, Err(InstitutionError::HasParticipants)));
    table.store.delete_peer(&act(), &name("dmr"), None).await.expect("removed");
    delete(&table, "police").await.expect("removed");
}

/// Whoever joins puts a new version of the institution: a removal that looked before does not hold.
#[tokio::test]
async fn whoever_joins_makes_a_removal_look_again() {
    let table = Table::new().await;
    let first = create(&table, institution("tax", "Maksuamet")).await.expect("created");
    create(&table, institution("police", "Politseiamet")).await.expect("created");
    let version = async || table.store.institution(&name("tax")).await.expect("there").version;
    let mut versions = BTreeSet::from([first]);
    table.store.create_chatbot(&table.act(after(1)), of("bot", "tax")).await.expect("enrolled");
    versions.insert(version().await);
    table.store.create_chatbot(&table.act(after(1)), of("other", "police")).await.expect("enrolled");
    let moved = ChatbotChange { institution: Some(name("tax")), ..ChatbotChange::default() };
    table.store.update_chatbot(&table.act(after(1)), &name("other"), None, &moved).await.expect("moved");
    versions.insert(version().await);
    table.store.create_peer(&table.act(after(1)), peer("dmr", "tax")).await.expect("registered");
    versions.insert(version().await);
    assert_eq!(versions.len(), 4, "{versions:?}");
}

/// Many at once: whoever was enrolled keeps its institution, whichever came first.
#[tokio::test]
async fn a_removal_beside_enrolments_leaves_no_participant_without_its_institution() {
    for round in 0..8 {
        let table = Table::new().await;
        create(&table, institution("tax", "Maksuamet")).await.expect("created");
        let peers = async || {
            let named = format!("dmr-{round}");
            table.store.create_peer(&table.act(after(1)), peer(&named, "tax")).await
        };
        let (joined, removed) = tokio::join!(peers(), delete(&table, "tax"));
        match (joined, removed) {
            (Ok(_), Err(InstitutionError::HasParticipants)) | (Err(PeerError::NoInstitution), Ok(())) => {}
            other => unreachable!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_name_is_a_chatbots_or_a_peers() {
    let table = Table::new().await;
    create(&table, institution("tax", "Maksuamet")).await.expect("created");
    let act = || table.act(after(1));
    table.store.create_chatbot(&act(), of("bot", "tax")).await.expect("enrolled");
    let same = table.store.create_peer(&act(), peer("bot", "tax")).await;
    assert!(matches!(same, Err(PeerError::Store(StoreError::Exists))));
    table.store.create_peer(&act(), peer("dmr", "tax")).await.expect("registered");
    let same = table.store.create_peer(&act(), peer("dmr", "tax")).await;
    assert!(matches!(same, Err(PeerError::Store(StoreError::Exists))));
    assert!(matches!(table.store.create_chatbot(&act(), of("dmr", "tax")).await, Err(StoreError::Exists)));
    let unknown = table.store.create_peer(&act(), peer("dmr-2", "nobody")).await;
    assert!(matches!(unknown, Err(PeerError::NoInstitution)));
    let change = |peer| Peer { active: false, ..peer };
    let changed = table.store.update_peer(&act(), &name("dmr"), None, change).await.expect("changed");
    let stale = table.store.update_peer(&act(), &name("dmr"), Some(changed.version - 1), change).await;
    assert!(matches!(stale, Err(PeerError::Store(StoreError::Changed))));
    assert_eq!(table.store.peers().await.expect("a list"), [Peer { active: false, ..peer("dmr", "tax") }]);
}

#[tokio::test]
async fn a_control_is_changed_only_where_it_may_be() {
    let table = Table::new().await;
    let bot = table.online("tax", start()).await;
    let control = |by: &str, until: Option<Timestamp>| {
        let new = serde_json::json!({"mode": "force-offline", "reason": "r", "until": until.unwrap_or(after(900))});
        Control::new(serde_json::from_value::<NewControl>(new).expect("a control"), by.to_owned(), start())
    };
    let own = |control: Option<&Control>| control.is_none_or(|control| control.is_by_chatbot(&bot));
    let set = async |at, control| {
        table.store.set_control_if(&table.act(at), &bot, control, &table.policy, own).await.map(drop)
    };
    let by_itself = control("chatbot:tax", None);
    set(after(1), Some(by_itself.clone())).await.expect("its own");
    assert!(table.routes().await.is_empty(), "it is out of routing");
    set(after(2), None).await.expect("its own");
    table
        .store
        .set_control(&table.act(after(3)), &bot, Some(control("EE1", Some(after(60)))), &table.policy)
        .await
        .expect("set");
    assert!(matches!(set(after(4), None).await, Err(StoreError::Exists)));
    assert!(matches!(set(after(4), Some(by_itself.clone())).await, Err(StoreError::Exists)));
    set(after(61), Some(by_itself)).await.expect("the other one has ended");
}

async fn certify(table: &Table, holder: &str, number: u8, at: Timestamp, key: Option<&str>) -> CertificateId {
    let issued = IssuedCertificate {
        serial: Serial::new([number; 16]),
        profile: Profile::Chatbot,
        name: name(holder),
        not_before: start(),
        not_after: start() + SignedDuration::from_hours(24),
        pem: String::new(),
        rsa_public_key: key.map(str::to_owned),
    };
    let certificate = Certificate::new(&issued, at);
    table.store.put_certificate(&table.act(at), &certificate).await.expect("stored");
    CertificateId::from(&certificate)
}

#[tokio::test]
async fn a_client_is_every_chatbot_with_an_rsa_key_that_holds() {
    let table = Table::new().await;
    for bot in ["new", "both", "ec", "none", "revoked", "expired"] {
        table.store.create_chatbot(&table.act(start()), chatbot(bot, start())).await.expect("enrolled");
    }
    table.online("online", start()).await;
    certify(&table, "online", 1, after(1), Some("k1")).await;
    certify(&table, "new", 9, after(1), Some("older")).await;
    certify(&table, "new", 2, after(2), Some("newer")).await;
    certify(&table, "both", 3, after(1), Some("rsa")).await;
    certify(&table, "both", 4, after(2), None).await;
    certify(&table, "ec", 5, after(1), None).await;
    let lost = certify(&table, "revoked", 6, after(1), Some("lost")).await;
    table.store.revoke_certificate(&table.act(after(2)), &lost, "lost").await.expect("revoked");
    certify(&table, "not-enrolled", 7, after(1), Some("k7")).await;
    let listed = async |at| {
        let all = table.store.chatbots_with_keys(at).await.expect("a list");
        all.into_iter().map(|one| (one.chatbot.name.to_string(), one.public_key)).collect::<Vec<_>>()
    };
    let expected = [("both", "rsa"), ("new", "newer"), ("online", "k1")];
    let expected: Vec<_> = expected.iter().map(|&(name, key)| (name.to_owned(), key.to_owned())).collect();
    assert_eq!(listed(after(10)).await, expected);
    assert!(listed(start() + SignedDuration::from_hours(25)).await.is_empty(), "all have expired");
}

#[tokio::test]
async fn institutions_are_found_one_by_one_or_all_at_once() {
    let table = Table::new().await;
    let names: Vec<_> = (0..60).map(|number| name(&format!("bot-{number:02}"))).collect();
    for one in &names {
        table.store.create_chatbot(&table.act(start()), chatbot(one.as_str(), start())).await.expect("enrolled");
    }
    for some in [&names[..1], &names[..20], &names] {
        let found = table.store.institutions_of(some).await.expect("found");
        assert!(some.iter().all(|one| found.get(one) == Some(&name("tax-board"))), "{}", some.len());
    }
    assert!(table.store.institutions_of(&[name("nobody")]).await.expect("found").is_empty());
}
