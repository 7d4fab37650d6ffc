//! Generates the table of operations and the schemas from `openapi.yaml`, so that both are always those of the contract.

use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn main() -> Result<(), Box<dyn Error>> {
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../openapi.yaml");
    println!("cargo::rerun-if-changed={}", source.display());
    let contract: Value = {
        // YAML 1.1 reads `y`, `no` and `on` as booleans; YAML 1.2, in which the contract is written, as texts.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(&fs::read_to_string(&source)?, options)?
    };
    let mut table = String::new();
    let mut names = Vec::new();
    let mut operations = Map::new();
    for (path, item) in object(&contract, "paths")? {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let parameters = parameters(&contract, item, operation);
            let name = write_operation(&mut table, &contract, (path, method), operation, &parameters)?;
            names.push(name);
            let responses = responses(operation);
            let id = text(operation, "operationId")?;
            operations.insert(id.to_owned(), json!({"parameters": parameters, "responses": responses}));
        }
    }
    writeln!(table, "/// All operations, in the order of the contract.\npub const ALL: &[&Operation] = &[")?;
    for name in names {
        writeln!(table, "    &{name},")?;
    }
    writeln!(table, "];")?;
    let schemas = json!({
        "schemas": contract.pointer("/components/schemas"),
        "responses": contract.pointer("/components/responses"),
        "operations": operations,
    });
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("operations.rs"), table)?;
    fs::write(out.join("schemas.json"), serde_json::to_vec(&schemas)?)?;
    Ok(())
}

/// Returns the parameters of the path and of the operation, with references resolved.
fn parameters(contract: &Value, item: &Value, operation: &Value) -> Vec<Value> {
    let of = |value: &Value| value.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    of(item).into_iter().chain(of(operation)).map(|one| resolve(contract, one)).collect()
}

fn resolve(contract: &Value, value: Value) -> Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|to| contract.pointer(to.trim_start_matches('#')));
    target.cloned().unwrap_or(value)
}

/// Returns the schema of each media type of each answer.
fn responses(operation: &Value) -> Value {
    let mut responses = Map::new();
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let kept = response.get("$ref").map_or_else(
            || json!({"content": response.get("content").cloned().unwrap_or_else(|| json!({}))}),
            |to| json!({"$ref": to}),
        );
        responses.insert(status.clone(), kept);
    }
    Value::Object(responses)
}

fn write_operation(
    table: &mut String,
    contract: &Value,
    (path, method): (&str, &str),
    operation: &Value,
    parameters: &[Value],
) -> Result<String, Box<dyn Error>> {
    let id = text(operation, "operationId")?;
    let name = id.replace('-', "_").to_uppercase();
    let method = method.to_uppercase();
    let summary = text(operation, "summary")?;
    let api =
        if text(operation, "x-centops-area").is_ok() && has_tag(operation, "network") { "Network" } else { "Admin" };
    let is_public = operation.get("security").and_then(Value::as_array).is_none_or(Vec::is_empty);
    let key = match operation.get("x-centops-key").and_then(Value::as_str) {
        Some("header") => "Some(ApiKeyLocation::Header)",
        Some("authorization") => "Some(ApiKeyLocation::Authorization)",
        Some(other) => return Err(format!("{id}: unknown x-centops-key {other}").into()),
        None => "None",
    };
    let body = operation.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
    let body = body.and_then(|to| to.rsplit('/').next());
    let items = items(contract, operation);
    writeln!(table, "/// `{method} {path}`: {summary}.\npub const {name}: Operation = Operation {{")?;
    writeln!(table, "    id: {id:?}, method: {method:?}, path: {path:?}, summary: {summary:?}, api: Api::{api},")?;
    writeln!(
        table,
        "    is_public: {is_public}, api_key: {key}, body: {body:?}, items: {items:?},\n    parameters: &["
    )?;
    for parameter in parameters {
        let name = text(parameter, "name")?;
        let location = match text(parameter, "in")? {
            "path" => "Path",
            "query" => "Query",
            "header" => "Header",
            other => return Err(format!("{id}: unknown location {other}").into()),
        };
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
        writeln!(
            table,
            "        Parameter {{ name: {name:?}, location: Location::{location}, is_required: {required} }},"
        )?;
    }
    writeln!(table, "    ],\n}};\n")?;
    Ok(name)
}

/// Returns the field of the answer that has the items, if the answer is a list: empty if the answer itself is an array.
fn items<'a>(contract: &'a Value, operation: &'a Value) -> Option<&'a str> {
    let schema = operation.pointer("/responses/200/content/application~1json/schema")?;
    let target = schema.get("$ref").and_then(Value::as_str).map(|to| to.trim_start_matches('#'));
    let schema = target.and_then(|to| contract.pointer(to)).unwrap_or(schema);
    if schema.get("type").and_then(Value::as_str) == Some("array") {
        return Some("");
    }
    let is_list = operation.get("operationId").and_then(Value::as_str).is_some_and(|id| id.starts_with("list-"));
    let is_page = schema.pointer("/properties/next").is_some();
    let mut required = schema.get("required")?.as_array()?.iter().filter_map(Value::as_str);
    let array =
        |name: &&str| schema.pointer(&format!("/properties/{name}/type")).and_then(Value::as_str) == Some("array");
    if is_list || is_page { required.find(array) } else { None }
}

fn has_tag(operation: &Value, tag: &str) -> bool {
    operation.get("tags").and_then(Value::as_array).is_some_and(|tags| tags.iter().any(|one| one == tag))
}

fn object<'a>(value: &'a Value, field: &str) -> Result<&'a Map<String, Value>, String> {
    value.get(field).and_then(Value::as_object).ok_or_else(|| format!("openapi.yaml has no {field}"))
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, String> {
    value.get(field).and_then(Value::as_str).ok_or_else(|| format!("openapi.yaml: {field} is missing"))
}
