//! Calls of operations: by their Lambda functions, with a person as the authorizer names them.

use std::{fmt::Display, time::Duration};

use aws_sdk_lambda::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::DisplayErrorContext,
    primitives::Blob,
};
use centops_api::{Setup, StartError};
use centops_contract::Operation;
use centops_domain::{callers::Role, chatbots::Name};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::people::Actor;

/// The longest time of one call. A chat waits three seconds for its answer.
const LONGEST: Duration = Duration::from_millis(2500);

/// A call of an operation.
#[derive(Clone, Debug)]
pub struct OperationCall {
    operation: &'static Operation,
    path: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    body: Value,
}

impl OperationCall {
    /// Returns the call of `operation` without parameters.
    pub fn new(operation: &'static Operation) -> Self {
        Self { operation, path: Vec::new(), query: Vec::new(), body: Value::Null }
    }

    /// Returns the call with the parameter `name` of the path.
    pub fn path(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        self.path.push((name, value.to_string()));
        self
    }

    /// Returns the call with the query parameter `name`.
    pub fn query(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Returns the call with a body.
    pub fn body(self, body: Value) -> Self {
        Self { body, ..self }
    }

    /// Returns the event as the gateway sends it for `actor`.
    pub fn event(&self, actor: &Actor) -> Value {
        let Self { operation, path, query, body } = self;
        let person = &actor.person;
        let full = path
            .iter()
            .fold(operation.path.to_owned(), |full, (name, value)| full.replace(&format!("{{{name}}}"), value));
        let single = |pairs: &[(&str, String)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect::<Map<_, _>>()
        };
        let multiple = query.iter().map(|(name, value)| ((*name).to_owned(), json!([value])));
        json!({
            "resource": operation.path,
            "path": full,
            "httpMethod": operation.method,
            "headers": {"content-type": "application/json"},
            "multiValueHeaders": {"content-type": ["application/json"]},
            "queryStringParameters": single(query),
            "multiValueQueryStringParameters": multiple.collect::<Map<_, _>>(),
            "pathParameters": single(path),
            "stageVariables": null,
            "requestContext": {
                "resourcePath": operation.path,
                "httpMethod": operation.method,
                "path": full,
                "stage": "v1",
                "identity": {},
                "authorizer": {
                    "principalId": format!("person:{}", person.subject),
                    "kind": "person",
                    "subject": person.subject,
                    "roles": words(person.roles.iter().map(|role| Role::as_str(*role))),
                    "institutions": words(person.institutions.iter().map(Name::as_str)),
                    "via": actor.via,
                },
            },
            "body": if body.is_null() { Value::Null } else { body.to_string().into() },
            "isBase64Encoded": false,
        })
    }
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

/// The answer of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationAnswer {
    /// The status.
    pub status: u16,
    /// The body; `null` if it is empty or no JSON.
    pub body: Value,
}

/// An operation that did not answer. A change may have been made.
#[derive(Debug, thiserror::Error)]
#[error("{operation} did not answer: {reason}")]
pub struct NoAnswer {
    operation: &'static str,
    reason: String,
}

/// What calls operations: the functions of the stack, or answers of a test.
pub trait Operations {
    /// Calls an operation for `actor`.
    ///
    /// # Errors
    /// [`NoAnswer`].
    fn call(
        &self,
        actor: &Actor,
        call: OperationCall,
    ) -> impl Future<Output = Result<OperationAnswer, NoAnswer>> + Send;
}

/// The functions of this stack.
#[derive(Debug)]
pub struct StackFunctions {
    client: Client,
    stack: String,
}

impl StackFunctions {
    /// Returns the functions of the stack (`STACK`). A call is made once: a change that is repeated may be another change.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(LONGEST).operation_timeout(LONGEST).build();
        let config = aws_sdk_lambda::config::Builder::from(setup.config())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .build();
        Ok(Self { client: Client::from_conf(config), stack: setup.variable("STACK")? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyResponse {
    status_code: u16,
    #[serde(default)]
    body: Option<String>,
}

impl Operations for StackFunctions {
    async fn call(&self, actor: &Actor, call: OperationCall) -> Result<OperationAnswer, NoAnswer> {
        let operation = call.operation.id;
        let failed = |reason: String| NoAnswer { operation, reason };
        let function = format!("{}-{}", self.stack, call.operation.function);
        let payload = Blob::new(call.event(actor).to_string());
        let sent = self.client.invoke().function_name(function).payload(payload).send().await;
        let output = sent.map_err(|error| failed(DisplayErrorContext(error).to_string()))?;
        if let Some(error) = output.function_error {
            return Err(failed(error));
        }
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        let response: ProxyResponse = serde_json::from_slice(&payload).map_err(|error| failed(error.to_string()))?;
        let body = response.body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
        Ok(OperationAnswer { status: response.status_code, body })
    }
}

#[cfg(test)]
mod tests {
    use centops_contract::operations;
    use centops_domain::callers::Person;

    use super::*;

    #[test]
    fn event_names_the_person_as_the_authorizer_does_and_what_they_used() {
        let person = Person {
            subject: "EE1".to_owned(),
            roles: [Role::Operator, Role::Owner].into(),
            institutions: ["tax".parse().expect("a name"), "police".parse().expect("a name")].into(),
        };
        let actor = Actor { person, name: None, via: "slack".to_owned() };
        let call = OperationCall::new(&operations::SET_CONTROL).path("name", "tax-board").query("limit", &5);
        let event = call.body(json!({"mode": "hold"})).event(&actor);
        let expected = json!({"principalId": "person:EE1", "kind": "person", "subject": "EE1", "roles": "operator owner",
            "institutions": "police tax", "via": "slack"});
        assert_eq!(event["requestContext"]["authorizer"], expected);
        assert_eq!(
            (&event["path"], &event["resource"]),
            (&json!("/chatbots/tax-board/control"), &json!("/chatbots/{name}/control"))
        );
        assert_eq!(event["body"], r#"{"mode":"hold"}"#);
        assert_eq!(event["multiValueQueryStringParameters"], json!({"limit": ["5"]}));
    }
}
