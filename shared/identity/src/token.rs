//! Bearer tokens: JWTs of one issuer, for one audience, signed with RS256.

use std::collections::BTreeSet;

use centops_domain::caller::{Person, Role};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::Jwk};
use serde::Deserialize;

/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY: u64 = 30;

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum InvalidToken {
    /// Not a JWT that names its key.
    #[error("the token is not a JWT with a key id")]
    Unreadable,
    /// A signature method other than RS256.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// The signature, the issuer, the audience or a time does not hold.
    #[error("the token does not hold: {0}")]
    Refused(#[from] jsonwebtoken::errors::Error),
}

/// What a token must say.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The `iss`.
    pub issuer: String,
    /// The `aud`.
    pub audience: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    institutions: Vec<String>,
}

/// The token in an `Authorization` header; the scheme's case does not matter.
#[must_use]
pub fn of_header(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The id of the key that signed `token`.
///
/// # Errors
/// When it is no JWT, names no key, or is signed in another way than RS256.
pub fn key_id(token: &str) -> Result<String, InvalidToken> {
    let header = decode_header(token).map_err(|_| InvalidToken::Unreadable)?;
    if header.alg != Algorithm::RS256 {
        return Err(InvalidToken::Algorithm);
    }
    header.kid.ok_or(InvalidToken::Unreadable)
}

/// The person whom `token` names, when `key` signed it and it says what is expected. Roles that we do
/// not know give nothing.
///
/// # Errors
/// When any of that does not hold.
pub fn verify(token: &str, key: &Jwk, expected: &Expectation) -> Result<Person, InvalidToken> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_issuer(&[&expected.issuer]);
    validation.set_audience(&[&expected.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = decode::<Claims>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    let roles: BTreeSet<Role> = claims.roles.iter().filter_map(|role| role.parse().ok()).collect();
    let institutions = claims.institutions.iter().filter_map(|name| name.parse().ok()).collect();
    Ok(Person { subject: claims.sub, roles, institutions })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens whose signature nobody checks: `{"alg":…,"kid":"a"}`, `{}`, and nothing.
    fn token(header: &str) -> String {
        format!("{header}.e30.")
    }

    #[test]
    fn only_rs256_with_a_key_id_is_looked_at() {
        let rs256 = token("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ");
        assert_eq!(key_id(&rs256).expect("a key id"), "a");
        let hs256 = token("eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ");
        assert!(matches!(key_id(&hs256), Err(InvalidToken::Algorithm)), "the public key is no shared secret");
        let none = token("eyJhbGciOiJub25lIiwia2lkIjoiYSJ9");
        assert!(matches!(key_id(&none), Err(InvalidToken::Unreadable)));
        let nameless = token("eyJhbGciOiJSUzI1NiJ9");
        assert!(matches!(key_id(&nameless), Err(InvalidToken::Unreadable)));
        assert!(matches!(key_id("abc"), Err(InvalidToken::Unreadable)));
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        assert_eq!(of_header("Bearer abc"), Some("abc"));
        assert_eq!(of_header("bearer  abc "), Some("abc"));
        for other in ["abc", "Basic abc", "", "Bearer"] {
            assert_eq!(of_header(other), None, "{other}");
        }
    }
}
