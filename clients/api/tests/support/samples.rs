//! Random values of the contract's schemas.

use centops_client::schema::Schemas;
use proptest::{
    prelude::Rng as _,
    strategy::{Strategy as _, ValueTree as _},
    string::string_regex,
    test_runner::TestRunner,
};
use serde_json::{Map, Value, json};

/// Generates values. The same seed gives the same values.
pub struct Samples {
    runner: TestRunner,
    /// Whether optional fields are left out.
    pub is_least: bool,
}

impl Samples {
    pub fn new() -> Self {
        Self { runner: TestRunner::deterministic(), is_least: false }
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.runner.rng().next_u64() % limit.max(1) as u64).unwrap_or_default()
    }

    fn matching(&mut self, pattern: &str) -> String {
        let pattern =
            if pattern == "\\S" { "[a-z]{1,9}" } else { pattern.trim_start_matches('^').trim_end_matches('$') };
        string_regex(pattern).expect("a pattern").new_tree(&mut self.runner).expect("a text").current()
    }

    /// Returns a value of a schema.
    pub fn of(&mut self, schemas: &Schemas, schema: &Value) -> Value {
        let schema = schemas.resolve(schema);
        for keyword in ["oneOf", "anyOf"] {
            if let (Some(parts), Some(_)) = (schema[keyword].as_array(), schema.get("properties")) {
                let chosen = self.below(parts.len());
                return self.of(schemas, &alternative(schema, keyword, parts, chosen));
            }
        }
        if let Some(parts) = schema["oneOf"].as_array() {
            let part = &parts[self.below(parts.len())];
            return self.of(schemas, part);
        }
        if let Some(part) = schema["allOf"].as_array().and_then(|parts| parts.first()) {
            return self.of(schemas, part);
        }
        if let Some(values) = schema["enum"].as_array() {
            return values[self.below(values.len())].clone();
        }
        match schema["type"].as_str() {
            Some("string") => Value::String(self.text(schema)),
            Some("integer") => json!(self.integer(schema)),
            Some("number") => json!(schema["minimum"].as_f64().unwrap_or(0.5).max(0.0)),
            Some("boolean") => json!(self.below(2) == 0),
            Some("array") => self.array(schemas, schema),
            Some("object") => self.object(schemas, schema),
            _ => json!("anything"),
        }
    }

    fn text(&mut self, schema: &Value) -> String {
        let maximum =
            schema["maxLength"].as_u64().map_or(usize::MAX, |maximum| usize::try_from(maximum).unwrap_or(usize::MAX));
        match (schema["pattern"].as_str(), schema["format"].as_str()) {
            (Some(pattern), _) => loop {
                let text = self.matching(pattern);
                if text.len() <= maximum {
                    return text;
                }
            },
            (_, Some("date-time")) => self.matching("2026-1[0-2]-[01][1-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9]Z"),
            (_, Some("date")) => self.matching("2026-1[0-2]-[01][1-9]"),
            (_, Some("uri")) => self.matching("https://[a-z]{3,9}\\.example\\.ee/[a-z]{0,9}"),
            (_, Some("email")) => self.matching("[a-z]{1,9}@[a-z]{2,9}\\.ee"),
            (_, Some("uuid")) => self.matching("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"),
            _ => {
                let minimum = schema["minLength"].as_u64().unwrap_or(1);
                let maximum = schema["maxLength"].as_u64().unwrap_or(12).min(minimum + 12);
                self.matching(&format!("[a-zõäöü]{{{minimum},{maximum}}}"))
            }
        }
    }

    fn integer(&mut self, schema: &Value) -> i64 {
        let minimum = schema["minimum"].as_i64().unwrap_or(0);
        let maximum = schema["maximum"].as_i64().unwrap_or(minimum + 100);
        let range = usize::try_from(maximum - minimum + 1).unwrap_or(usize::MAX);
        minimum + i64::try_from(self.below(range)).unwrap_or_default()
    }

    fn array(&mut self, schemas: &Schemas, schema: &Value) -> Value {
        let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or_default();
        let count = least.max(if self.is_least { 0 } else { self.below(3) });
        let mut items: Vec<Value> = Vec::new();
        for _ in 0..count {
            let item = self.of(schemas, &schema["items"]);
            if !items.contains(&item) {
                items.push(item);
            }
        }
        Value::Array(items)
    }

    fn object(&mut self, schemas: &Schemas, schema: &Value) -> Value {
        let mut fields = Map::new();
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let least = schema["minProperties"].as_u64().unwrap_or(0);
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_needed = required.contains(&name.as_str()) || (fields.len() as u64) < least;
            if is_needed || (!self.is_least && self.below(2) == 0) {
                fields.insert(name.clone(), self.of(schemas, property));
            }
        }
        Value::Object(fields)
    }
}

/// Returns an object's schema of which one of the alternatives holds: other fields are required by each.
fn alternative(schema: &Value, keyword: &str, parts: &[Value], chosen: usize) -> Value {
    let mut schema = schema.clone();
    let fields = schema.as_object_mut().expect("a schema");
    fields.remove(keyword);
    let required = |part: &Value| part["required"].as_array().cloned().unwrap_or_default();
    for name in parts.iter().enumerate().filter(|(at, _)| *at != chosen).flat_map(|(_, part)| required(part)) {
        fields["properties"].as_object_mut().expect("properties").remove(name.as_str().expect("a name"));
    }
    let mut all = required(&Value::Object(fields.clone()));
    all.extend(required(&parts[chosen]));
    fields.insert("required".to_owned(), Value::Array(all));
    schema
}
