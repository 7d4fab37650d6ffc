//! Responses of the edge: a function's response, or a gateway response (the AWS term for API Gateway's own errors).

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

/// A response of the edge.
pub type HttpResponse = Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// Headers of a connection (RFC 9110, section 7.6.1), which a function cannot set.
const HOP_BY_HOP: [HeaderName; 4] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE];

/// A gateway response. The status and the text are those of API Gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// No operation has the method and path.
    #[error("Missing Authentication Token")]
    MissingAuthenticationToken,
    /// The authorizer's policy does not allow the request.
    #[error("User is not authorized to access this resource")]
    AccessDenied,
    /// The authorizer does not recognise the caller.
    #[error("Unauthorized")]
    Unauthorized,
    /// The authorizer failed, or its response is invalid.
    #[error("the authorizer failed")]
    AuthorizerConfiguration,
    /// The body is larger than the limit.
    #[error("Request Entity Too Large")]
    RequestTooLarge,
    /// The body could not be read in time.
    #[error("Bad Request")]
    BadRequestBody,
    /// The function failed, or its response is invalid.
    #[error("Internal server error")]
    IntegrationFailure,
    /// The function did not respond in time.
    #[error("Endpoint request timed out")]
    IntegrationTimeout,
}

impl GatewayError {
    fn status(self) -> StatusCode {
        match self {
            Self::MissingAuthenticationToken | Self::AccessDenied => StatusCode::FORBIDDEN,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::AuthorizerConfiguration => StatusCode::INTERNAL_SERVER_ERROR,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadRequestBody => StatusCode::BAD_REQUEST,
            Self::IntegrationFailure => StatusCode::BAD_GATEWAY,
            Self::IntegrationTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    fn error_type(self) -> &'static str {
        match self {
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::AccessDenied => "AccessDeniedException",
            Self::Unauthorized => "UnauthorizedException",
            Self::AuthorizerConfiguration => "AuthorizerConfigurationException",
            Self::RequestTooLarge => "RequestTooLargeException",
            Self::BadRequestBody => "BadRequestException",
            Self::IntegrationFailure | Self::IntegrationTimeout => "InternalServerErrorException",
        }
    }

    /// Converts the error to a response.
    #[must_use]
    pub fn response(self) -> HttpResponse {
        let message = match self {
            // API Gateway sends no message if the authorizer failed.
            Self::AuthorizerConfiguration => Value::Null,
            other => other.to_string().into(),
        };
        let mut response = Response::new(Full::from(json!({ "message": message }).to_string()));
        *response.status_mut() = self.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.error_type()));
        response
    }
}

/// A function's response to a proxy event. Like API Gateway, unknown fields are an error.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProxyResponse {
    status_code: u16,
    headers: Option<BTreeMap<String, Value>>,
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// A function's response that is not a valid proxy response.
#[derive(Debug, thiserror::Error)]
#[error("malformed proxy response: {0}")]
pub struct MalformedResponse(String);

/// Converts a function's response to HTTP.
///
/// # Errors
/// Returns an error if the payload is not a valid proxy response.
pub fn from_function(payload: &[u8]) -> Result<HttpResponse, MalformedResponse> {
    let malformed = |error: &dyn ToString| MalformedResponse(error.to_string());
    let proxy: ProxyResponse = serde_json::from_slice(payload).map_err(|error| malformed(&error))?;
    let status = StatusCode::from_u16(proxy.status_code).map_err(|error| malformed(&error))?;
    let text = proxy.body.unwrap_or_default();
    let body = if proxy.is_base64_encoded == Some(true) {
        Bytes::from(BASE64_STANDARD.decode(text).map_err(|error| malformed(&error))?)
    } else {
        Bytes::from(text)
    };
    let mut headers = merge_headers(proxy.headers.unwrap_or_default(), proxy.multi_value_headers.unwrap_or_default())?;
    if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Sets the header with the request id.
pub fn set_request_id(response: &mut HttpResponse, id: Uuid) {
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

/// Merges single-value and multi-value headers. A pair that is in both maps is returned once.
fn merge_headers(
    single: BTreeMap<String, Value>,
    multi: BTreeMap<String, Vec<Value>>,
) -> Result<HeaderMap, MalformedResponse> {
    let mut headers = HeaderMap::new();
    let many = multi.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    for (name, value) in many {
        if let Some((name, value)) = parse_header(&name, &value)? {
            headers.append(name, value);
        }
    }
    for (name, value) in single {
        if let Some((name, value)) = parse_header(&name, &value)?
            && !headers.get_all(&name).iter().any(|existing| *existing == value)
        {
            headers.append(name, value);
        }
    }
    Ok(headers)
}

/// Parses a header. Returns `None` for a header of the connection.
fn parse_header(name: &str, value: &Value) -> Result<Option<(HeaderName, HeaderValue)>, MalformedResponse> {
    let malformed = || MalformedResponse(format!("header {name}: {value}"));
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

    async fn body(response: HttpResponse) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn function_response_is_converted_to_http() {
        let payload = json!({
            "statusCode": 200,
            "headers": {"etag": "\"7\"", "x-count": 3, "content-length": "99"},
            "multiValueHeaders": {"etag": ["\"7\""], "vary": ["a", "b"]},
            "body": "{}",
            "isBase64Encoded": false,
        });
        let response = from_function(payload.to_string().as_bytes()).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let all = |name: &str| response.headers().get_all(name).iter().cloned().collect::<Vec<_>>();
        assert_eq!(all("etag"), ["\"7\""]);
        assert_eq!(all("x-count"), ["3"]);
        assert_eq!(all("vary"), ["a", "b"]);
        assert_eq!(all("content-length"), [""; 0]);
        assert_eq!(all("content-type"), ["application/json"]);
        assert_eq!(body(response).await, "{}");
    }

    #[tokio::test]
    async fn binary_body_is_decoded_and_keeps_its_content_encoding() {
        let headers = [("content-encoding", "zstd"), ("vary", "accept-encoding"), ("etag", "\"7\"")];
        let many: BTreeMap<_, _> = headers.into_iter().map(|(name, value)| (name, [value])).collect();
        let payload = json!({"statusCode": 200, "multiValueHeaders": many, "body": "/wA=", "isBase64Encoded": true});
        let response = from_function(payload.to_string().as_bytes()).unwrap();
        for (name, value) in headers {
            assert_eq!(response.headers()[name], value);
        }
        assert_eq!(body(response).await.as_ref(), [0xff, 0]);
    }

    #[test]
    fn malformed_response_is_an_error() {
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
    async fn gateway_errors_have_the_status_and_text_of_api_gateway() {
        for (error, status, text) in [
            (GatewayError::MissingAuthenticationToken, 403, r#"{"message":"Missing Authentication Token"}"#),
            (GatewayError::AccessDenied, 403, r#"{"message":"User is not authorized to access this resource"}"#),
            (GatewayError::Unauthorized, 401, r#"{"message":"Unauthorized"}"#),
            (GatewayError::AuthorizerConfiguration, 500, r#"{"message":null}"#),
            (GatewayError::RequestTooLarge, 413, r#"{"message":"Request Entity Too Large"}"#),
            (GatewayError::IntegrationFailure, 502, r#"{"message":"Internal server error"}"#),
            (GatewayError::IntegrationTimeout, 504, r#"{"message":"Endpoint request timed out"}"#),
        ] {
            let response = error.response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(body(response).await, text);
        }
    }
}
