//! Onboarding: the steps of an invitation, their records, and concurrent requests.

mod applicants;

use crate::support::{Table, after, chatbot, name, start};
use centops_domain::{
    chatbots::Status,
    credentials::{Csr, IssuedCertificate, Profile, Secret, SecretHash, Serial},
    onboarding::{
        Application, Invitation, InvitationId, InvitationStatus, MAX_WRONG_CODES, NewInvitation, TransitionError,
    },
    text::Reason,
};
use centops_store::{StoreError, Versioned, credentials::CredentialFilter, onboarding::InvitationError};
use futures::future::join_all;
use jiff::Timestamp;

const DAY: i64 = 24 * 3600;

fn code() -> SecretHash {
    Secret::new([7; 32]).hash()
}

fn wrong() -> SecretHash {
    Secret::new([8; 32]).hash()
}

fn application(chatbot: &str, by: &str) -> Application {
    let proposal = serde_json::json!({
        "name": chatbot, "uri": "https://bot.example.ee/", "type": "institution", "contact": "chat@example.ee",
    });
    let csr = Csr::try_from("csr".to_owned()).expect("short");
    Application { chatbot: serde_json::from_value(proposal).expect("a good proposal"), csr, by: by.into() }
}

fn issued(chatbot: &str, serial: u8, now: Timestamp) -> IssuedCertificate {
    IssuedCertificate {
        serial: Serial::new([serial; 16]),
        profile: Profile::Chatbot,
        name: name(chatbot),
        not_before: now,
        not_after: now + jiff::SignedDuration::from_hours(24 * 90),
        pem: "pem".into(),
        rsa_public_key: None,
    }
}

fn reason(text: &str) -> Reason {
    text.to_owned().try_into().expect("a reason")
}

impl Table {
    /// Creates an invitation at `now`.
    async fn invited(&self, now: Timestamp) -> InvitationId {
        let new: NewInvitation =
            serde_json::from_value(serde_json::json!({"institution": "tax-board", "email": "it@example.ee"}))
                .expect("a good invitation");
        let invitation = Invitation::new(new, InvitationId::new(now, &[1; 10]), code(), "EE9".into(), now);
        let id = invitation.id;
        self.store.create_invitation(&self.audit_context(now), invitation).await.expect("invited");
        id
    }

    /// Creates an invitation and submits an application for `chatbot`.
    async fn submitted(&self, chatbot: &str) -> Versioned<Invitation> {
        let id = self.invited(start()).await;
        let context = self.audit_context(after(60));
        self.store.submit_application(&context, &id, &code(), &application(chatbot, "EE1")).await.expect("applied")
    }

    async fn status(&self, id: &InvitationId, now: Timestamp) -> InvitationStatus {
        self.store.invitation(id, now).await.expect("there").value.status(now)
    }

    /// Returns the serial numbers of all certificates.
    async fn certificates(&self) -> Vec<Serial> {
        let page = self.store.certificates(&CredentialFilter::default(), None, 100).await.expect("a page");
        page.items.into_iter().map(|certificate| certificate.serial).collect()
    }

    /// Returns the type of each event, and whether it is quiet.
    async fn event_types(&self) -> Vec<(String, bool)> {
        let kind = |event: &centops_domain::alerts::Event| {
            let json = serde_json::to_value(event).expect("json");
            (json["type"].as_str().expect("a type").to_owned(), event.quiet)
        };
        self.events().await.iter().map(kind).collect()
    }

    /// Returns all items of the table `name` as text.
    async fn contents(&self, name: &str) -> Vec<String> {
        let items = self.client.scan().table_name(name).send().await.expect("a scan").items.unwrap_or_default();
        items.iter().map(|item| format!("{item:?}")).collect()
    }
}

