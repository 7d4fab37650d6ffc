//! Lists of the invitations that a person applied to.

use centops_domain::onboarding::{InvitationId, InvitationStatus};
use centops_store::Store;
use centops_table::{
    declared,
    meter::{Cost, Meter},
};

use super::{DAY, application, code, issued, reason};
use crate::support::{Table, after};

/// Submits the application of `by` for the invitation `id`.
async fn apply(table: &Table, id: &InvitationId, chatbot: &str, by: &str, seconds: i64) {
    let context = table.audit_context(after(seconds));
    table.store.submit_application(&context, id, &code(), &application(chatbot, by)).await.expect("applied");
}

async fn reject(table: &Table, id: &InvitationId, seconds: i64) {
    let context = table.audit_context(after(seconds));
    table.store.reject_invitation(&context, id, None, &reason("no"), "EE9").await.expect("rejected");
}

/// Returns the invitations of the person `subject` at the second `seconds`, in pages of `limit`.
async fn own(table: &Table, subject: &str, limit: i32, seconds: i64) -> Vec<(InvitationId, InvitationStatus)> {
    let (mut seen, mut position) = (Vec::new(), None);
    loop {
        let page = table.store.invitations_of_applicant(subject, position.as_ref(), limit, after(seconds)).await;
        let page = page.expect("a page");
        seen.extend(page.items.iter().map(|invitation| (invitation.id, invitation.status(after(seconds)))));
        position = page.next;
        if position.is_none() {
            return seen;
        }
    }
}

#[tokio::test]
async fn applicant_lists_own_applications_newest_first_for_any_page_size() {
    let table = Table::new().await;
    let mut ids = Vec::new();
    for second in 0..5 {
        ids.push(table.invited(after(second)).await);
    }
    assert_eq!(own(&table, "EE1", 10, 5).await, []);
    for (number, by) in [(0, "EE1"), (1, "EE2"), (2, "EE1"), (3, "EE1")] {
        apply(&table, &ids[number], &format!("bot-{number}"), by, 10).await;
    }
    let read = table.store.invitation(&ids[0], after(20)).await.expect("stored");
    let (context, certificate) = (table.audit_context(after(20)), issued("bot-0", 1, after(20)));
    table.store.approve_application(&context, &read, &certificate, "EE9").await.expect("approved");
    reject(&table, &ids[2], 20).await;
    let expected = [
        (ids[3], InvitationStatus::Submitted),
        (ids[2], InvitationStatus::Rejected),
        (ids[0], InvitationStatus::Approved),
    ];
    for limit in [1, 2, 3, 100] {
        assert_eq!(own(&table, "EE1", limit, 30).await, expected, "limit {limit}");
    }
    assert_eq!(own(&table, "EE2", 10, 30).await, [(ids[1], InvitationStatus::Submitted)]);
    for other in ["EE9", "EE", ""] {
        assert_eq!(own(&table, other, 10, 30).await, [], "{other:?} applied to none");
    }
    let keys = table.contents(centops_table::NAME).await;
    assert!(keys.iter().all(|item| !item.contains("APPLICATIONS#EE")), "a key has no personal code");
}

#[tokio::test]
async fn own_application_is_listed_as_long_as_its_invitation_is_kept() {
    let table = Table::new().await;
    let id = table.invited(after(0)).await;
    apply(&table, &id, "tax", "EE1", 60).await;
    reject(&table, &id, 30 * DAY).await;
    assert_eq!(own(&table, "EE1", 10, 430 * DAY - 1).await.len(), 1);
    assert_eq!(own(&table, "EE1", 10, 430 * DAY).await, []);
    let items = table.contents(centops_table::NAME).await;
    let expiry = format!("\"{}\"", after(430 * DAY).as_second());
    assert!(items.iter().any(|item| item.contains("APPLICATIONS#") && item.contains(&expiry)), "{items:?}");
}

/// A page costs a unit for the keys and one an invitation, however many other people applied.
#[tokio::test]
async fn own_applications_cost_one_read_unit_each() {
    let table = Table::new().await;
    for second in 0..10 {
        let id = table.invited(after(second)).await;
        apply(&table, &id, &format!("bot-{second}"), if second < 3 { "EE1" } else { "EE2" }, 60).await;
    }
    let (meter, client) = Meter::of(&table.client);
    let store = Store::new(client, centops_table::NAME.to_owned());
    for (subject, listed, requests) in [("EE1", 3, 2), ("EE3", 0, 1)] {
        let page = store.invitations_of_applicant(subject, None, 50, after(70)).await.expect("a page");
        assert_eq!(page.items.len(), listed);
        let units = declared::list_own_invitations(f64::from(u32::try_from(listed).expect("a number")));
        assert_eq!(meter.take_cost(), Cost::new(requests, units), "{subject}");
    }
}
