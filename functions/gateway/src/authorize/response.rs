//! The authorizer's response to the gateway: an IAM policy, and the caller as context.

use centops_domain::{
    callers::{Caller, Person, Role},
    chatbots::Name,
};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    kind: &'static str,
    subject: String,
    roles: String,
    institutions: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    over_budget: Option<&'static str>,
}

/// Allows `caller` every operation of the called API, because the gateway caches the response and uses it for other
/// operations of the same caller.
pub fn allow(arn: &str, caller: Caller) -> Value {
    let stage: Vec<_> = arn.splitn(3, '/').take(2).collect();
    response("Allow", &format!("{}/*", stage.join("/")), &context(caller))
}

/// Lets the function answer the called operation with 429: the gateway itself has a 403 only.
pub fn over_budget(arn: &str, caller: Caller) -> Value {
    response("Allow", arn, &Context { over_budget: Some("true"), ..context(caller) })
}

/// Denies the authenticated `caller` the called operation: the gateway answers 403.
pub fn deny(arn: &str, caller: Caller) -> Value {
    response("Deny", arn, &context(caller))
}

fn response(effect: &str, resource: &str, context: &Context) -> Value {
    json!({
        "principalId": format!("{}:{}", context.kind, context.subject),
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}],
        },
        "context": context,
    })
}

fn context(caller: Caller) -> Context {
    let device = |kind, name: Name| Context {
        kind,
        subject: name.into(),
        roles: String::new(),
        institutions: String::new(),
        over_budget: None,
    };
    match caller {
        Caller::Dmr(name) => device("dmr", name),
        Caller::Chatbot(name) => device("chatbot", name),
        Caller::Person(Person { subject, roles, institutions }) => Context {
            kind: "person",
            subject,
            roles: join(roles.into_iter().map(Role::as_str)),
            institutions: join(institutions.iter().map(Name::as_str)),
            over_budget: None,
        },
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}