#[tokio::test]
async fn approval_enrols_chatbot_and_records_every_step() {
    let table = Table::new().await;
    let read = table.submitted("tax").await;
    let approved = table
        .store
        .approve_application(&table.audit_context(after(120)), &read, &issued("tax", 1, after(120)), "EE9")
        .await;
    let approved = approved.expect("approved");
    assert_eq!(table.store.invitation(&read.value.id, after(120)).await.expect("there"), approved);

    let enrolled = table.store.chatbot(&name("tax")).await.expect("enrolled").value;
    assert_eq!((enrolled.status, enrolled.institution.as_str()), (Status::Unknown, "tax-board"));
    assert_eq!(enrolled.created_at, after(120));
    assert!(table.due_probe(&name("tax"), after(120)).await.is_some(), "it is due to be probed");
    let network = table.store.network().await.expect("the network").value;
    let counts = serde_json::to_value(&network).expect("json")["types"]["institution"].clone();
    assert_eq!(counts["unknown"], 1, "{counts}");

    let steps = [("invitation-sent", true), ("application-submitted", false), ("application-approved", true)];
    assert_eq!(table.event_types().await, steps.map(|(kind, quiet)| (kind.to_owned(), quiet)));
    let records = table.contents(centops_table::AUDIT).await;
    assert_eq!(records.len(), 3, "{records:?}");

    // The code is stored nowhere, its hash only in the invitation, and the e-mail address in no event.
    let (shown, hash) = (Secret::new([7; 32]).reveal(), String::from(code()));
    let items = table.contents(centops_table::NAME).await;
    assert!(!items.iter().chain(&records).any(|item| item.contains(&shown)));
    assert_eq!(items.iter().filter(|item| item.contains(&hash)).count(), 1);
    assert!(!records.iter().any(|record| record.contains(&hash)));
    assert!(!items.iter().any(|item| item.contains("EVENTS#") && item.contains('@')));

    let again = table
        .store
        .approve_application(&table.audit_context(after(180)), &approved, &issued("tax", 2, after(180)), "EE9")
        .await;
    assert_eq!(again.expect("as before"), approved, "the first certificate stays");
    assert_eq!(table.certificates().await, [Serial::new([1; 16])]);
}

#[tokio::test]
async fn approval_without_open_application_is_refused() {
    let table = Table::new().await;
    let id = table.invited(start()).await;
    let read = table.store.invitation(&id, after(1)).await.expect("there");
    let early = table
        .store
        .approve_application(&table.audit_context(after(1)), &read, &issued("tax", 1, after(1)), "EE9")
        .await;
    assert!(matches!(early, Err(InvitationError::NotAllowed(TransitionError::NotSubmitted))), "{early:?}");
    table
        .store
        .reject_invitation(&table.audit_context(after(2)), &id, None, &reason("a mistake"), "EE9")
        .await
        .expect("withdrawn");
    let late =
        table.store.submit_application(&table.audit_context(after(3)), &id, &code(), &application("tax", "EE1")).await;
    assert!(
        matches!(late, Err(InvitationError::NotAllowed(TransitionError::Closed(InvitationStatus::Withdrawn)))),
        "{late:?}"
    );
    // A caller that read the invitation before the withdrawal, with a forged application.
    let mut stale = read;
    stale.value.apply(&code(), application("tax", "EE1"), after(1)).expect("applied, in a copy");
    let forged = table
        .store
        .approve_application(&table.audit_context(after(4)), &stale, &issued("tax", 1, after(4)), "EE9")
        .await;
    assert!(matches!(forged, Err(InvitationError::Store(StoreError::Changed))), "{forged:?}");
    assert!(matches!(table.store.chatbot(&name("tax")).await, Err(StoreError::NotFound)));
    assert_eq!(table.event_types().await.len(), 2);
}

#[tokio::test]
async fn one_of_concurrent_applications_is_accepted() {
    let table = Table::new().await;
    let id = table.invited(start()).await;
    let contexts: Vec<_> =
        (0..8).map(|n| (table.audit_context(after(1)), application(&format!("bot-{n}"), "EE1"))).collect();
    let hash = code();
    let tries =
        contexts.iter().map(|(context, application)| table.store.submit_application(context, &id, &hash, application));
    let (taken, refused): (Vec<_>, Vec<_>) = join_all(tries).await.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1, "{refused:?}");
    for refused in &refused {
        assert!(
            matches!(refused, Err(InvitationError::NotAllowed(TransitionError::Closed(InvitationStatus::Submitted)))),
            "{refused:?}"
        );
    }
    let winner = taken.into_iter().next().expect("one").expect("taken");
    assert_eq!(table.store.invitation(&id, after(1)).await.expect("there"), winner);
    assert_eq!(table.event_types().await.len(), 2);
}

#[tokio::test]
async fn repeated_request_returns_same_result() {
    let table = Table::new().await;
    let first = table.submitted("tax").await;
    let id = first.value.id;
    let again =
        table.store.submit_application(&table.audit_context(after(90)), &id, &code(), &application("tax", "EE1")).await;
    assert_eq!(again.expect("the same"), first);
    let rejected = table
        .store
        .reject_invitation(&table.audit_context(after(91)), &id, None, &reason("no"), "EE9")
        .await
        .expect("rejected");
    let again = table
        .store
        .reject_invitation(&table.audit_context(after(92)), &id, Some(first.version), &reason("no"), "EE9")
        .await;
    assert_eq!(again.expect("the same, whatever version was read"), rejected);
    assert_eq!((table.event_types().await.len(), table.contents(centops_table::AUDIT).await.len()), (3, 3));
}

