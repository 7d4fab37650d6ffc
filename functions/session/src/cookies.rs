//! The cookies of the console. The prefix `__Host-` makes browsers keep them to this host, over TLS (RFC 6265bis,
//! section 4.1.3.2). No script can read them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use centops_api::Problem;
use centops_domain::session::{Attempt, LONGEST, ReturnPath};
use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, header},
};

/// The cookie of an attempt to sign in. It comes back with a navigation from the identity provider, so it is not `Strict`.
const LOGIN: &str = "__Host-login";
/// The cookie of a session.
const SESSION: &str = "__Host-session";
/// The seconds for which an attempt to sign in is kept.
const LOGIN_SECONDS: i64 = 300;

/// The content of the cookie of an attempt to sign in.
#[derive(Debug)]
pub struct LoginCookie {
    /// The attempt.
    pub attempt: Attempt,
    /// The path to return to.
    pub path: ReturnPath,
}

impl LoginCookie {
    fn to_value(&self) -> String {
        format!("{}.{}", self.attempt.reveal(), URL_SAFE_NO_PAD.encode(self.path.as_str()))
    }

    fn parse(value: &str) -> Option<Self> {
        let (attempt, path) = value.split_once('.')?;
        let path = String::from_utf8(URL_SAFE_NO_PAD.decode(path).ok()?).ok()?;
        Some(Self { attempt: Attempt::parse(attempt).ok()?, path: path.try_into().ok()? })
    }
}

/// Adds the cookie of an attempt to sign in to `response`.
///
/// # Errors
/// None in practice.
pub fn set_login(response: &mut Response<Body>, cookie: &LoginCookie) -> Result<(), Problem> {
    let value = cookie.to_value();
    set(response, &format!("{LOGIN}={value}; Max-Age={LOGIN_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

/// Adds the cookie of a session to `response`.
///
/// # Errors
/// 500 when `value` cannot stand in a header.
pub fn set_session(response: &mut Response<Body>, value: &str) -> Result<(), Problem> {
    let seconds = LONGEST.as_secs();
    set(response, &format!("{SESSION}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

/// Removes the cookie of an attempt to sign in, which is good for one answer.
///
/// # Errors
/// None in practice.
pub fn clear_login(response: &mut Response<Body>) -> Result<(), Problem> {
    set(response, &format!("{LOGIN}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

/// Removes the cookie of a session.
///
/// # Errors
/// None in practice.
pub fn clear_session(response: &mut Response<Body>) -> Result<(), Problem> {
    set(response, &format!("{SESSION}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

fn set(response: &mut Response<Body>, cookie: &str) -> Result<(), Problem> {
    let value = HeaderValue::from_str(cookie).map_err(Problem::internal)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}

/// Returns the attempt to sign in that the browser holds. More than one is none: another site of the domain may have added
/// it.
#[must_use]
pub fn login(headers: &HeaderMap) -> Option<LoginCookie> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == LOGIN).map(|(_, value)| value);
    let first = found.next()?;
    if found.next().is_some() { None } else { LoginCookie::parse(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[String]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, line.parse().expect("a value"))).collect()
    }

    fn cookie() -> LoginCookie {
        LoginCookie { attempt: Attempt::new([1; 32]), path: "/chatbots?q=a".to_owned().try_into().expect("a path") }
    }

    #[test]
    fn login_is_the_one_cookie_of_its_exact_name() {
        let pair = format!("__Host-login={}", cookie().to_value());
        for lines in [vec![format!("a=b; {pair}; c=d")], vec!["a=b".to_owned(), pair.clone()]] {
            let found = login(&headers(&lines)).expect("a cookie");
            assert_eq!((found.attempt.state(), found.path), (cookie().attempt.state(), cookie().path));
        }
        for lines in [
            vec!["a=b".to_owned()],
            vec![pair.replace("__Host-", "")],
            vec![pair.replace("__Host-", "__host-")],
            vec![format!("x{pair}")],
            vec!["__Host-login=abc".to_owned()],
            vec![format!("{pair}; {pair}")],
            vec![pair.clone(), pair.clone()],
        ] {
            assert!(login(&headers(&lines)).is_none(), "{lines:?}");
        }
    }

    #[test]
    fn cookies_are_bound_to_the_host_and_hidden_from_scripts() {
        let mut response = Response::new(Body::Empty);
        set_login(&mut response, &cookie()).expect("set");
        set_session(&mut response, "b").expect("set");
        clear_login(&mut response).expect("set");
        clear_session(&mut response).expect("set");
        let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(cookies.len(), 4);
        for cookie in cookies {
            let cookie = cookie.to_str().expect("a text");
            assert!(cookie.starts_with("__Host-") && !cookie.contains("Domain"), "{cookie}");
            for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite="] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
        }
    }
}
