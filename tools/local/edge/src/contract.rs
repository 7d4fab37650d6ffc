//! The operations of the API contract, and which of them a request means.

use std::collections::BTreeMap;

use hyper::Method;
use matchit::Router;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// The tag of the operations that this edge serves.
const TAG: &str = "network";

/// Why the contract cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// It is not YAML, or has no paths.
    #[error("it is not an OpenAPI document: {0}")]
    Document(String),
    /// A path template that cannot be matched.
    #[error("path {path}: {reason}")]
    Path {
        /// The template, as the contract has it.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing in it is for this edge.
    #[error("it has no operation tagged `{TAG}`")]
    Empty,
}

#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, PathItem>,
}

#[derive(Deserialize)]
struct PathItem {
    get: Option<Operation>,
    put: Option<Operation>,
    post: Option<Operation>,
    delete: Option<Operation>,
    options: Option<Operation>,
    head: Option<Operation>,
    patch: Option<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(rename = "operationId")]
    id: String,
    #[serde(rename = "x-centops-alias-of")]
    alias_of: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

impl PathItem {
    fn network_operations(self) -> BTreeMap<String, String> {
        [
            (Method::GET, self.get),
            (Method::PUT, self.put),
            (Method::POST, self.post),
            (Method::DELETE, self.delete),
            (Method::OPTIONS, self.options),
            (Method::HEAD, self.head),
            (Method::PATCH, self.patch),
        ]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation?)))
        .filter(|(_, operation)| operation.tags.iter().any(|tag| tag == TAG))
        .map(|(method, Operation { id, alias_of, .. })| (method.to_string(), alias_of.unwrap_or(id)))
        .collect()
    }
}

#[derive(Debug)]
struct Resource {
    template: String,
    operations: BTreeMap<String, String>,
}

/// The network operations by path template and method.
#[derive(Debug)]
pub struct Contract {
    resources: Router<Resource>,
}

/// The operation that a request means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The name of the function that answers it: the operation's id, or that of the one it is an alias of.
    pub operation: String,
    /// The path template.
    pub resource: String,
    /// Path parameters, percent-decoded.
    pub path_parameters: BTreeMap<String, String>,
}

impl Contract {
    /// Reads the contract, an `OpenAPI` document in YAML.
    ///
    /// # Errors
    /// When the document cannot be read or has no operation for this edge.
    pub fn parse(yaml: &str) -> Result<Self, ContractError> {
        let document: Document =
            serde_saphyr::from_str(yaml).map_err(|error| ContractError::Document(error.to_string()))?;
        let mut resources = Router::new();
        let mut empty = true;
        for (template, item) in document.paths {
            let operations = item.network_operations();
            if operations.is_empty() {
                continue;
            }
            empty = false;
            let resource = Resource { template: template.clone(), operations };
            resources
                .insert(template.as_str(), resource)
                .map_err(|error| ContractError::Path { path: template, reason: error.to_string() })?;
        }
        if empty { Err(ContractError::Empty) } else { Ok(Self { resources }) }
    }

    /// The operation of a method and path, when there is one. A parameter that is not UTF-8 after
    /// decoding matches nothing.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Option<Matched> {
        let found = self.resources.at(path).ok()?;
        let operation = found.value.operations.get(method.as_str())?.clone();
        let path_parameters = found
            .params
            .iter()
            .map(|(name, value)| {
                let value = percent_decode_str(value).decode_utf8().ok()?;
                Some((name.to_owned(), value.into_owned()))
            })
            .collect::<Option<_>>()?;
        Some(Matched { operation, resource: found.value.template.clone(), path_parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /routes:
    get: {operationId: get-routes, tags: [network], responses: {}}
  /routes/{name}:
    parameters: [{name: name, in: path}]
    get: {operationId: get-route, tags: [network]}
    delete: {operationId: drop-route, tags: [admin]}
  /chatbots:
    get: {operationId: list-chatbots, tags: [admin]}
";

    fn find(method: &Method, path: &str) -> Option<Matched> {
        Contract::parse(YAML).unwrap().find(method, path)
    }

    #[test]
    fn a_fixed_path_matches_its_method_only() {
        let matched = find(&Method::GET, "/routes").unwrap();
        assert_eq!(matched.operation, "get-routes");
        assert_eq!(matched.resource, "/routes");
        assert!(matched.path_parameters.is_empty());
        assert_eq!(find(&Method::POST, "/routes"), None);
        assert_eq!(find(&Method::GET, "/routes/"), None);
        assert_eq!(find(&Method::GET, "/route"), None);
    }

    #[test]
    fn path_parameters_are_decoded_and_keep_to_one_segment() {
        let matched = find(&Method::GET, "/routes/b%C3%BCrokratt%2Fa").unwrap();
        assert_eq!(matched.resource, "/routes/{name}");
        assert_eq!(matched.path_parameters["name"], "bürokratt/a");
        assert_eq!(find(&Method::GET, "/routes/a/b"), None);
        assert_eq!(find(&Method::GET, "/routes/%ff"), None);
    }

    #[test]
    fn operations_of_the_other_api_do_not_exist_here() {
        assert_eq!(find(&Method::GET, "/chatbots"), None);
        assert_eq!(find(&Method::DELETE, "/routes/a"), None);
    }

    #[test]
    fn the_contract_of_the_repository_can_be_served() {
        let contract = Contract::parse(include_str!("../../../../openapi.yaml")).unwrap();
        for (method, path, operation) in [
            (Method::GET, "/routes", "get-routes"),
            (Method::GET, "/routes/ppa", "get-route"),
            (Method::POST, "/codes", "submit-codes"),
            (Method::POST, "/logs", "submit-logs"),
            (Method::GET, "/updates", "get-updates"),
            (Method::PUT, "/versions", "report-versions"),
            (Method::GET, "/public/participants", "list-participants"),
            (Method::GET, "/participants", "list-participants"),
            (Method::PUT, "/public/participants/my/state", "set-own-state"),
        ] {
            assert_eq!(contract.find(&method, path).unwrap().operation, operation);
        }
        assert_eq!(contract.find(&Method::GET, "/chatbots"), None);
    }

    #[test]
    fn a_document_without_network_operations_is_refused() {
        assert!(matches!(Contract::parse("paths: {}"), Err(ContractError::Empty)));
        assert!(matches!(Contract::parse("- a"), Err(ContractError::Document(_))));
    }
}
