//! The events that the functions are invoked with, in the form of the REST API.

use hyper::body::Bytes;
use serde_json::{Value, json};

/// The event of `GET /routes/{name}`.
#[must_use]
pub fn get_route(name: &str) -> Bytes {
    let mut event = get("/routes/{name}", &format!("/routes/{name}"));
    event["pathParameters"] = json!({ "name": name });
    event.to_string().into()
}

/// The event of `GET /routes`, with the `If-None-Match` of a caller that has the table of the `ETag` `known`.
#[must_use]
pub fn get_routes(known: Option<&str>) -> Bytes {
    let mut event = get("/routes", "/routes");
    if let Some(known) = known {
        set_header(&mut event, "if-none-match", known);
    }
    event.to_string().into()
}

/// The event of `GET /routes?since=…`.
#[must_use]
pub fn get_changes(since: u64) -> Bytes {
    let mut event = get("/routes", "/routes");
    set_query(&mut event, "since", &since.to_string());
    event.to_string().into()
}

/// The content encoding that a caller accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentEncoding {
    /// No compression.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// The event of `GET /routes` of a caller that has no table.
#[must_use]
pub fn get_routes_encoded(encoding: ContentEncoding) -> Bytes {
    let mut event = get("/routes", "/routes");
    let accepted = match encoding {
        ContentEncoding::Identity => "identity",
        ContentEncoding::Gzip => "gzip",
        ContentEncoding::Zstd => "zstd",
    };
    set_header(&mut event, "accept-encoding", accepted);
    event.to_string().into()
}

fn set_header(event: &mut Value, name: &str, value: &str) {
    event["headers"][name] = json!(value);
    event["multiValueHeaders"][name] = json!([value]);
}

fn set_query(event: &mut Value, name: &str, value: &str) {
    event["queryStringParameters"] = json!({ name: value });
    event["multiValueQueryStringParameters"] = json!({ name: [value] });
}

fn get(resource: &str, path: &str) -> Value {
    json!({
        "resource": resource,
        "path": path,
        "httpMethod": "GET",
        "headers": {"accept": "application/json", "host": "network.centops.test"},
        "multiValueHeaders": {"accept": ["application/json"], "host": ["network.centops.test"]},
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "resourceId": "bench",
            "resourcePath": resource,
            "httpMethod": "GET",
            "requestTime": "21/Nov/2026:09:00:00 +0000",
            "requestTimeEpoch": 1_795_251_600_000_i64,
            "path": path,
            "protocol": "HTTP/1.1",
            "accountId": "000000000000",
            "apiId": "bench",
            "stage": "v1",
            "domainName": "network.centops.test",
            "requestId": "00000000-0000-4000-8000-000000000000",
            "identity": {"sourceIp": "192.0.2.7", "userAgent": "bench"},
            "authorizer": {
                "principalId": "dmr-tallinn",
                "kind": "dmr",
                "subject": "dmr-tallinn",
                "roles": "",
                "institutions": "",
            },
        },
        "body": null,
        "isBase64Encoded": false,
    })
}
