//! The authorizer's response: an IAM policy and a context.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use wildmatch::WildMatch;

const INVOKE: &str = "execute-api:invoke";

/// The response of the authorizer function.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// The id of the caller.
    pub principal_id: String,
    policy_document: PolicyDocument,
    #[serde(default)]
    context: BTreeMap<String, Value>,
}

/// An authorizer context with a value of an unsupported type.
#[derive(Debug, thiserror::Error)]
#[error("the authorizer's context value `{0}` is neither a string, a number nor a boolean")]
pub struct ContextError(String);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDocument {
    statement: OneOrMany<Statement>,
}

/// A statement of a policy. Elements that are not evaluated here (`Condition`, `NotResource` …) are an error: ignoring
/// them could allow a request that they deny.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Statement {
    fn covers(&self, method_arn: &str) -> bool {
        let action = |pattern: &String| WildMatch::new(&pattern.to_ascii_lowercase()).matches(INVOKE);
        let resource = |pattern: &String| WildMatch::new(pattern).matches(method_arn);
        self.action.as_slice().iter().any(action) && self.resource.as_slice().iter().any(resource)
    }
}

impl Authorization {
    /// Returns true if an Allow statement covers the method ARN and no Deny statement does.
    #[must_use]
    pub fn allows(&self, method_arn: &str) -> bool {
        let covering = |effect| {
            let statements = self.policy_document.statement.as_slice();
            statements.iter().any(|statement| statement.effect == effect && statement.covers(method_arn))
        };
        !covering(Effect::Deny) && covering(Effect::Allow)
    }

    /// Returns `requestContext.authorizer` of the function's event: the context as strings, and the principal.
    ///
    /// # Errors
    /// Returns an error if a context value is an array, an object or null.
    pub fn into_context(self) -> Result<BTreeMap<String, String>, ContextError> {
        let mut context = BTreeMap::new();
        for (name, value) in self.context {
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(boolean) => boolean.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return Err(ContextError(name)),
            };
            context.insert(name, text);
        }
        context.insert("principalId".to_owned(), self.principal_id);
        Ok(context)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:eu-north-1:000000000000:abc/v1/GET/routes/ppa";

    fn authorization(statement: &Value) -> Authorization {
        let response = json!({
            "principalId": "dmr-tallinn",
            "policyDocument": {"Version": "2012-10-17", "Statement": statement},
            "context": {"kind": "dmr", "limit": 3, "trusted": true},
        });
        serde_json::from_value(response).unwrap()
    }

    fn statement(effect: &str, resource: &str) -> Value {
        json!({"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource})
    }

    #[test]
    fn allow_applies_to_matching_method_arns_only() {
        for (resource, allowed) in [
            (ARN, true),
            ("*", true),
            ("arn:aws:execute-api:*:*:abc/*/GET/*", true),
            ("arn:aws:execute-api:eu-north-1:000000000000:abc/v?/GET/routes/*", true),
            ("arn:aws:execute-api:eu-north-1:000000000000:abc/v1/POST/*", false),
            ("arn:aws:execute-api:eu-north-1:000000000000:abc/v1/GET/routes", false),
            ("arn:aws:execute-api:eu-north-1:000000000000:abc/v1/GET/routes/ppa?", false),
        ] {
            assert_eq!(authorization(&statement("Allow", resource)).allows(ARN), allowed, "{resource}");
        }
    }

    #[test]
    fn deny_overrides_allow_and_an_empty_policy_denies() {
        assert!(!authorization(&json!([statement("Allow", "*"), statement("Deny", "*/GET/*")])).allows(ARN));
        assert!(authorization(&json!([statement("Allow", "*"), statement("Deny", "*/POST/*")])).allows(ARN));
        assert!(!authorization(&json!([])).allows(ARN));
    }

    #[test]
    fn action_is_matched_case_insensitively() {
        let with = |action: Value| json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        assert!(authorization(&with(json!("EXECUTE-API:invoke"))).allows(ARN));
        assert!(authorization(&with(json!(["s3:GetObject", "execute-api:*"]))).allows(ARN));
        assert!(!authorization(&with(json!("execute-api:ManageConnections"))).allows(ARN));
    }

    #[test]
    fn unsupported_policy_element_is_an_error() {
        let mut conditional = statement("Allow", "*");
        conditional["Condition"] = json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}});
        let response = json!({"principalId": "a", "policyDocument": {"Statement": conditional}});
        assert!(serde_json::from_value::<Authorization>(response).is_err());
    }

    #[test]
    fn context_has_strings_and_the_principal() {
        let context = authorization(&json!([])).into_context().unwrap();
        let expected = [("kind", "dmr"), ("limit", "3"), ("principalId", "dmr-tallinn"), ("trusted", "true")];
        assert_eq!(context, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let mut nested = authorization(&json!([]));
        nested.context.insert("roles".to_owned(), json!(["admin"]));
        assert!(nested.into_context().is_err());
    }
}
