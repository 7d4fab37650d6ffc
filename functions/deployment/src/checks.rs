//! The checks of new versions: the event that a version gets, and the answer that it must give.
//!
//! No check changes anything: a version that is checked has no traffic yet, and may be bad.

use centops_domain::session::SessionToken;
use serde_json::{Value, json};

/// The name of the chatbot, of the DMR and of the message in checks, which are not in the table, and the address of the
/// caller, so that its refusal in the audit trail explains itself.
const NOBODY: &str = "check-of-a-new-version";
/// A time that no observation has. Reports of the future are refused.
const FUTURE: &str = "9999-01-01T00:00:00Z";

/// A check of one function.
#[derive(Debug)]
pub struct Check {
    /// The name of the function.
    pub function: &'static str,
    /// Makes the event.
    pub event: fn() -> Value,
    /// The right answer.
    pub expected: Expected,
}

/// The right answer to an event.
#[derive(Debug)]
pub enum Expected {
    /// The run fails with this message.
    Failure(&'static str),
    /// The answer of an operation has this status, and something at this JSON pointer of its body.
    Response(u16, &'static str),
    /// The queue delivers nothing again.
    NothingReturned,
}

/// All checks.
pub const CHECKS: &[Check] = &[
    // A session that does not exist: the table is read for it.
    Check { function: "authorize", event: unknown_session, expected: Expected::Failure("Unauthorized") },
    Check { function: "get-routes", event: route_table, expected: Expected::Response(200, "/revision") },
    Check { function: "submit-codes", event: future_codes, expected: Expected::Response(400, "/errors/0/pointer") },
    Check { function: "submit-logs", event: future_logs, expected: Expected::Response(400, "/errors/0/pointer") },
    // Reports about a chatbot that is not enrolled are counted nowhere.
    Check { function: "ingest-codes", event: codes_of_nobody, expected: Expected::NothingReturned },
    Check { function: "ingest-logs", event: logs_of_nobody, expected: Expected::NothingReturned },
];

fn unknown_session() -> Value {
    let bearer = format!("Bearer {}", SessionToken::new([0; 32]).reveal());
    json!({
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:eu-north-1:000000000000:check/v1/GET/chatbots",
        "resource": "/chatbots",
        "path": "/chatbots",
        "httpMethod": "GET",
        "headers": {"authorization": bearer},
        "multiValueHeaders": {"authorization": [bearer]},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {"requestId": NOBODY, "identity": {"sourceIp": NOBODY}},
    })
}

fn route_table() -> Value {
    request("GET", "/routes", "dmr", &Value::Null)
}

fn future_codes() -> Value {
    request("POST", "/codes", "dmr", &json!({"codes": [{"chatbot": NOBODY, "at": FUTURE, "status": 200}]}))
}

fn future_logs() -> Value {
    request("POST", "/logs", "chatbot", &json!({"logs": [{"at": FUTURE, "level": "info", "message": "check"}]}))
}

fn codes_of_nobody() -> Value {
    message("dmr", &json!({"codes": [{"chatbot": NOBODY, "at": "2026-01-01T00:00:00Z", "status": 200}]}))
}

fn logs_of_nobody() -> Value {
    message("chatbot", &json!({"logs": [{"at": "2026-01-01T00:00:00Z", "level": "info", "message": "check"}]}))
}

/// Returns a request of the Network API by a device of `profile`, as the gateway sends it.
fn request(method: &str, path: &str, profile: &str, body: &Value) -> Value {
    json!({
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json", "idempotency-key": NOBODY},
        "multiValueHeaders": {"content-type": ["application/json"], "idempotency-key": [NOBODY]},
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "requestId": NOBODY,
            "resourcePath": path,
            "httpMethod": method,
            "path": path,
            "stage": "v1",
            "identity": {},
            "authorizer": {
                "principalId": format!("{profile}:{NOBODY}"),
                "kind": profile,
                "subject": NOBODY,
                "roles": "",
                "institutions": "",
            },
        },
        "body": if body.is_null() { Value::Null } else { body.to_string().into() },
        "isBase64Encoded": false,
    })
}

/// Returns a delivery of one message of a device of `profile`, as Lambda gets it from the queue.
fn message(profile: &str, body: &Value) -> Value {
    json!({"Records": [{
        "messageId": NOBODY,
        "receiptHandle": NOBODY,
        "body": body.to_string(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SequenceNumber": "1",
            "MessageGroupId": format!("{profile}:{NOBODY}"),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }]})
}
