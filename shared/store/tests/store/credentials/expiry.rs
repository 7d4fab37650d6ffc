//! Notices about certificates that end.

use centops_domain::{
    alerts::EventKind,
    credentials::{CertificateId, Profile, day, notice_time},
};

use crate::support::{Table, after, certify, name, start};

const DAY: i64 = 86_400;

#[tokio::test]
async fn notice_is_given_once_for_each_threshold() {
    let table = Table::new().await;
    let certificate = certify(&table, Profile::Chatbot, "tax", 1, start()).await;
    let id = CertificateId::from(&certificate);
    let give = async |days| table.store.give_notice(&id, days).await.expect("given");
    assert!(give(30).await);
    assert!(!give(30).await, "the second run tells nothing");
    assert!(give(14).await);
    let told: Vec<_> = table.events().await.into_iter().map(|event| (event.at, event.kind)).collect();
    let kind = EventKind::CertificateExpiring {
        profile: Profile::Chatbot,
        name: name("tax"),
        serial: certificate.serial,
        ends: certificate.not_after,
    };
    let due = |days| notice_time(certificate.not_after, days);
    assert_eq!(told, [(due(30), kind.clone()), (due(14), kind)]);
}

#[tokio::test]
async fn no_notice_is_given_for_a_renewed_revoked_or_former_certificate() {
    let table = Table::new().await;
    let renewed = CertificateId::from(&certify(&table, Profile::Chatbot, "renewed", 1, start()).await);
    let newest = CertificateId::from(&certify(&table, Profile::Chatbot, "renewed", 2, after(30 * DAY)).await);
    let revoked = CertificateId::from(&certify(&table, Profile::Dmr, "revoked", 3, start()).await);
    table.store.revoke_certificate(&table.audit_context(after(1)), &revoked, "lost").await.expect("revoked");
    let former = CertificateId::from(&certify(&table, Profile::Chatbot, "former", 4, start()).await);
    let context = table.audit_context(after(2));
    table.store.delete_chatbot(&context, &name("former"), None, &table.policy).await.expect("removed");
    for id in [&renewed, &revoked, &former] {
        assert!(!table.store.give_notice(id, 30).await.expect("an answer"), "{id}");
    }
    assert!(table.store.give_notice(&newest, 30).await.expect("an answer"));
    // If the newer one is lost, the older one counts again.
    table.store.revoke_certificate(&table.audit_context(after(3)), &newest, "lost").await.expect("revoked");
    assert!(table.store.give_notice(&renewed, 14).await.expect("an answer"));
}

#[tokio::test]
async fn certificates_are_found_by_the_day_of_their_end_in_pages() {
    let table = Table::new().await;
    for number in 1..=5 {
        certify(&table, Profile::Chatbot, &format!("bot-{number}"), number, start()).await;
    }
    let other = certify(&table, Profile::Dmr, "tallinn", 6, after(DAY)).await;
    for limit in [1, 2, 100] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let ends = day(start() + jiff::SignedDuration::from_hours(90 * 24));
            let page = table.store.certificates_ending(ends, after.as_ref(), limit).await.expect("a page");
            found.extend(page.items.into_iter().map(|id| id.name.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, ["bot-1", "bot-2", "bot-3", "bot-4", "bot-5"], "{limit}");
    }
    let page = table.store.certificates_ending(day(other.not_after), None, 10).await.expect("a page");
    assert_eq!(page.items, [CertificateId::from(&other)]);
}
