//! Responses.

use std::fmt::Display;

use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{Problem, cursor, etag};

/// Returns `content` as JSON. All of our types can be written as JSON; one that could not becomes a 500.
#[must_use]
pub fn json(status: StatusCode, content: &impl Serialize) -> Response<Body> {
    serialize(status, "application/json", content)
}

/// Returns a page of a list: the `items` under `name`, and the cursor of the page after `next` as `next`, which the last
/// page does not have.
#[must_use]
pub fn page<T: Serialize>(name: &'static str, items: &[T], next: Option<&impl Display>) -> Response<Body> {
    json(StatusCode::OK, &Page { name, items, next: next.map(cursor::after) })
}

struct Page<'a, T> {
    name: &'static str,
    items: &'a [T],
    next: Option<String>,
}

impl<T: Serialize> Serialize for Page<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, self.items)?;
        if let Some(next) = &self.next {
            map.serialize_entry("next", next)?;
        }
        map.end()
    }
}

/// Returns `body` as it is.
#[must_use]
pub fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Returns `content` as JSON, with the `ETag` of `version`.
#[must_use]
pub fn versioned(status: StatusCode, version: impl Into<i128>, content: &impl Serialize) -> Response<Body> {
    with_etag(json(status, content), version)
}

/// Returns an empty body.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// Returns 304 with the `ETag` of `version`.
#[must_use]
pub fn not_modified(version: impl Into<i128>) -> Response<Body> {
    with_etag(empty(StatusCode::NOT_MODIFIED), version)
}

/// Returns `response` with a `Location`.
///
/// # Errors
/// 500 when `location` cannot stand in a header.
pub fn located(mut response: Response<Body>, location: &str) -> Result<Response<Body>, Problem> {
    let location = HeaderValue::from_str(location).map_err(Problem::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Returns `response` with the `ETag` of `version`.
#[must_use]
pub fn with_etag(mut response: Response<Body>, version: impl Into<i128>) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(&etag::tag(version)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

pub(crate) fn serialize(status: StatusCode, content_type: &'static str, content: &impl Serialize) -> Response<Body> {
    let (status, body) = match serde_json::to_string(content) {
        Ok(body) => (status, Body::Text(body)),
        Err(error) => {
            tracing::error!(%error, "answer not written as JSON");
            (StatusCode::INTERNAL_SERVER_ERROR, Body::Empty)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
