//! What the edge answers: a function's answer, or API Gateway's own words.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// An answer of the edge.
pub type Answer = Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// These belong to a connection, not to a function's answer.
const HOP_BY_HOP: [HeaderName; 4] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE];

/// Why a request ends at the edge. The status and the text are API Gateway's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No operation has this method and path.
    #[error("Missing Authentication Token")]
    NoOperation,
    /// The authorizer's policy does not allow the call.
    #[error("User is not authorized to access this resource")]
    Denied,
    /// The authorizer does not know the caller.
    #[error("Unauthorized")]
    Unauthorized,
    /// The authorizer failed, or said what cannot be used.
    #[error("the authorizer failed")]
    Authorizer,
    /// The body is over the limit.
    #[error("Request Entity Too Large")]
    TooLarge,
    /// The body did not come, or not in time.
    #[error("Bad Request")]
    Body,
    /// The function failed, or said what cannot be used.
    #[error("Internal server error")]
    Function,
    /// The function did not answer in time.
    #[error("Endpoint request timed out")]
    Timeout,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::NoOperation | Self::Denied => StatusCode::FORBIDDEN,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Authorizer => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body => StatusCode::BAD_REQUEST,
            Self::Function => StatusCode::BAD_GATEWAY,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    fn error_type(self) -> &'static str {
        match self {
            Self::NoOperation => "MissingAuthenticationTokenException",
            Self::Denied => "AccessDeniedException",
            Self::Unauthorized => "UnauthorizedException",
            Self::Authorizer => "AuthorizerConfigurationException",
            Self::TooLarge => "RequestTooLargeException",
            Self::Body => "BadRequestException",
            Self::Function | Self::Timeout => "InternalServerErrorException",
        }
    }

    /// The refusal as an answer.
    #[must_use]
    pub fn answer(self) -> Answer {
        let message = match self {
            // API Gateway says nothing of an authorizer that failed.
            Self::Authorizer => Value::Null,
            other => other.to_string().into(),
        };
        let mut answer = Response::new(Full::from(json!({ "message": message }).to_string()));
        *answer.status_mut() = self.status();
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.error_type()));
        answer
    }
}

/// What a function answers to a proxy event. API Gateway refuses other fields too.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProxyAnswer {
    status_code: u16,
    headers: Option<BTreeMap<String, Value>>,
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// The function's answer cannot be written as HTTP.
#[derive(Debug, thiserror::Error)]
#[error("malformed answer: {0}")]
pub struct Malformed(String);

/// Writes a function's answer as HTTP.
///
/// # Errors
/// When it does not have the form of a proxy answer.
pub fn from_function(payload: &[u8]) -> Result<Answer, Malformed> {
    let malformed = |error: &dyn ToString| Malformed(error.to_string());
    let proxy: ProxyAnswer = serde_json::from_slice(payload).map_err(|error| malformed(&error))?;
    let status = StatusCode::from_u16(proxy.status_code).map_err(|error| malformed(&error))?;
    let text = proxy.body.unwrap_or_default();
    let body = if proxy.is_base64_encoded == Some(true) {
        Bytes::from(BASE64_STANDARD.decode(text).map_err(|error| malformed(&error))?)
    } else {
        Bytes::from(text)
    };
    let mut headers = headers(proxy.headers.unwrap_or_default(), proxy.multi_value_headers.unwrap_or_default())?;
    if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

/// Names the request in its answer, as API Gateway does.
pub fn name_request(answer: &mut Answer, id: Uuid) {
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
}

/// Both maps together: a pair that is in both appears once.
fn headers(single: BTreeMap<String, Value>, multi: BTreeMap<String, Vec<Value>>) -> Result<HeaderMap, Malformed> {
    let mut headers = HeaderMap::new();
    let many = multi.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    for (name, value) in many {
        if let Some((name, value)) = header(&name, &value)? {
            headers.append(name, value);
        }
    }
    for (name, value) in single {
        if let Some((name, value)) = header(&name, &value)?
            && !headers.get_all(&name).iter().any(|there| *there == value)
        {
            headers.append(name, value);
        }
    }
    Ok(headers)
}

fn header(name: &str, value: &Value) -> Result<Option<(HeaderName, HeaderValue)>, Malformed> {
    let malformed = || Malformed(format!("header {name}: {value}"));
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(boolean) => boolean.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return Err(malformed()),
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| malformed())?;
    let value = HeaderValue::from_str(&text).map_err(|_| malformed())?;
    Ok((!HOP_BY_HOP.contains(&name)).then_some((name, value)))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn body(answer: Answer) -> Bytes {
        answer.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn a_function_s_answer_is_written_as_it_is() {
        let payload = json!({
            "statusCode": 200,
            "headers": {"etag": "\"7\"", "x-count": 3, "content-length": "99"},
            "multiValueHeaders": {"etag": ["\"7\""], "vary": ["a", "b"]},
            "body": "{}",
            "isBase64Encoded": false,
        });
        let answer = from_function(payload.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let all = |name: &str| answer.headers().get_all(name).iter().cloned().collect::<Vec<_>>();
        assert_eq!(all("etag"), ["\"7\""]);
        assert_eq!(all("x-count"), ["3"]);
        assert_eq!(all("vary"), ["a", "b"]);
        assert_eq!(all("content-length"), [""; 0]);
        assert_eq!(all("content-type"), ["application/json"]);
        assert_eq!(body(answer).await, "{}");
    }

    #[tokio::test]
    async fn a_binary_body_is_decoded_and_says_how_it_is_compressed() {
        let headers = [("content-encoding", "zstd"), ("vary", "accept-encoding"), ("etag", "\"7\"")];
        let many: BTreeMap<_, _> = headers.into_iter().map(|(name, value)| (name, [value])).collect();
        let payload = json!({"statusCode": 200, "multiValueHeaders": many, "body": "/wA=", "isBase64Encoded": true});
        let answer = from_function(payload.to_string().as_bytes()).unwrap();
        for (name, value) in headers {
            assert_eq!(answer.headers()[name], value);
        }
        assert_eq!(body(answer).await.as_ref(), [0xff, 0]);
    }

    #[test]
    fn a_malformed_answer_is_an_error() {
        for payload in [
            json!("text"),
            json!({"body": "no status"}),
            json!({"statusCode": 20}),
            json!({"statusCode": 200, "body": {"an": "object"}}),
            json!({"statusCode": 200, "body": "!", "isBase64Encoded": true}),
            json!({"statusCode": 200, "headers": {"a": "b\nc"}}),
            json!({"statusCode": 200, "route": "unknown field"}),
        ] {
            assert!(from_function(payload.to_string().as_bytes()).is_err(), "{payload}");
        }
    }

    #[tokio::test]
    async fn refusals_use_the_words_of_api_gateway() {
        for (refusal, status, text) in [
            (Refusal::NoOperation, 403, r#"{"message":"Missing Authentication Token"}"#),
            (Refusal::Denied, 403, r#"{"message":"User is not authorized to access this resource"}"#),
            (Refusal::Unauthorized, 401, r#"{"message":"Unauthorized"}"#),
            (Refusal::Authorizer, 500, r#"{"message":null}"#),
            (Refusal::TooLarge, 413, r#"{"message":"Request Entity Too Large"}"#),
            (Refusal::Function, 502, r#"{"message":"Internal server error"}"#),
            (Refusal::Timeout, 504, r#"{"message":"Endpoint request timed out"}"#),
        ] {
            let answer = refusal.answer();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(body(answer).await, text);
        }
    }
}
