//! A server's side of the contract: what breaks it in a request, and sampled answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use centops_client::schema::schemas;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::{
    samples::Samples,
    server::{Received, Sent},
};

const CONTRACT: &str = include_str!("../../../../openapi.yaml");

/// Returns the contract.
pub fn contract() -> Value {
    serde_saphyr::from_str_with_options(CONTRACT, serde_saphyr::options! { strict_booleans: true })
        .expect("the contract")
}

/// Returns the operation of a request, read from the contract itself.
fn find<'a>(contract: &'a Value, request: &Received) -> Option<(&'a Value, &'a Value)> {
    let matches = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), request.path.split('/').collect());
        template.len() == path.len()
            && template.iter().zip(path).all(|(part, segment)| part.starts_with('{') || *part == segment)
    };
    let paths = contract["paths"].as_object()?;
    let exact = paths.get(&request.path).filter(|item| item.get(request.method.to_lowercase()).is_some());
    let item = exact.or_else(|| {
        let mut of = paths.iter().filter(|(template, _)| matches(template));
        of.find(|(_, item)| item.get(request.method.to_lowercase()).is_some()).map(|(_, item)| item)
    })?;
    Some((item, item.get(request.method.to_lowercase())?))
}

/// Returns the validator of a body. It is made once: that takes longer than a request.
fn validator(contract: &Value, reference: &str) -> Arc<Validator> {
    static MADE: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let mut all = MADE.get_or_init(Mutex::default).lock().expect("validators");
    let make = || {
        let schema = json!({"$ref": reference, "components": contract["components"]});
        Arc::new(jsonschema::validator_for(&schema).expect("a schema"))
    };
    Arc::clone(all.entry(reference.to_owned()).or_insert_with(make))
}

/// Returns what in a request breaks the contract.
pub fn violations(contract: &Value, request: &Received) -> Vec<String> {
    let Some((_, operation)) = find(contract, request) else {
        return vec![format!("no operation has {} {}", request.method, request.path)];
    };
    let id = operation["operationId"].as_str().expect("an id");
    let mut found = Vec::new();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if body.is_null() != request.body.is_empty() {
        found.push(format!("{id}: a body is {}", if body.is_null() { "not permitted" } else { "required" }));
    } else if !body.is_null() {
        let of_body = validator(contract, body["$ref"].as_str().expect("a reference"));
        found.extend(of_body.iter_errors(&request.json()).map(|error| format!("{id}: {error}")));
        if request.header("content-type") != Some("application/json") {
            found.push(format!("{id}: the media type is {:?}", request.header("content-type")));
        }
    }
    let bearer = operation["security"].as_array().is_some_and(|all| all.iter().any(|one| one.get("bearer").is_some()));
    if bearer != request.header("authorization").is_some_and(|value| value.starts_with("Bearer ")) {
        found.push(format!("{id}: the token is {}", if bearer { "missing" } else { "not permitted" }));
    }
    found
}

/// Returns an answer with the first permitted status below 300.
pub fn respond(contract: &Value, request: &Received) -> Sent {
    let found = violations(contract, request);
    if !found.is_empty() {
        return Sent::json(400, &json!({"type": "about:blank", "title": found.join("; "), "status": 400}));
    }
    let Some((_, operation)) = find(contract, request) else { return Sent::empty(404) };
    let id = operation["operationId"].as_str().expect("an id");
    let responses = operation["responses"].as_object().expect("responses");
    let status: u16 =
        responses.keys().find(|status| *status < &"400".to_owned()).expect("a status").parse().expect("a number");
    let content = schemas().response(id, status).and_then(|content| content.get("application/json"));
    let mut samples = Samples::new();
    content.map_or_else(
        || Sent { body: vec![], ..Sent::empty(status) },
        |media| {
            let mut body = samples.of(schemas(), &media["schema"]);
            body.as_object_mut().map(|fields| fields.remove("next"));
            Sent::json(status, &body).header("etag", "\"7\"")
        },
    )
}
