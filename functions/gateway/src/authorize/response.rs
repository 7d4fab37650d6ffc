//! The authorizer's response to the gateway: an IAM policy, and the caller as context.

use centops_domain::{
    callers::{Caller, Person, Role},
    chatbots::Name,
};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
struct Context {
    kind: &'static str,
    subject: String,
    roles: String,
    institutions: String,
}

/// Allows `caller` every operation of the called API, because the gateway caches the response and uses it for other
/// operations of the same caller.
pub fn allow(arn: &str, caller: Caller) -> Value {
    let stage: Vec<_> = arn.splitn(3, '/').take(2).collect();
    response("Allow", &format!("{}/*", stage.join("/")), caller)
}

/// Denies the authenticated `caller` the called operation: the gateway answers 403.
pub fn deny(arn: &str, caller: Caller) -> Value {
    response("Deny", arn, caller)
}

fn response(effect: &str, resource: &str, caller: Caller) -> Value {
    let context = context(caller);
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
    let device =
        |kind, name: Name| Context { kind, subject: name.into(), roles: String::new(), institutions: String::new() };
    match caller {
        Caller::Dmr(name) => device("dmr", name),
        Caller::Chatbot(name) => device("chatbot", name),
        Caller::Person(Person { subject, roles, institutions }) => Context {
            kind: "person",
            subject,
            roles: join(roles.into_iter().map(Role::as_str)),
            institutions: join(institutions.iter().map(Name::as_str)),
        },
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}
