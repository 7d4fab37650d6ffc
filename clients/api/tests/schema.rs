//! The validator decides as the crate `jsonschema` does, on generated and on broken values of every schema.

#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod support;

use centops_client::schema::schemas;
use serde_json::{Value, json};
use support::samples::Samples;

const CONTRACT: &str = include_str!("../../../openapi.yaml");

fn contract() -> Value {
    serde_saphyr::from_str_with_options(CONTRACT, serde_saphyr::options! { strict_booleans: true })
        .expect("the contract")
}

/// Returns the reference's validator of a named schema.
fn reference(contract: &Value, name: &str) -> jsonschema::Validator {
    let mut schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": contract["components"]});
    permit_null(&mut schema);
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .with_format("uuid", is_uuid)
        .build(&schema)
        .expect(name)
}

/// Draft 7 has no `nullable`: a field that may be null has two types.
fn permit_null(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.remove("nullable") == Some(json!(true)) {
                let kind = fields["type"].take();
                fields["type"] = json!([kind, "null"]);
            }
            fields.values_mut().for_each(permit_null);
        }
        Value::Array(items) => items.iter_mut().for_each(permit_null),
        _ => {}
    }
}

/// Draft 7 has no format of UUIDs (RFC 9562, section 4).
fn is_uuid(text: &str) -> bool {
    let is_dash = |at| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36 && text.char_indices().all(|(at, c)| if is_dash(at) { c == '-' } else { c.is_ascii_hexdigit() })
}

/// Returns copies of a value with one part broken each.
fn broken(value: &Value) -> Vec<Value> {
    let mut all = vec![Value::Null, json!(true), json!(-1), json!(1e12), json!(""), json!("?"), json!([]), json!({})];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let mut without = fields.clone();
                without.remove(name);
                all.push(Value::Object(without));
                for part in broken(field) {
                    let mut changed = fields.clone();
                    changed.insert(name.clone(), part);
                    all.push(Value::Object(changed));
                }
            }
            let mut more = fields.clone();
            more.insert("unheardOf".to_owned(), json!(1));
            all.push(Value::Object(more));
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                let twice = vec![first.clone(), first.clone()];
                all.push(Value::Array(twice));
                all.extend(broken(first).into_iter().map(|part| Value::Array(vec![part])));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn validator_decides_as_the_reference() {
    let contract = contract();
    let mut samples = Samples::new();
    let (mut valid, mut invalid) = (0, 0);
    for name in contract["components"]["schemas"].as_object().expect("schemas").keys() {
        let reference = reference(&contract, name);
        for _ in 0..4 {
            let sample = samples.of(schemas(), &contract["components"]["schemas"][name]);
            for value in std::iter::once(sample.clone()).chain(broken(&sample)) {
                let violations = schemas().check_named(name, &value);
                assert_eq!(violations.is_empty(), reference.is_valid(&value), "{name}: {value}: {violations:?}");
                if violations.is_empty() { valid += 1 } else { invalid += 1 }
            }
        }
    }
    assert!(valid > 500 && invalid > 10_000, "{valid} valid, {invalid} invalid");
}

#[test]
fn violation_has_the_pointer_of_the_field_and_the_rule() {
    let chatbot = json!({"name": "T", "uri": "nowhere", "type": "bank", "institution": "tax", "colour": "red"});
    let violations = schemas().check_named("NewChatbot", &chatbot);
    let texts: Vec<_> = violations.iter().map(|one| format!("{} {}", one.pointer, one.detail)).collect();
    assert_eq!(
        texts,
        [
            "/contact is required",
            "/colour is unknown; known are contact, institution, name, type, uri, versions",
            "/name must match ^[a-z0-9-]{2,64}$",
            "/type must be one of ministry, institution",
            "/uri must be an absolute URI such as https://bot.example.ee/messages",
        ]
    );
}

#[test]
fn unknown_schema_is_a_violation() {
    assert_eq!(schemas().check_named("NewTeapot", &json!({})).len(), 1);
}
