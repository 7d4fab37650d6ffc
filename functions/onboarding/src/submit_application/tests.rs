use std::collections::{BTreeSet, HashMap};

use centops_domain::{
    audit::Actor,
    credentials::Secret,
    onboarding::{Invitation, InvitationStatus, MAX_WRONG_CODES},
};
use centops_store::Versioned;
use centops_table::Table;
use jiff::Timestamp;
use lambda_http::{Body, Request, RequestExt};
use serde_json::json;

use super::*;

fn now() -> Timestamp {
    "2026-11-21T09:30:56.123Z".parse().expect("a time")
}

fn code() -> Secret {
    Secret::new([7; 32])
}

/// Creates an invitation.
async fn invited(table: &Table) -> InvitationId {
    let new = json!({"institution": "tax-board", "email": "it@example.ee"});
    let id = InvitationId::new(now(), &[1; 10]);
    let new = serde_json::from_value(new).expect("a good invitation");
    let invitation = Invitation::new(new, id, code().hash(), "EE9".into(), now());
    let audit = AuditContext::new(&table.audit, Actor::Unknown(String::new()), "test", "invite".into(), now());
    table.store.create_invitation(&audit, invitation).await.expect("invited");
    id
}

/// Applies with `code` for a chatbot at `uri`, with a CSR that is none. Returns the status of the refusal, and its text.
async fn refused(table: &Table, request_id: usize, id: &InvitationId, code: &Secret, uri: &str) -> (u16, String) {
    let body = json!({
        "code": code.reveal(),
        "csr": "not a certificate request",
        "chatbot": {"name": "tax", "uri": uri, "type": "institution", "contact": "chat@example.ee"},
    });
    let parameters = HashMap::from([("id".to_owned(), vec![id.to_string()])]);
    let request = Request::new(Body::Empty).with_path_parameters(parameters);
    let caller = Person { subject: "EE1".into(), roles: BTreeSet::new(), institutions: BTreeSet::new() };
    let by = Actor::Unknown(String::new());
    let audit = AuditContext::new(&table.audit, by, "submit-application", request_id.to_string(), now());
    let call = Call::new(caller, Json(serde_json::from_value(body).expect("a body")), audit, &request);
    let state = (table.store.clone(), AllowedNetworks::default());
    let problem = SubmitApplication::call(&state, call).await.expect_err("refused");
    (problem.status().as_u16(), problem.to_string())
}

#[tokio::test]
async fn wrong_code_is_refused_before_anything_is_resolved_or_verified() {
    let table = Table::start().await.expect("a table");
    let id = invited(&table).await;
    let wrong = Secret::new([8; 32]);
    // With the code, each of them is a 400.
    let uris = ["https://169.254.169.254/", "https://127.0.0.1/"];
    for (number, uri) in (1..MAX_WRONG_CODES.into()).zip(uris.into_iter().cycle()) {
        let (status, text) = refused(&table, number, &id, &wrong, uri).await;
        assert_eq!(status, 404, "{text}");
    }
    let unknown = InvitationId::new(now(), &[2; 10]);
    assert_eq!(refused(&table, 20, &unknown, &code(), uris[0]).await.0, 404);
    for (number, uri) in (21..).zip(uris) {
        let (status, text) = refused(&table, number, &id, &code(), uri).await;
        assert!(status == 400 && text.contains("#/chatbot/uri"), "{text}");
    }

    // Each of them was counted: one more withdraws the invitation.
    assert_eq!(refused(&table, 30, &id, &wrong, uris[0]).await.0, 404);
    let Versioned { value, .. } = table.store.invitation(&id, now()).await.expect("there");
    assert_eq!(value.status(now()), InvitationStatus::Withdrawn);
    assert_eq!(refused(&table, 31, &id, &code(), uris[1]).await.0, 404);
}
