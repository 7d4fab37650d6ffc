//! The JSON Schema of manifests, derived from the request bodies of the contract.

use std::sync::OnceLock;

use centops_client::schema::schemas;
use serde_json::{Map, Value, json};

use crate::manifest::{API_VERSION, Kind};

/// Returns the schema of the manifests of a kind.
pub fn of(kind: Kind) -> &'static Value {
    static SCHEMAS: OnceLock<Vec<Value>> = OnceLock::new();
    let all = SCHEMAS.get_or_init(|| Kind::ALL.into_iter().map(make).collect());
    &all[kind as usize]
}

/// Returns one schema of all kinds, with definitions, for editors.
pub fn published() -> Value {
    let mut definitions = Map::new();
    let forms: Vec<_> = Kind::ALL.into_iter().map(|kind| published_part(of(kind), &mut definitions)).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "CentOps manifest",
        "oneOf": forms,
        "definitions": definitions,
    })
}

/// Returns a schema with its references to `definitions`, into which it copies their targets.
fn published_part(schema: &Value, definitions: &mut Map<String, Value>) -> Value {
    match schema {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next()) {
                if !definitions.contains_key(name) {
                    definitions.insert(name.to_owned(), Value::Null);
                    let target = schemas().named(name).cloned().unwrap_or_default();
                    let target = published_part(&target, definitions);
                    definitions.insert(name.to_owned(), target);
                }
                return json!({"$ref": format!("#/definitions/{name}")});
            }
            fields
                .iter()
                .map(|(name, field)| (name.clone(), published_part(field, definitions)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(|item| published_part(item, definitions)).collect(),
        other => other.clone(),
    }
}

fn make(kind: Kind) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"type": "string", "enum": [API_VERSION]},
            "kind": {"type": "string", "enum": [kind.word()]},
            "metadata": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name"],
                "properties": {
                    "name": {"$ref": "#/components/schemas/Name"},
                    "id": {"type": "string", "minLength": 1},
                    "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
            "spec": spec(kind),
        },
    })
}

fn spec(kind: Kind) -> Value {
    match kind {
        Kind::Institution => without("NewInstitution", &["id"]),
        Kind::Chatbot => without("NewChatbot", &["name", "versions"]),
        Kind::Subscription => {
            let mut spec = without("NewSubscription", &[]);
            put(&mut spec, "chatbots", property("SubscriptionChange", "chatbots"));
            put(&mut spec, "paused", property("SubscriptionChange", "paused"));
            spec
        }
        Kind::Outage => {
            let mut spec = without("NewPlannedOutage", &[]);
            put(&mut spec, "chatbots", property("PlannedOutageChange", "chatbots"));
            spec
        }
        // The policy exists always, so a file may name any part of it.
        Kind::Policy => optional(&schemas().named("PolicyDocument").cloned().unwrap_or_default()),
    }
}

fn property(schema: &str, name: &str) -> Value {
    schemas().named(schema).and_then(|schema| schema.get("properties")?.get(name)).cloned().unwrap_or_default()
}

fn put(schema: &mut Value, name: &str, property: Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(name.to_owned(), property);
    }
}

fn without(name: &str, fields: &[&str]) -> Value {
    let mut schema = schemas().named(name).cloned().unwrap_or_default();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !fields.contains(&name.as_str()));
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_some_and(|name| !fields.contains(&name)));
    }
    schema
}

/// Returns a schema whose objects need no field.
fn optional(schema: &Value) -> Value {
    match schemas().resolve(schema) {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, field)| *name != "required" || !field.is_array())
            .map(|(name, field)| (name.clone(), optional(field)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(optional).collect(),
        other => other.clone(),
    }
}
