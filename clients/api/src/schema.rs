//! Validation against the schemas of the contract: the part of JSON Schema that OpenAPI 3.0 has and the contract uses.
//!
//! It needs no network, so manifests are checked before anything is sent. `tests/schema.rs` holds it to the crate
//! `jsonschema`. That crate is not used here: it would be half of the command line's size.

use std::{collections::HashMap, sync::OnceLock};

use regex_lite::Regex;
use serde_json::{Map, Value};

mod formats;

/// A violation of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The JSON pointer of the value (RFC 6901); empty for the whole.
    pub pointer: String,
    /// The violated rule.
    pub detail: String,
}

/// The schemas of the contract.
#[derive(Debug)]
pub struct Schemas {
    document: Value,
    patterns: HashMap<String, Regex>,
}

/// Returns the schemas of the contract.
#[must_use]
pub fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let text = include_str!(concat!(env!("OUT_DIR"), "/schemas.json"));
        // The build script wrote it, so it is JSON. A test reads it.
        Schemas::new(serde_json::from_str(text).unwrap_or_default())
    })
}

impl Schemas {
    fn new(document: Value) -> Self {
        let mut patterns = HashMap::new();
        collect_patterns(&document, &mut patterns);
        Self { document, patterns }
    }

    /// Returns a schema by its name in `components/schemas`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Value> {
        self.document.get("schemas")?.get(name)
    }

    /// Returns the schema of a parameter.
    #[must_use]
    pub fn parameter(&self, operation: &str, name: &str) -> Option<&Value> {
        let parameters = self.document.get("operations")?.get(operation)?.get("parameters")?.as_array()?;
        parameters.iter().find(|one| one.get("name").and_then(Value::as_str) == Some(name))?.get("schema")
    }

    /// Returns the schemas of an answer by media type. None if the contract has no such status.
    #[must_use]
    pub fn response(&self, operation: &str, status: u16) -> Option<&Map<String, Value>> {
        let responses = self.document.get("operations")?.get(operation)?.get("responses")?;
        let response = responses.get(status.to_string())?;
        let target = response.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
        let response = target.map_or(Some(response), |name| self.document.get("responses")?.get(name))?;
        response.get("content")?.as_object()
    }

    /// Returns the schema with its reference, if it is one, resolved.
    #[must_use]
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        target.and_then(|to| self.named(to.rsplit('/').next()?)).unwrap_or(schema)
    }

    /// Returns the violations of the schema with a name. An unknown name is a violation.
    #[must_use]
    pub fn check_named(&self, name: &str, value: &Value) -> Vec<Violation> {
        let missing =
            || vec![Violation { pointer: String::new(), detail: format!("the contract has no schema {name}") }];
        self.named(name).map_or_else(missing, |schema| self.check(schema, value))
    }

    /// Returns the violations of `schema` by `value`, in the order of the value.
    #[must_use]
    pub fn check(&self, schema: &Value, value: &Value) -> Vec<Violation> {
        let mut check = Check { schemas: self, pointer: String::new(), violations: Vec::new() };
        check.any(schema, value);
        check.violations
    }
}

struct Check<'a> {
    schemas: &'a Schemas,
    pointer: String,
    violations: Vec<Violation>,
}

