//! API keys: validity, revocation and lists.

use centops_domain::{
    audit::Outcome,
    credentials::{ApiKey, ApiKeyId, ApiKeySecret, KeyId, NewApiKey, Profile},
};
use centops_store::{StoreError, credentials::CredentialFilter};

use crate::support::{Table, after, chatbot, ensure_holder, name, start};

/// Issues the key `number` of the holder.
async fn issue(table: &Table, profile: Profile, holder: &str, number: u8) -> ApiKeySecret {
    ensure_holder(table, profile, holder).await;
    let secret = ApiKeySecret::new(KeyId::new([number; 6]), [number; 32]);
    let key = ApiKey::issued(secret.id.clone(), NewApiKey { profile, name: name(holder) }, start(), start());
    table.store.put_api_key(&table.audit_context(start()), &key, &secret.hash()).await.expect("stored");
    secret
}

async fn is_good(table: &Table, profile: Profile, holder: &str, secret: &ApiKeySecret) -> bool {
    table.store.verify_api_key(profile, &name(holder), start(), secret).await.expect("an answer")
}

fn id(profile: Profile, holder: &str, secret: &ApiKeySecret) -> ApiKeyId {
    ApiKeyId { profile, name: name(holder), id: secret.id.clone() }
}

#[tokio::test]
async fn key_is_valid_for_its_holder_and_secret_until_revoked() {
    let table = Table::new().await;
    let secret = issue(&table, Profile::Dmr, "tartu", 1).await;
    assert!(is_good(&table, Profile::Dmr, "tartu", &secret).await);
    assert!(!is_good(&table, Profile::Chatbot, "tartu", &secret).await, "another profile");
    assert!(!is_good(&table, Profile::Dmr, "tartu-2", &secret).await, "another holder");
    let guessed = ApiKeySecret::new(secret.id.clone(), [9; 32]);
    assert!(!is_good(&table, Profile::Dmr, "tartu", &guessed).await, "another secret");
    let place = id(Profile::Dmr, "tartu", &secret);
    let revoked = table.store.revoke_api_key(&table.audit_context(after(5)), &place, "lost").await.expect("revoked");
    assert!(!is_good(&table, Profile::Dmr, "tartu", &secret).await);
    let again = table.store.revoke_api_key(&table.audit_context(after(6)), &place, "again").await.expect("revoked");
    assert_eq!(again, revoked);
    let none = id(Profile::Dmr, "tartu", &ApiKeySecret::new(KeyId::new([2; 6]), [2; 32]));
    assert!(matches!(
        table.store.revoke_api_key(&table.audit_context(after(7)), &none, "x").await,
        Err(StoreError::NotFound)
    ));
}

#[tokio::test]
async fn key_id_is_unique_per_holder() {
    let table = Table::new().await;
    let secret = issue(&table, Profile::Dmr, "tartu", 1).await;
    let key =
        ApiKey::issued(secret.id.clone(), NewApiKey { profile: Profile::Dmr, name: name("tartu") }, start(), after(1));
    let again = table.store.put_api_key(&table.audit_context(after(1)), &key, &secret.hash()).await;
    assert!(matches!(again, Err(StoreError::Exists)));
    issue(&table, Profile::Dmr, "narva", 1).await;
}

#[tokio::test]
async fn secret_is_never_stored_and_hash_is_in_no_audit_record() {
    let table = Table::new().await;
    let secret = issue(&table, Profile::Dmr, "tartu", 1).await;
    let (text, hash) = (secret.reveal(), String::from(secret.hash()));
    let (_, code) = text.split_once('.').expect("two parts");
    let all = |name| table.client.scan().table_name(name).send();
    let kept = format!("{:?}", all(centops_table::NAME).await.expect("a scan").items());
    assert!(!kept.contains(code) && kept.contains(&hash), "the hash alone is kept");
    let records = format!("{:?}", all(centops_table::AUDIT).await.expect("a scan").items());
    assert!(records.contains("tartu") && !records.contains(code) && !records.contains(&hash), "{records}");
    let page = table.store.api_keys(&CredentialFilter::default(), None, 10).await.expect("a page");
    let shown = serde_json::to_string(&page.items).expect("json");
    assert!(!shown.contains(&hash) && !shown.contains(code), "{shown}");
}

