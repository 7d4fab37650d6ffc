//! Which web page may read our answers: the console, and no other.
//!
//! The gateway answers the preflight; an answer itself gets its headers here.

use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, header},
};

/// What a page reads besides the body.
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Location");

/// The origin of the console.
pub(crate) struct Console(Option<HeaderValue>);

impl Console {
    /// As `CONSOLE_ORIGIN` has it. Without it, or with what no header can hold, no page reads anything.
    pub(crate) fn of_environment() -> Self {
        Self(std::env::var("CONSOLE_ORIGIN").ok().and_then(|origin| HeaderValue::try_from(origin).ok()))
    }

    /// Whether a request with `headers` comes from a page of the console.
    pub(crate) fn asks(&self, headers: &HeaderMap) -> bool {
        self.0.is_some() && headers.get(header::ORIGIN) == self.0.as_ref()
    }

    /// Lets a page of the console read `response`.
    pub(crate) fn let_read(&self, response: &mut Response<Body>) {
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
    fn only_the_console_asks() {
        assert!(console().asks(&from(ORIGIN)));
        for other in [
            "https://console.example.ee:8443",
            "http://console.example.ee",
            "https://console.example.ee.attacker.ee",
            "https://CONSOLE.example.ee",
            "null",
            "*",
            "",
        ] {
            assert!(!console().asks(&from(other)), "{other:?}");
        }
        assert!(!console().asks(&HeaderMap::new()));
    }

    #[test]
    fn without_an_origin_nobody_asks() {
        let nobody = Console(None);
        assert!(!nobody.asks(&HeaderMap::new()) && !nobody.asks(&from(ORIGIN)));
    }

    #[test]
    fn the_console_may_read_an_answer_with_its_etag_and_location() {
        let mut response = Response::new(Body::Empty);
        console().let_read(&mut response);
        let sent = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(sent(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some(ORIGIN));
        assert_eq!(sent(header::ACCESS_CONTROL_EXPOSE_HEADERS), Some("ETag, Location"));
        assert_eq!(sent(header::VARY), Some("Origin"));
        assert_eq!(sent(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
    }
}
