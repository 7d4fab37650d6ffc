//! Responses.

use std::fmt::Display;

use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use sha2::{Digest as _, Sha256};

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

/// Returns `content` as JSON with the weak `ETag` of its text, for content without a version; 304 with that `ETag` if
/// `headers` have it as `If-None-Match`. The tag is the first 15 bytes of the SHA-256, as a number.
#[must_use]
pub fn validated(content: &impl Serialize, headers: &HeaderMap) -> Response<Body> {
    let response = json(StatusCode::OK, content);
    let Body::Text(text) = response.body() else { return response };
    let mut bytes = [0; 16];
    bytes[1..].iter_mut().zip(Sha256::digest(text)).for_each(|(byte, digest)| *byte = digest);
    let version = i128::from_be_bytes(bytes);
    let mut response = if etag::is_known(headers, version) { empty(StatusCode::NOT_MODIFIED) } else { response };
    if let Ok(tag) = HeaderValue::from_str(&etag::weak_tag(version)) {
        response.headers_mut().insert(header::ETAG, tag);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_content_is_answered_with_304_and_changed_content_is_not() {
        let answer = |content: &str, tag: Option<&HeaderValue>| {
            let headers = tag.map(|tag| (header::IF_NONE_MATCH, tag.clone())).into_iter().collect();
            validated(&content, &headers)
        };
        let first = answer("a", None);
        let tag = first.headers()[header::ETAG].clone();
        assert!(tag.as_bytes().starts_with(b"W/\""), "{tag:?}");
        assert_eq!((first.status(), first.body()), (StatusCode::OK, &Body::Text("\"a\"".to_owned())));
        let same = answer("a", Some(&tag));
        assert_eq!((same.status(), &same.headers()[header::ETAG]), (StatusCode::NOT_MODIFIED, &tag));
        assert_eq!(same.body(), &Body::Empty);
        let other = answer("b", Some(&tag));
        assert_eq!(other.status(), StatusCode::OK);
        assert_ne!(other.headers()[header::ETAG], tag);
    }
}
