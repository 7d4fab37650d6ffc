//! The operations of the Network API, by path template and method.

use std::collections::BTreeMap;

use centops_contract::{Api, Operation};
use hyper::Method;
use matchit::{InsertError, Router};
use percent_encoding::percent_decode_str;

/// The operations of one path template, by method.
#[derive(Debug)]
struct Resource {
    template: &'static str,
    operations: BTreeMap<&'static str, &'static Operation>,
}

/// Finds the operation of a request.
#[derive(Debug)]
pub struct OperationRouter {
    resources: Router<Resource>,
}

/// The operation of a request, and its path parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationMatch {
    /// The name of the function that answers the operation.
    pub function: &'static str,
    /// The path template.
    pub resource: &'static str,
    /// The path parameters, percent-decoded.
    pub path_parameters: BTreeMap<String, String>,
}

impl OperationRouter {
    /// Creates a router for the operations of the Network API among `operations`.
    ///
    /// # Errors
    /// Returns an error if a path template is invalid or conflicts with another.
    pub fn new(operations: &[&'static Operation]) -> Result<Self, InsertError> {
        let mut by_template = BTreeMap::<&'static str, BTreeMap<_, _>>::new();
        for operation in operations.iter().filter(|operation| operation.api == Api::Network) {
            by_template.entry(operation.path).or_default().insert(operation.method, *operation);
        }
        let mut resources = Router::new();
        for (template, operations) in by_template {
            resources.insert(template, Resource { template, operations })?;
        }
        Ok(Self { resources })
    }

    /// Returns the operation of a method and a path. A path parameter must be UTF-8 after decoding.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Option<OperationMatch> {
        let matched = self.resources.at(path).ok()?;
        let operation = matched.value.operations.get(method.as_str())?;
        let path_parameters = matched
            .params
            .iter()
            .map(|(name, value)| {
                let value = percent_decode_str(value).decode_utf8().ok()?;
                Some((name.to_owned(), value.into_owned()))
            })
            .collect::<Option<_>>()?;
        Some(OperationMatch { function: operation.function, resource: matched.value.template, path_parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(method: &Method, path: &str) -> Option<OperationMatch> {
        OperationRouter::new(centops_contract::ALL).unwrap().find(method, path)
    }

    #[test]
    fn fixed_path_matches_its_method_only() {
        let matched = find(&Method::GET, "/routes").unwrap();
        assert_eq!(matched.function, "get-routes");
        assert_eq!(matched.resource, "/routes");
        assert!(matched.path_parameters.is_empty());
        assert_eq!(find(&Method::POST, "/routes"), None);
        assert_eq!(find(&Method::GET, "/routes/"), None);
        assert_eq!(find(&Method::GET, "/route"), None);
    }

    #[test]
    fn path_parameters_are_decoded_and_have_one_segment() {
        let matched = find(&Method::GET, "/routes/b%C3%BCrokratt%2Fa").unwrap();
        assert_eq!(matched.resource, "/routes/{name}");
        assert_eq!(matched.path_parameters["name"], "bürokratt/a");
        assert_eq!(find(&Method::GET, "/routes/a/b"), None);
        assert_eq!(find(&Method::GET, "/routes/%ff"), None);
    }

    #[test]
    fn operations_of_the_admin_api_are_not_found() {
        for operation in centops_contract::ALL.iter().filter(|operation| operation.api == Api::Admin) {
            let method = operation.method.parse().unwrap();
            assert_eq!(find(&method, operation.path), None, "{}", operation.id);
        }
    }

    #[test]
    fn every_operation_of_the_network_api_is_found() {
        for operation in centops_contract::ALL.iter().filter(|operation| operation.api == Api::Network) {
            let matched = find(&operation.method.parse().unwrap(), operation.path).unwrap();
            assert_eq!((matched.function, matched.resource), (operation.function, operation.path));
        }
        for (method, path, function) in [
            (Method::GET, "/routes/ppa", "get-route"),
            (Method::POST, "/codes", "submit-codes"),
            (Method::POST, "/logs", "submit-logs"),
            (Method::GET, "/updates", "get-updates"),
            (Method::PUT, "/versions", "report-versions"),
            (Method::GET, "/public/participants", "list-participants"),
            (Method::PUT, "/public/participants/my/state", "set-own-state"),
        ] {
            assert_eq!(find(&method, path).unwrap().function, function);
        }
    }

    #[test]
    fn alias_is_answered_by_the_function_of_its_operation() {
        assert_eq!(find(&Method::GET, "/participants").unwrap().function, "list-participants");
    }

    #[test]
    fn conflicting_path_templates_are_an_error() {
        const FIRST: Operation = Operation { path: "/routes/{name}", ..centops_contract::operations::GET_ROUTE };
        const SECOND: Operation = Operation { path: "/routes/{other}", ..centops_contract::operations::GET_ROUTE };
        assert!(OperationRouter::new(&[&FIRST, &SECOND]).is_err());
    }
}
