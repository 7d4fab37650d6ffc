//! Parts of a request: body, path, query, headers. Handlers read them through [`crate::Call`].

use std::str::FromStr;

use centops_contract::PageLimits;
use centops_domain::{chatbots::Name, rfc3339};
use jiff::Timestamp;
use lambda_http::{Request, RequestExt, request::RequestContext};
use serde::de::DeserializeOwned;

use crate::{Problem, pointer, unique_names};

/// Returns the `limit` of a page: from 1 to the maximum, or the default where it is not given.
///
/// # Errors
/// 400 when it is something else.
pub fn limit(request: &Request, limits: PageLimits) -> Result<u16, Problem> {
    let rule = format!("a number from 1 to {}", limits.maximum);
    let limit = query(request, "limit", &rule)?.unwrap_or(limits.default);
    if (1..=limits.maximum).contains(&limit) { Ok(limit) } else { Err(Problem::invalid("#query/limit", rule)) }
}

/// The most bytes of a body: 192 KiB. A queue's message has at most 256 KiB, and a report grows little on its way to
/// the queue (`centops_queues::MAX_MESSAGE_BYTES`).
pub const MAX_BODY: usize = 192 * 1024;

/// Reads the body as a `T`. No object of it may have a name twice.
///
/// # Errors
/// 400 that names the first field that is wrong; 413.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let bytes: &[u8] = request.body().as_ref();
    if bytes.len() > MAX_BODY {
        return Err(Problem::too_large(&format!("A body has at most {MAX_BODY} bytes.")));
    }
    let unique = unique_names::repeated(bytes);
    if let Ok(Some(pointer)) = unique {
        return Err(Problem::invalid(pointer, "given more than once: an object has each name once"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Problem::invalid(pointer::of_error(&error), error.inner()))?;
    json.end().map_err(|error| Problem::invalid("#", error))?;
    // A part that `T` skips may be what could not be checked.
    unique.map_err(|error| Problem::invalid("#", error))?;
    Ok(value)
}

/// Returns the path template of the contract that `request` matched; empty where the gateway did not say.
#[must_use]
pub fn resource(request: &Request) -> &str {
    match request.extensions().get() {
        Some(RequestContext::ApiGatewayV1(context)) => context.resource_path.as_deref().unwrap_or_default(),
        _ => "",
    }
}

/// Returns the chatbot's name in the path.
///
/// # Errors
/// 400 when it is not a name.
pub fn name(request: &Request) -> Result<Name, Problem> {
    path(request, "name")
}

/// Returns the parameter `name` of the path.
///
/// # Errors
/// 400 when it is not a `T`.
pub fn path<T: FromStr<Err: std::fmt::Display>>(request: &Request, name: &str) -> Result<T, Problem> {
    let parameters = request.path_parameters_ref();
    let text = parameters.and_then(|parameters| parameters.first(name)).unwrap_or_default();
    text.parse().map_err(|error| Problem::invalid(format!("#path/{name}"), error))
}

/// Returns the query parameter `name`, or `None` where it is not given.
///
/// # Errors
/// 400 when it is not a `T`, or given twice.
pub fn query<T: FromStr>(request: &Request, name: &str, rule: &str) -> Result<Option<T>, Problem> {
    let values = request.query_string_parameters_ref().and_then(|parameters| parameters.all(name));
    match values.unwrap_or_default().as_slice() {
        [] => Ok(None),
        [value] => value.parse().map(Some).map_err(|_| Problem::invalid(format!("#query/{name}"), rule)),
        _ => Err(Problem::invalid(format!("#query/{name}"), "given more than once")),
    }
}

/// Returns the time in the query parameter `name`, or `None` where it is not given.
///
/// # Errors
/// 400 when it is not a time of RFC 3339, or given twice.
pub fn time(request: &Request, name: &str) -> Result<Option<Timestamp>, Problem> {
    let text = query::<String>(request, name, "")?;
    let time = text.map(|text| rfc3339::parse(&text)).transpose();
    time.map_err(|error| Problem::invalid(format!("#query/{name}"), error))
}

/// Returns the `Idempotency-Key`: 1 to 100 letters, digits, `-` and `_`. As a quoted string, which the IETF draft
/// demands (draft-ietf-httpapi-idempotency-key-header), it is the same key.
///
/// # Errors
/// 400 when there is none, or another form.
pub fn idempotency_key(request: &Request) -> Result<&str, Problem> {
    const RULE: &str = "a batch needs an Idempotency-Key of 1 to 100 letters, digits, - and _, the same for each retry";
    let text = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
    let key = text.map(|text| text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text));
    key.filter(|key| (1..=100).contains(&key.len()))
        .filter(|key| key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
        .ok_or_else(|| Problem::invalid("#header/Idempotency-Key", RULE))
}

#[cfg(test)]
mod tests {
    use centops_domain::{
        chatbots::NewChatbot,
        health::{NewControl, PolicyDocument},
        ingestion::{CodeReport, LogReport},
        releases::VersionReport,
    };
    use lambda_http::{Body, http};

    use super::*;

    fn refusal<T: DeserializeOwned>(text: &str) -> String {
        let request = http::Request::new(Body::Text(text.to_owned()));
        body::<T>(&request).err().expect("refused").to_string()
    }

    #[test]
    fn wrong_field_is_named() {
        let chatbot = |field: &str, value: &str| {
            let mut new = serde_json::json!({
                "name": "tax", "uri": "https://bot.example.ee/", "type": "ministry",
                "institution": "tax", "contact": "owner@example.ee", "versions": {},
            });
            new[field] = serde_json::from_str(value).expect("json");
            refusal::<NewChatbot>(&new.to_string())
        };
        for (field, value) in [
            ("name", "\"A\""),
            ("uri", "\"ftp://x\""),
            ("type", "\"bank\""),
            ("institution", "7"),
            ("contact", "\"nobody\""),
            ("versions", "{\"ruuter\":\"1\"}"),
            ("colour", "\"red\""),
        ] {
            assert!(chatbot(field, value).contains(&format!("#/{field}")), "{field}: {}", chatbot(field, value));
        }
        let codes = r#"{"codes":[{"chatbot":"ab","at":"2026-01-01T00:00:00Z","status":200},{"chatbot":"ab","at":"yesterday","status":200}]}"#;
        assert!(refusal::<CodeReport>(codes).contains("#/codes/1/at"), "{}", refusal::<CodeReport>(codes));
    }

    /// The pointer of the problem, which its text starts with.
    fn pointer_of<T: DeserializeOwned>(text: &str) -> String {
        let refusal = refusal::<T>(text);
        let detail = refusal.strip_prefix("The request is not valid: ").expect("a detail");
        detail.split_once(": ").expect("a rule").0.to_owned()
    }

    #[test]
    fn any_field_name_is_named_exactly() {
        for (field, pointer) in [
            ("a/b", "#/a~1b"),
            ("m~n", "#/m~0n"),
            ("a b", "#/a%20b"),
            ("nõu", "#/n%C3%B5u"),
            ("a`b", "#/a%60b"),
            ("missing field `x`", "#/missing%20field%20%60x%60"),
        ] {
            let name = serde_json::to_string(field).expect("json");
            assert_eq!(pointer_of::<NewChatbot>(&format!("{{{name}:1}}")), pointer, "an unknown field");
            let versions = format!(r#"{{"versions":{{{name}:"1.0.0"}}}}"#);
            assert_eq!(pointer_of::<VersionReport>(&versions), format!("#/versions{}", &pointer[1..]), "a key");
        }
        assert_eq!(pointer_of::<CodeReport>(r#"{"codes":[{}]}"#), "#/codes/0/chatbot", "a missing field");
    }

    #[test]
    fn repeated_name_is_refused_at_its_place() {
        let report = r#"{"versions":{"ruuter":"1.0.0","dmr":"1.0.0","ruuter":"2.0.0"}}"#;
        assert_eq!(pointer_of::<VersionReport>(report), "#/versions/ruuter", "in a map");
        assert_eq!(pointer_of::<VersionReport>(r#"{"versions":{},"versions":{}}"#), "#/versions", "in a struct");
        let policy = r#"{"defaults":{},"chatbots":{"tax":{"probe":{"path":"/a","path":"/b"}}}}"#;
        assert_eq!(pointer_of::<PolicyDocument>(policy), "#/chatbots/tax/probe/path", "in a value of any form");
        let codes = r#"{"codes":[{"chatbot":"ab","at":"2026-01-01T00:00:00Z","status":200,"status":500}]}"#;
        assert_eq!(pointer_of::<CodeReport>(codes), "#/codes/0/status", "in a list");
    }

    #[test]
    fn missing_field_and_malformed_json_are_named() {
        assert!(refusal::<NewChatbot>("{}").contains("#/name: missing field `name`"));
        for malformed in ["", "{", "[]", "null", "{} {}"] {
            assert!(refusal::<NewChatbot>(malformed).contains('#'), "{malformed}");
        }
    }

    #[test]
    fn quoted_idempotency_key_is_the_key_without_quotes() {
        let key = |value: &str| {
            let request =
                http::Request::builder().header("Idempotency-Key", value).body(Body::Empty).expect("a request");
            idempotency_key(&request).map(str::to_owned).ok()
        };
        let uuid = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        assert_eq!(key(uuid).as_deref(), Some(uuid));
        assert_eq!(key(&format!("\"{uuid}\"")).as_deref(), Some(uuid));
        let longest = "x".repeat(100);
        assert_eq!(key(&format!("\"{longest}\"")), Some(longest));
        for other in ["", "\"", "\"\"", "\"a", "a\"", "\"a\"b\"", "\"\"a\"\"", "\"a\";p=1", "\" a\"", "'a'", "a b", "õ"]
        {
            assert_eq!(key(other), None, "{other}");
        }
        assert_eq!(key(&format!("\"{}\"", "x".repeat(101))), None);
    }

    /// Reads `template` as a `T`, with several times in place of `AT`.
    fn check_times<T: DeserializeOwned>(template: &str, pointer: &str) {
        for wrong in ["2026-11-21T12:30:60Z", "2026-11-21T12:30:00+24:00", "2026-11-21 12:30:00Z", "2026-11-21T12:30Z"]
        {
            assert_eq!(pointer_of::<T>(&template.replace("AT", wrong)), pointer, "{wrong}");
        }
        for right in ["2026-11-21T12:30:00.123456789012Z", "2016-12-31T23:59:60Z", "2026-11-21t12:30:00+23:59"] {
            let request = http::Request::new(Body::Text(template.replace("AT", right)));
            assert!(body::<T>(&request).is_ok(), "{right}");
        }
    }

    #[test]
    fn times_of_bodies_are_rfc_3339() {
        check_times::<CodeReport>(r#"{"codes":[{"chatbot":"tax","at":"AT","status":200}]}"#, "#/codes/0/at");
        check_times::<LogReport>(r#"{"logs":[{"level":"info","message":"","at":"AT"}]}"#, "#/logs/0/at");
        check_times::<NewControl>(r#"{"mode":"hold","reason":"a test","until":"AT"}"#, "#/until");
    }

    /// A gateway with binary media types passes every body as base64.
    #[test]
    fn base64_body_is_read() {
        let event = include_str!("../../../events/releases/report-versions.json");
        assert!(event.contains(r#""isBase64Encoded": true"#));
        let request = lambda_http::request::from_str(event).expect("a request");
        assert!(matches!(request.body(), Body::Binary(_)));
        let report: VersionReport = body(&request).expect("a body");
        let versions = serde_json::to_value(report.versions).expect("json");
        assert_eq!(versions, serde_json::json!({"event-component": "2.0.0", "intent-engine": "1.4.1"}));
    }

    #[test]
    fn large_body_is_refused_unread() {
        assert!(refusal::<NewChatbot>(&" ".repeat(MAX_BODY + 1)).contains("at most"));
    }
}
