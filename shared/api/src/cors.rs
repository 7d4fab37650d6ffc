//! Cross-origin answers (CORS): the console's origin may read them, and no other.
//!
//! The gateway answers the preflight; an answer itself gets its headers here.

use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, header},
};

/// The response headers that a page may read besides the body.
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Location");

/// The origin of the console.
pub(crate) struct Console(Option<HeaderValue>);

impl Console {
    /// Reads `CONSOLE_ORIGIN`. Without it, or with a value that no header can hold, no page reads anything.
    pub(crate) fn from_environment() -> Self {
        Self(std::env::var("CONSOLE_ORIGIN").ok().and_then(|origin| HeaderValue::try_from(origin).ok()))
    }

    /// Returns whether a request with `headers` comes from a page of the console.
    pub(crate) fn sent(&self, headers: &HeaderMap) -> bool {
        self.0.is_some() && headers.get(header::ORIGIN) == self.0.as_ref()
    }

    /// Adds the headers that let a page of the console read `response`.
    pub(crate) fn allow(&self, response: &mut Response<Body>) {
        let Some(origin) = &self.0 else { return };
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://console.example.ee";

    fn console() -> Console {
        Console(Some(HeaderValue::from_static(ORIGIN)))
    }

    fn from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))])
    }

    #[test]
    fn requests_of_the_console_alone_are_recognised() {
        assert!(console().sent(&from(ORIGIN)));
        for other in [
            "https://console.example.ee:8443",
            "http://console.example.ee",
            "https://console.example.ee.attacker.ee",
            "https://CONSOLE.example.ee",
            "null",
            "*",
            "",
        ] {
            assert!(!console().sent(&from(other)), "{other:?}");
        }
        assert!(!console().sent(&HeaderMap::new()));
    }

    #[test]
    fn no_request_is_recognised_without_an_origin() {
        let none = Console(None);
        assert!(!none.sent(&HeaderMap::new()) && !none.sent(&from(ORIGIN)));
    }

    #[test]
    fn answer_exposes_etag_and_location_to_the_console() {
        let mut response = Response::new(Body::Empty);
        console().allow(&mut response);
        let sent = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(sent(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some(ORIGIN));
        assert_eq!(sent(header::ACCESS_CONTROL_EXPOSE_HEADERS), Some("ETag, Location"));
        assert_eq!(sent(header::VARY), Some("Origin"));
        assert_eq!(sent(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
    }
}