#[tokio::test]
async fn list_matches_filter_for_any_page_size() {
    let table = Table::new().await;
    for (profile, holder, number) in [
        (Profile::Dmr, "tartu", 1),
        (Profile::Dmr, "tartu", 2),
        (Profile::Dmr, "tartu-2", 3),
        (Profile::Chatbot, "narva", 4),
    ] {
        issue(&table, profile, holder, number).await;
    }
    let list = async |profile, holder: Option<&str>, limit| {
        let filter = CredentialFilter { profile, name: holder.map(name) };
        let (mut found, mut place) = (Vec::new(), None);
        loop {
            let page = table.store.api_keys(&filter, place.as_ref(), limit).await.expect("a page");
            found.extend(page.items.iter().map(|key| key.id.to_string()));
            place = page.next;
            let Some(next) = &place else { return found };
            assert!(filter.includes(next));
        }
    };
    for limit in [1, 2, 50] {
        assert_eq!(list(None, None, limit).await.len(), 4);
        assert_eq!(list(Some(Profile::Dmr), None, limit).await.len(), 3);
        assert_eq!(list(Some(Profile::Dmr), Some("tartu"), limit).await, ["bbbbbb", "cccccc"]);
        assert!(list(Some(Profile::Dmr), Some("nobody"), limit).await.is_empty());
    }
}

#[tokio::test]
async fn new_chatbot_of_same_name_inherits_no_key() {
    let table = Table::new().await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    // More than fit into one transaction.
    let mut secrets = Vec::new();
    for number in 0..60 {
        let secret = ApiKeySecret::new(KeyId::new([number % 32, number / 32, 0, 0, 0, 0]), [number; 32]);
        let key = ApiKey::issued(
            secret.id.clone(),
            NewApiKey { profile: Profile::Chatbot, name: name("tax") },
            start(),
            start(),
        );
        table.store.put_api_key(&table.audit_context(start()), &key, &secret.hash()).await.expect("stored");
        secrets.push(secret);
    }
    let other = issue(&table, Profile::Dmr, "tax-dmr", 1).await;
    table
        .store
        .delete_chatbot(&table.audit_context(after(3)), &name("tax"), None, &table.policy)
        .await
        .expect("removed");
    table.store.create_chatbot(&table.audit_context(after(4)), chatbot("tax", after(4))).await.expect("created again");
    for secret in &secrets {
        assert!(!is_good(&table, Profile::Chatbot, "tax", secret).await);
    }
    assert!(is_good(&table, Profile::Dmr, "tax-dmr", &other).await, "another's");
    let records = table.trail().await;
    let done: Vec<_> = records.iter().filter(|record| record.at == after(3)).map(|record| record.outcome).collect();
    assert_eq!(done, [Outcome::Done; 3], "the removal, and two writes that revoke");
}

#[tokio::test]
async fn key_belongs_to_the_enrolment_that_it_was_issued_to() {
    let table = Table::new().await;
    let secret = issue(&table, Profile::Chatbot, "tax", 1).await;
    let is_good =
        async |at| table.store.verify_api_key(Profile::Chatbot, &name("tax"), at, &secret).await.expect("an answer");
    assert!(is_good(start()).await && !is_good(after(4)).await, "valid for one enrolment only");
    let new = NewApiKey { profile: Profile::Chatbot, name: name("nobody") };
    let key = ApiKey::issued(secret.id.clone(), new, start(), start());
    let refused = table.store.put_api_key(&table.audit_context(after(1)), &key, &secret.hash()).await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
}
