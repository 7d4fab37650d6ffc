//! Participants as administrators create and update them: addresses pass the egress filter and are kept in normal form;
//! a status that is left out is Active at first, and stays.

use centops_api::{Operation, StatusCode, respond};
use centops_domain::{
    chatbots::{AllowedNetworks, Name},
    institutions::{Institution, NewInstitution},
};
use centops_store::Store;
use centops_table::Table;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{create_participant::CreateParticipant, update_participant::UpdateParticipant};

/// Sends the sample event `sample` with `body`, for the participant `name` if it is given. Returns the status, and the
/// body of the response.
async fn send<O>(table: &Table, sample: &str, name: Option<&str>, body: &Value) -> (StatusCode, Value)
where
    O: Operation<State = (Store, AllowedNetworks)>,
{
    let mut event: Value = serde_json::from_str(sample).expect("an event");
    event["body"] = body.to_string().into();
    if let Some(name) = name {
        event["pathParameters"] = json!({ "name": name });
    }
    let request = lambda_http::request::from_str(&event.to_string()).expect("a request");
    let state = (table.store.clone(), AllowedNetworks::default());
    let response = respond::<O>(&state, &table.audit, &request).await;
    let content = serde_json::from_slice(response.body().as_ref()).expect("json");
    (response.status(), content)
}

async fn table() -> Table {
    let table = Table::start().await.expect("a table");
    let new: NewInstitution =
        serde_json::from_value(json!({"name": "Maksuamet", "contact": "owner@example.ee"})).expect("a good one");
    let id: Name = "tax-board".parse().expect("a good name");
    let audit = centops_table::audit_context(&table.audit, Timestamp::UNIX_EPOCH);
    table.store.create_institution(&audit, Institution::new(id, new)).await.expect("created");
    table
}

fn participant(kind: &str, host: &str) -> Value {
    json!({"name": "participant", "institutionId": "tax-board", "type": kind, "host": host})
}

#[tokio::test]
async fn host_that_is_not_public_is_refused_for_each_type() {
    let (create, update) = (
        include_str!("../../../../events/legacy/create-participant.json"),
        include_str!("../../../../events/legacy/update-participant.json"),
    );
    for kind in ["Chatbot", "Dmr", "Classifier"] {
        let table = table().await;
        for host in [
            "https://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/",
            "http://0x7f.1:8080/",
            "https://1.1.1.1:25/",
        ] {
            let (status, problem) = send::<CreateParticipant>(&table, create, None, &participant(kind, host)).await;
            assert_eq!(
                (status, &problem["errors"][0]["pointer"]),
                (StatusCode::BAD_REQUEST, &json!("#/host")),
                "{host}"
            );
        }
        let (status, created) =
            send::<CreateParticipant>(&table, create, None, &participant(kind, "HTTPS://1.1.1.1/a|b")).await;
        assert_eq!((status, &created["host"]), (StatusCode::CREATED, &json!("https://1.1.1.1/a%7Cb")), "{kind}");
        let moved = participant(kind, "https://192.168.0.1/");
        let (status, problem) = send::<UpdateParticipant>(&table, update, Some("participant"), &moved).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("#/host")), "{kind}");
        let same = participant(kind, "https://1.1.1.1/a|b");
        let (status, _) = send::<UpdateParticipant>(&table, update, Some("participant"), &same).await;
        assert_eq!(status, StatusCode::OK, "{kind}");
    }
}

#[tokio::test]
async fn status_is_active_by_default_and_kept_by_an_update_without_it() {
    let (create, update) = (
        include_str!("../../../../events/legacy/create-participant.json"),
        include_str!("../../../../events/legacy/update-participant.json"),
    );
    let with = |status: Option<&str>, kind| {
        let mut body = participant(kind, "https://1.1.1.1/");
        if let Some(status) = status {
            body["status"] = json!(status);
        }
        body
    };
    for kind in ["Dmr", "Classifier"] {
        let table = table().await;
        let (status, created) = send::<CreateParticipant>(&table, create, None, &with(None, kind)).await;
        assert_eq!((status, &created["status"]), (StatusCode::CREATED, &json!("Active")), "{kind}");
        for (stated, expected) in
            [(None, "Active"), (Some("Disabled"), "Disabled"), (None, "Disabled"), (Some("Active"), "Active")]
        {
            let body = with(stated, kind);
            let (status, updated) = send::<UpdateParticipant>(&table, update, Some("participant"), &body).await;
            assert_eq!((status, &updated["status"]), (StatusCode::OK, &json!(expected)), "{kind} {stated:?}");
        }
    }
    // The status of a chatbot may have changed since the caller read it.
    let table = table().await;
    send::<CreateParticipant>(&table, create, None, &with(None, "Chatbot")).await;
    let stale = with(Some("Active"), "Chatbot");
    let (status, _) = send::<UpdateParticipant>(&table, update, Some("participant"), &stale).await;
    assert_eq!(status, StatusCode::CONFLICT);
}
