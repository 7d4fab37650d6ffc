//! Answers.

use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;

use crate::{Problem, etag};

/// An answer of `content` as JSON. All of our types can be written as JSON; one that could not would
/// be answered as 500.
#[must_use]
pub fn json(status: StatusCode, content: &impl Serialize) -> Response<Body> {
    of(status, "application/json", content)
}

/// An answer of `body` as it stands.
#[must_use]
pub fn written(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An answer of `content` as JSON, with the `ETag` of `version`.
#[must_use]
pub fn versioned(status: StatusCode, version: impl Into<i128>, content: &impl Serialize) -> Response<Body> {
    with_etag(json(status, content), version)
}

/// An answer without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// 304, with the `ETag` of `version`.
#[must_use]
pub fn not_modified(version: impl Into<i128>) -> Response<Body> {
    with_etag(empty(StatusCode::NOT_MODIFIED), version)
}

/// `response` with a `Location`.
///
/// # Errors
/// When `location` cannot stand in a header.
pub fn located(mut response: Response<Body>, location: &str) -> Result<Response<Body>, Problem> {
    let location = HeaderValue::from_str(location).map_err(Problem::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// `response` with the `ETag` of `version`.
#[must_use]
pub fn with_etag(mut response: Response<Body>, version: impl Into<i128>) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(&etag::of(version)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

pub(crate) fn of(status: StatusCode, content_type: &'static str, content: &impl Serialize) -> Response<Body> {
    let (status, body) = match serde_json::to_string(content) {
        Ok(body) => (status, Body::Text(body)),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            (StatusCode::INTERNAL_SERVER_ERROR, Body::Empty)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
