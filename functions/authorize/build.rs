//! Writes the table of operations from the contract: which API each one is of, who may call it, and where it
//! wants an API key. An operation that does not say it ends the build.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, io, path::Path};

use serde::Deserialize;

const CONTRACT: &str = "../../openapi.yaml";
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

#[derive(Deserialize)]
struct Contract {
    paths: BTreeMap<String, BTreeMap<String, Part>>,
}

/// An operation, or something else of a path, such as its parameters.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Operation(Operation),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Operation {
    #[serde(rename = "operationId")]
    id: String,
    tags: Vec<String>,
    #[serde(rename = "x-centops-callers")]
    callers: Vec<String>,
    #[serde(rename = "x-centops-key")]
    key: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error("openapi.yaml: {0}")]
    Read(#[from] io::Error),
    #[error("openapi.yaml: {0}")]
    Parse(String),
    #[error("the build's own folder is not known")]
    Out(#[from] env::VarError),
    #[error("{0} {1} has no operationId, no tags or no x-centops-callers")]
    Undeclared(String, String),
    #[error("{0} has to have the tag admin or network, and one only")]
    Tag(String),
    #[error("the x-centops-key of {0} is neither header nor authorization, or {0} is not of the network")]
    Key(String),
}

fn main() -> Result<(), TableError> {
    println!("cargo::rerun-if-changed={CONTRACT}");
    println!("cargo::rerun-if-changed=build.rs");
    let contract: Contract =
        serde_saphyr::from_str(&fs::read_to_string(CONTRACT)?).map_err(|error| TableError::Parse(error.to_string()))?;
    let mut table = String::from("&[\n");
    for (path, parts) in contract.paths {
        for (method, part) in parts {
            match part {
                Part::Operation(operation) => table.push_str(&row(&method, &path, &operation)?),
                Part::Other(_) if METHODS.contains(&method.as_str()) => {
                    return Err(TableError::Undeclared(method, path));
                }
                Part::Other(_) => (),
            }
        }
    }
    table.push(']');
    Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join("operations.rs"), table)?)
}

fn row(method: &str, path: &str, operation: &Operation) -> Result<String, TableError> {
    let Operation { id, tags, callers, key } = operation;
    let api = match tags.as_slice() {
        [tag] if tag == "admin" => "Api::Admin",
        [tag] if tag == "network" => "Api::Network",
        _ => return Err(TableError::Tag(id.clone())),
    };
    let key = match key.as_deref() {
        None => "None",
        Some("header") if api == "Api::Network" => "Some(KeyPlace::Header)",
        Some("authorization") if api == "Api::Network" => "Some(KeyPlace::Authorization)",
        Some(_) => return Err(TableError::Key(id.clone())),
    };
    let method = method.to_ascii_uppercase();
    let mut row = String::new();
    // Writing to a text does not fail.
    let _ = writeln!(
        row,
        "    Operation {{ method: {method:?}, resource: {path:?}, id: {id:?}, api: {api}, callers: &{callers:?}, \
         key: {key} }},"
    );
    Ok(row)
}
