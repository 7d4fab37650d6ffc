//! `GET /incidents/{incident}`: what helped in similar incidents, as staff and owners see it.

use std::fs;

use centops_api::{clock, respond};
use centops_domain::{
    incidents::{Action, Attempt, Command, Incident},
    ingestion::{CodeError, CodeResult},
};
use centops_store::incidents::IncidentFilter;
use jiff::SignedDuration;
use lambda_http::{Context, RequestExt};
use serde_json::Value;

use super::{checks::incidents, world::World};
use crate::get_incident::GetIncident;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Asks for `incident` as a person with `role` at `institutions`.
async fn ask(world: &World, operation: &GetIncident, incident: &Incident, role: &str, institutions: &str) -> Value {
    let file = format!("{}/../../events/incidents/get-incident.json", env!("CARGO_MANIFEST_DIR"));
    let mut event: Value = serde_json::from_str(&fs::read_to_string(file).expect("a sample event")).expect("json");
    event["requestContext"]["authorizer"]["roles"] = role.into();
    event["requestContext"]["authorizer"]["institutions"] = institutions.into();
    event["pathParameters"]["incident"] = incident.id.to_string().into();
    let request = lambda_http::request::from_str(&event.to_string()).expect("a request");
    let request = request.with_lambda_context(Context::default());
    let response = respond::<GetIncident>(operation, &world.table.audit, &request).await;
    assert_eq!(response.status().as_u16(), 200);
    let bytes: &[u8] = response.body().as_ref();
    serde_json::from_slice(bytes).expect("json")
}

/// Lets a new chatbot fail with `result`. Returns its incident, which is open.
async fn fail(world: &mut World, number: usize, result: CodeResult) -> Incident {
    let chatbot = world.enrol(&format!("bot-{number}")).await;
    world.run_for(MINUTE * 2).await;
    world.fail_with(&chatbot, result).await;
    world.run_for(MINUTE * 2).await;
    let newest = incidents(&world.table, &IncidentFilter::default()).await.swap_remove(0);
    assert_eq!(newest.chatbot(), Some(&chatbot));
    newest
}

/// Lets 24 chatbots fail: a restart helps against timeouts, and nothing against errors.
async fn history(world: &mut World) {
    let error: CodeResult = Ok(503.try_into().expect("a code"));
    for number in 0..24 {
        let is_timeout = number % 2 == 0;
        let incident = fail(world, number, if is_timeout { Err(CodeError::Timeout) } else { error }).await;
        world.heal(incident.chatbot().expect("a chatbot"));
        world.run_for(MINUTE * 20).await;
        let action = if is_timeout { Action::Restarted } else { Action::Host };
        let command = Command::Resolve(Some(Attempt { action, helped: is_timeout }));
        world.command(incident.id, &command).await.expect("resolved");
    }
}

#[tokio::test]
async fn incident_is_shown_with_what_helped_in_similar_ones_until_it_is_over() {
    let mut world = World::starting(1, clock::now() - SignedDuration::from_hours(20)).await;
    let (first, operation) = (fail(&mut world, 100, Err(CodeError::Timeout)).await, |world: &World| {
        GetIncident::new(world.table.store.clone())
    });
    let silent = ask(&world, &operation(&world), &first, "operator", "").await;
    assert_eq!(silent.get("advice"), None, "nothing is known");

    history(&mut world).await;
    let incident = fail(&mut world, 101, Err(CodeError::Timeout)).await;
    let shown = ask(&world, &operation(&world), &incident, "operator", "").await;
    let suggestions = shown["advice"]["suggestions"].as_array().expect("suggestions");
    assert_eq!(suggestions.len(), 1, "{suggestions:?}");
    let (action, counts) =
        (&suggestions[0]["action"], ["helped", "tried", "overall"].map(|name| &suggestions[0][name]));
    assert_eq!((action.as_str(), counts.map(Value::as_u64)), (Some("restarted"), [Some(12), Some(12), Some(100)]));
    assert_eq!(suggestions[0]["like"].as_array().map(Vec::len), Some(12));
    let owned = ask(&world, &operation(&world), &incident, "owner", "tax").await;
    assert_eq!(owned["advice"], shown["advice"], "all are of the owner's institution");

    let error = fail(&mut world, 102, Ok(500.try_into().expect("a code"))).await;
    assert_eq!(ask(&world, &operation(&world), &error, "operator", "").await.get("advice"), None, "nothing helps");

    world.heal(incident.chatbot().expect("a chatbot"));
    world.run_for(MINUTE * 20).await;
    let over = ask(&world, &operation(&world), &incident, "operator", "").await;
    assert_eq!((over["state"].as_str(), over.get("advice")), (Some("resolved"), None));
}