impl Check<'_> {
    fn report(&mut self, detail: String) {
        self.violations.push(Violation { pointer: self.pointer.clone(), detail });
    }

    fn any(&mut self, schema: &Value, value: &Value) {
        let schemas = self.schemas;
        let schema = schemas.resolve(schema);
        if value.is_null() && schema.get("nullable").and_then(Value::as_bool) == Some(true) {
            return;
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.any(part, value);
        }
        self.forms(schema, value, "oneOf");
        self.forms(schema, value, "anyOf");
        if let Some(kind) = schema.get("type").and_then(Value::as_str)
            && !is_kind(kind, value)
        {
            return self.report(format!("must be {}", article(kind)));
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array)
            && !values.contains(value)
        {
            let values: Vec<_> = values.iter().map(plain).collect();
            self.report(format!("must be one of {}", values.join(", ")));
        }
        match value {
            Value::String(text) => self.text(schema, text),
            Value::Number(number) => self.number(schema, number.as_f64().unwrap_or_default()),
            Value::Array(items) => self.array(schema, items),
            Value::Object(fields) => self.object(schema, fields),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Checks the alternatives of `keyword`: `oneOf` permits one of them, `anyOf` one or more.
    fn forms(&mut self, schema: &Value, value: &Value, keyword: &str) {
        let Some(parts) = schema.get(keyword).and_then(Value::as_array) else { return };
        let results: Vec<_> = parts.iter().map(|part| self.schemas.check(part, value)).collect();
        match results.iter().filter(|violations| violations.is_empty()).count() {
            1 => {}
            0 => {
                // The form with the fewest violations is the one that was meant.
                let nearest = results.into_iter().min_by_key(Vec::len).unwrap_or_default();
                for violation in nearest {
                    let pointer = format!("{}{}", self.pointer, violation.pointer);
                    self.violations.push(Violation { pointer, detail: violation.detail });
                }
            }
            _ if keyword == "anyOf" => {}
            _ => self.report("has more than one of the permitted forms".to_owned()),
        }
    }

    fn text(&mut self, schema: &Value, text: &str) {
        let length = text.chars().count();
        if let Some(minimum) = limit(schema, "minLength").filter(|minimum| length < *minimum) {
            self.report(format!("must have at least {minimum} characters"));
        }
        if let Some(maximum) = limit(schema, "maxLength").filter(|maximum| length > *maximum) {
            self.report(format!("must have at most {maximum} characters"));
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            let pattern_of = self.schemas.patterns.get(pattern);
            if pattern_of.is_some_and(|regex| !regex.is_match(text)) {
                self.report(format!("must match {pattern}"));
            }
        }
        if let Some(rule) = schema.get("format").and_then(Value::as_str).and_then(|format| formats::check(format, text))
        {
            self.report(format!("must be {rule}"));
        }
    }

    fn number(&mut self, schema: &Value, number: f64) {
        if let Some(minimum) = schema.get("minimum").and_then(Value::as_f64).filter(|minimum| number < *minimum) {
            self.report(format!("must be at least {minimum}"));
        }
        if let Some(maximum) = schema.get("maximum").and_then(Value::as_f64).filter(|maximum| number > *maximum) {
            self.report(format!("must be at most {maximum}"));
        }
    }

    fn array(&mut self, schema: &Value, items: &[Value]) {
        if let Some(minimum) = limit(schema, "minItems").filter(|minimum| items.len() < *minimum) {
            self.report(format!("must have at least {minimum} items"));
        }
        if let Some(maximum) = limit(schema, "maxItems").filter(|maximum| items.len() > *maximum) {
            self.report(format!("must have at most {maximum} items"));
        }
        let is_unique = schema.get("uniqueItems").and_then(Value::as_bool) == Some(true);
        if is_unique && items.iter().enumerate().any(|(at, item)| items[..at].contains(item)) {
            self.report("must have no item twice".to_owned());
        }
        if let Some(schema) = schema.get("items") {
            for (at, item) in items.iter().enumerate() {
                self.within(&at.to_string(), |check| check.any(schema, item));
            }
        }
    }

    fn object(&mut self, schema: &Value, fields: &Map<String, Value>) {
        for required in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if !fields.contains_key(required) {
                self.within(required, |check| check.report("is required".to_owned()));
            }
        }
        if let Some(minimum) = limit(schema, "minProperties").filter(|minimum| fields.len() < *minimum) {
            self.report(format!("must have at least {minimum} fields"));
        }
        if let Some(maximum) = limit(schema, "maxProperties").filter(|maximum| fields.len() > *maximum) {
            self.report(format!("must have at most {maximum} fields"));
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let additional = schema.get("additionalProperties");
        // By name: whether a map keeps the order of a file depends on how the program was built.
        let mut fields: Vec<_> = fields.iter().collect();
        fields.sort_by_key(|(name, _)| *name);
        for (name, value) in fields {
            let property = properties.and_then(|properties| properties.get(name));
            self.within(name, |check| match (property, additional) {
                (Some(schema), _) | (None, Some(schema @ Value::Object(_))) => check.any(schema, value),
                (None, Some(Value::Bool(false))) => check.report(unknown(properties)),
                (None, _) => {}
            });
        }
    }

    fn within(&mut self, part: &str, check: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
        check(self);
        self.pointer.truncate(length);
    }
}

fn unknown(properties: Option<&Map<String, Value>>) -> String {
    let known: Vec<_> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    if known.is_empty() { "is unknown".to_owned() } else { format!("is unknown; known are {}", known.join(", ")) }
}

fn limit(schema: &Value, name: &str) -> Option<usize> {
    schema.get(name)?.as_u64()?.try_into().ok()
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        // 5.0 is an integer in JSON Schema.
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn article(kind: &str) -> String {
    match kind {
        "array" => "a list".to_owned(),
        "object" => "a mapping".to_owned(),
        "integer" => "an integer".to_owned(),
        "string" => "a text".to_owned(),
        other => format!("a {other}"),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn collect_patterns(value: &Value, patterns: &mut HashMap<String, Regex>) {
    match value {
        Value::Object(fields) => {
            if let Some(pattern) = fields.get("pattern").and_then(Value::as_str)
                && let Ok(regex) = Regex::new(pattern)
            {
                patterns.insert(pattern.to_owned(), regex);
            }
            fields.values().for_each(|field| collect_patterns(field, patterns));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_patterns(item, patterns)),
        _ => {}
    }
}