#[tokio::test]
async fn one_of_concurrent_decisions_is_applied() {
    for round in 0..4 {
        let table = Table::new().await;
        let read = table.submitted("tax").await;
        let (one, two) = (table.audit_context(after(120)), table.audit_context(after(120)));
        let issued = issued("tax", 1, after(120));
        let no = reason("no");
        let approve = table.store.approve_application(&one, &read, &issued, "EE8");
        let reject = table.store.reject_invitation(&two, &read.value.id, None, &no, "EE9");
        let (approved, rejected) = if round % 2 == 0 {
            Box::pin(futures::future::join(approve, reject)).await
        } else {
            let (rejected, approved) = Box::pin(futures::future::join(reject, approve)).await;
            (approved, rejected)
        };
        assert!(approved.is_ok() != rejected.is_ok(), "{approved:?} {rejected:?}");
        let status = table.status(&read.value.id, after(120)).await;
        assert_eq!(status, if approved.is_ok() { InvitationStatus::Approved } else { InvitationStatus::Rejected });
        assert_eq!(table.store.chatbot(&name("tax")).await.is_ok(), approved.is_ok());
        assert_eq!(table.certificates().await.len(), usize::from(approved.is_ok()));
        assert_eq!(table.event_types().await.len(), 3);
    }
}

#[tokio::test]
async fn name_taken_before_approval_keeps_application_open() {
    let table = Table::new().await;
    let read = table.submitted("tax").await;
    table.store.create_chatbot(&table.audit_context(after(90)), chatbot("tax", after(90))).await.expect("created");
    let refused = table
        .store
        .approve_application(&table.audit_context(after(120)), &read, &issued("tax", 1, after(120)), "EE9")
        .await;
    assert!(matches!(refused, Err(InvitationError::NameTaken)), "{refused:?}");
    assert_eq!(table.store.invitation(&read.value.id, after(120)).await.expect("there"), read);
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there").value.created_at, after(90));
    assert_eq!((table.event_types().await.len(), table.certificates().await.len()), (2, 0));

    table
        .store
        .delete_chatbot(&table.audit_context(after(130)), &name("tax"), None, &table.policy)
        .await
        .expect("deleted");
    let approved = table
        .store
        .approve_application(&table.audit_context(after(140)), &read, &issued("tax", 1, after(140)), "EE9")
        .await;
    assert!(approved.is_ok(), "{approved:?}");
}

#[tokio::test]
async fn taken_name_does_not_use_up_code() {
    let table = Table::new().await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let id = table.invited(start()).await;
    let taken =
        table.store.submit_application(&table.audit_context(after(1)), &id, &code(), &application("tax", "EE1")).await;
    assert!(matches!(taken, Err(InvitationError::NameTaken)), "{taken:?}");
    let guess =
        table.store.submit_application(&table.audit_context(after(2)), &id, &wrong(), &application("tax", "EE1")).await;
    assert!(
        matches!(guess, Err(InvitationError::NotAllowed(TransitionError::WrongCode))),
        "a wrong code reveals no taken name: {guess:?}"
    );
    let other =
        table.store.submit_application(&table.audit_context(after(3)), &id, &code(), &application("toll", "EE1")).await;
    assert_eq!(other.expect("taken").value.status(after(3)), InvitationStatus::Submitted);
}

#[tokio::test]
async fn concurrent_wrong_codes_are_counted_exactly() {
    let table = Table::new().await;
    let id = table.invited(start()).await;
    let contexts: Vec<_> = (0..2 * MAX_WRONG_CODES).map(|_| table.audit_context(after(1))).collect();
    let (hash, application) = (wrong(), application("tax", "EE1"));
    let tries = contexts.iter().map(|context| table.store.submit_application(context, &id, &hash, &application));
    let answers = join_all(tries).await;
    let of = |is: fn(&InvitationError) -> bool| answers.iter().filter(|answer| answer.as_ref().is_err_and(is)).count();
    let counted = of(|error| matches!(error, InvitationError::NotAllowed(TransitionError::WrongCode)));
    let closed =
        of(|error| matches!(error, InvitationError::NotAllowed(TransitionError::Closed(InvitationStatus::Withdrawn))));
    let contended = of(|error| matches!(error, InvitationError::Store(StoreError::Contended)));
    assert_eq!((counted, closed + contended), (10, 10), "{answers:?}");
    assert_eq!(table.status(&id, after(1)).await, InvitationStatus::Withdrawn);
    assert_eq!(table.event_types().await.last().map(|(kind, _)| kind.as_str()), Some("invitation-withdrawn"));
    let right = table.store.submit_application(&table.audit_context(after(2)), &id, &code(), &application).await;
    assert!(matches!(right, Err(InvitationError::NotAllowed(TransitionError::Closed(_)))), "{right:?}");
}

