//! Peers, and the views for older clients.

use centops_domain::{
    credentials::{Certificate, CertificateId, IssuedCertificate, Profile, Serial},
    peers::Peer,
};
use centops_store::{StoreError, peers::PeerError};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Table, after, chatbot, chatbot_of, create_institution, institution, name, peer, start};

#[tokio::test]
async fn chatbots_and_peers_share_one_namespace() {
    let table = Table::new().await;
    create_institution(&table, institution("tax", "Maksuamet")).await.expect("created");
    let context = || table.audit_context(after(1));
    table.store.create_chatbot(&context(), chatbot_of("bot", "tax")).await.expect("enrolled");
    let same = table.store.create_peer(&context(), peer("bot", "tax")).await;
    assert!(matches!(same, Err(PeerError::Store(StoreError::Exists))));
    table.store.create_peer(&context(), peer("dmr", "tax")).await.expect("registered");
    let same = table.store.create_peer(&context(), peer("dmr", "tax")).await;
    assert!(matches!(same, Err(PeerError::Store(StoreError::Exists))));
    assert!(matches!(table.store.create_chatbot(&context(), chatbot_of("dmr", "tax")).await, Err(StoreError::Exists)));
    let unknown = table.store.create_peer(&context(), peer("dmr-2", "nobody")).await;
    assert!(matches!(unknown, Err(PeerError::NoInstitution)));
    let change = |peer| Peer { active: false, ..peer };
    let changed = table.store.update_peer(&context(), &name("dmr"), None, change).await.expect("changed");
    let stale = table.store.update_peer(&context(), &name("dmr"), Some(changed.version - 1), change).await;
    assert!(matches!(stale, Err(PeerError::Store(StoreError::Changed))));
    assert_eq!(table.store.peers().await.expect("a list"), [Peer { active: false, ..peer("dmr", "tax") }]);
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
    let certificate = Certificate::new(&issued, start(), at);
    table.store.put_certificate(&table.audit_context(at), &certificate).await.expect("stored");
    CertificateId::from(&certificate)
}

#[tokio::test]
async fn chatbots_with_valid_rsa_key_are_listed_with_newest_key() {
    let table = Table::new().await;
    for bot in ["new", "both", "ec", "none", "revoked", "expired"] {
        table.store.create_chatbot(&table.audit_context(start()), chatbot(bot, start())).await.expect("enrolled");
    }
    table.online("online", start()).await;
    certify(&table, "online", 1, after(1), Some("k1")).await;
    certify(&table, "new", 9, after(1), Some("older")).await;
    certify(&table, "new", 2, after(2), Some("newer")).await;
    certify(&table, "both", 3, after(1), Some("rsa")).await;
    certify(&table, "both", 4, after(2), None).await;
    certify(&table, "ec", 5, after(1), None).await;
    let lost = certify(&table, "revoked", 6, after(1), Some("lost")).await;
    table.store.revoke_certificate(&table.audit_context(after(2)), &lost, "lost").await.expect("revoked");
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
async fn institutions_of_few_and_many_chatbots_are_found() {
    let table = Table::new().await;
    let names: Vec<_> = (0..60).map(|number| name(&format!("bot-{number:02}"))).collect();
    for one in &names {
        table
            .store
            .create_chatbot(&table.audit_context(start()), chatbot(one.as_str(), start()))
            .await
            .expect("enrolled");
    }
    for some in [&names[..1], &names[..20], &names] {
        let found = table.store.institutions_of(some).await.expect("found");
        assert!(some.iter().all(|one| found.get(one) == Some(&name("tax-board"))), "{}", some.len());
    }
    assert!(table.store.institutions_of(&[name("nobody")]).await.expect("found").is_empty());
}

#[tokio::test]
async fn participants_of_institutions_are_chatbots_and_peers() {
    let table = Table::new().await;
    for (id, title) in [("tax", "Maksuamet"), ("ppa", "Politseiamet"), ("rik", "Registrid")] {
        create_institution(&table, institution(id, title)).await.expect("created");
    }
    for (bot, institution) in [("bot-b", "tax"), ("bot-a", "tax"), ("bot-c", "ppa"), ("bot-d", "rik")] {
        table
            .store
            .create_chatbot(&table.audit_context(start()), chatbot_of(bot, institution))
            .await
            .expect("enrolled");
    }
    for (dmr, institution) in [("dmr-a", "rik"), ("dmr-b", "tax")] {
        table.store.create_peer(&table.audit_context(start()), peer(dmr, institution)).await.expect("registered");
    }
    let names = async |institutions: &[&str]| {
        let institutions = institutions.iter().map(|text| name(text)).collect();
        let (chatbots, peers) = table.store.participants_of(&institutions).await.expect("a list");
        let chatbots = chatbots.into_iter().map(|one| one.name.to_string()).collect::<Vec<_>>();
        (chatbots, peers.into_iter().map(|one| one.name.to_string()).collect::<Vec<_>>())
    };
    let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&["tax", "ppa"]).await, (list(&["bot-c", "bot-a", "bot-b"]), list(&["dmr-b"])));
    assert_eq!(names(&["rik", "unknown"]).await, (list(&["bot-d"]), list(&["dmr-a"])));
    assert_eq!(names(&[]).await, (list(&[]), list(&[])));
}