#[tokio::test]
async fn unsent_invitation_is_withdrawn_in_same_request() {
    let table = Table::new().await;
    let new = serde_json::json!({"institution": "tax-board", "email": "it@example.ee", "days": 1});
    let new: NewInvitation = serde_json::from_value(new).expect("a good invitation");
    let invitation = Invitation::new(new, InvitationId::new(start(), &[1; 10]), code(), "EE9".into(), start());
    let (id, context) = (invitation.id, table.audit_context(start()));
    table.store.create_invitation(&context, invitation).await.expect("invited");
    table.store.withdraw_unsent_invitation(&context.part(1), &id).await.expect("withdrawn");
    assert_eq!(table.status(&id, start()).await, InvitationStatus::Withdrawn);
    assert_eq!(table.contents(centops_table::AUDIT).await.len(), 2);
}

#[tokio::test]
async fn decision_on_stale_version_returns_changed() {
    let table = Table::new().await;
    let id = table.invited(start()).await;
    let read = table.store.invitation(&id, after(1)).await.expect("there").version;
    table
        .store
        .submit_application(&table.audit_context(after(2)), &id, &code(), &application("tax", "EE1"))
        .await
        .expect("applied");
    let stale =
        table.store.reject_invitation(&table.audit_context(after(3)), &id, Some(read), &reason("no"), "EE9").await;
    assert!(matches!(stale, Err(InvitationError::Store(StoreError::Changed))), "{stale:?}");
    assert_eq!(table.status(&id, after(3)).await, InvitationStatus::Submitted);
}

#[tokio::test]
async fn list_is_newest_first_and_filters_by_status() {
    let table = Table::new().await;
    let mut ids = Vec::new();
    for day in 0..5 {
        ids.push(table.invited(after(day * DAY)).await);
    }
    let now = after(15 * DAY + 60);
    table
        .store
        .reject_invitation(&table.audit_context(now), &ids[4], None, &reason("no"), "EE9")
        .await
        .expect("withdrawn");
    table
        .store
        .submit_application(&table.audit_context(now), &ids[3], &code(), &application("tax", "EE1"))
        .await
        .expect("applied");
    let list = async |status: Option<InvitationStatus>, limit| {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = table.store.invitations(status, after.as_ref(), limit, now).await.expect("a page");
            seen.extend(page.items.into_iter().map(|invitation| invitation.id));
            after = page.next;
            if after.is_none() {
                return seen;
            }
        }
    };
    let newest_first: Vec<_> = ids.iter().copied().rev().collect();
    for limit in [1, 2, 5, 100] {
        assert_eq!(list(None, limit).await, newest_first, "limit {limit}");
    }
    for (status, expected) in [
        (InvitationStatus::Withdrawn, vec![ids[4]]),
        (InvitationStatus::Submitted, vec![ids[3]]),
        (InvitationStatus::Invited, vec![ids[2]]),
        (InvitationStatus::Expired, vec![ids[1], ids[0]]),
        (InvitationStatus::Approved, vec![]),
        (InvitationStatus::Rejected, vec![]),
    ] {
        assert_eq!(list(Some(status), 2).await, expected, "{status}");
    }
}

#[tokio::test]
async fn invitation_expires_400_days_after_last_step() {
    let table = Table::new().await;
    let id = table.invited(start()).await;
    let (last, gone) = (after(400 * DAY - 1), after(400 * DAY));
    assert_eq!(table.status(&id, last).await, InvitationStatus::Expired);
    assert!(matches!(table.store.invitation(&id, gone).await, Err(StoreError::NotFound)));
    assert_eq!(table.store.invitations(None, None, 10, last).await.expect("a page").items.len(), 1);
    assert_eq!(table.store.invitations(None, None, 10, gone).await.expect("a page").items.len(), 0);
}
