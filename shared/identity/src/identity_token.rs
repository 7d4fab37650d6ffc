//! Identity tokens of people who sign in (`OpenID` Connect Core 1.0, section 3.1.3.7, and the rules of TARA).

use centops_domain::session::is_subject;
use jsonwebtoken::jwk::Jwk;
use serde_json::Value;

use crate::{
    rules::Claims,
    token::{Expected, InvalidToken, verified_claims},
};

/// The accepted difference between the provider's clock and ours, in seconds.
const LEEWAY_SECONDS: u64 = 30;
/// The longest name in characters.
const MAX_NAME: usize = 120;

/// The requirements on identity tokens.
#[derive(Clone, Debug)]
pub struct IdentityPolicy {
    /// The required `iss`.
    pub issuer: String,
    /// The required `aud`: our id at the provider.
    pub client: String,
}

/// The levels of assurance, weakest first. What is not in the list is none.
const LEVELS: [&str; 3] = ["low", "substantial", "high"];
/// The level that we ask for, and accept at least.
pub const REQUIRED_LEVEL: &str = "substantial";

/// An identity token that is not accepted. No text contains a part of the token.
#[derive(Debug, thiserror::Error)]
pub enum InvalidIdentity {
    /// As any token.
    #[error(transparent)]
    Token(#[from] InvalidToken),
    /// It answers another attempt to sign in.
    #[error("the token answers another attempt to sign in")]
    Nonce,
    /// The person was authenticated by weaker means than we ask for.
    #[error("the level of assurance is not {REQUIRED_LEVEL} or high")]
    Level,
    /// It is for several audiences, and not issued to us.
    #[error("the token was issued to another party")]
    Party,
    /// Its `sub` is not a country with a personal code.
    #[error("the token's sub is not a country with a personal code")]
    Subject,
}

/// A person as the identity provider knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The `sub`: the country and the personal code.
    pub subject: String,
    /// The given name and the family name; the `sub` if the provider gives none.
    pub name: String,
}

/// Verifies that one of `keys` signed `token`, that it meets `policy`, and that it answers the attempt with this `nonce`.
///
/// # Errors
/// [`InvalidIdentity`].
pub fn verify(token: &str, keys: &[Jwk], policy: &IdentityPolicy, nonce: &str) -> Result<Identity, InvalidIdentity> {
    let expected = Expected { issuer: &policy.issuer, audience: &policy.client, leeway: LEEWAY_SECONDS };
    let claims = verified_claims(token, keys, &expected)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("nonce") != Some(nonce) {
        return Err(InvalidIdentity::Nonce);
    }
    let has_several = claims.get("aud").and_then(Value::as_array).is_some_and(|audiences| audiences.len() > 1);
    if has_several || text("azp").is_some_and(|party| party != policy.client) {
        return Err(InvalidIdentity::Party);
    }
    let level = |name: &str| LEVELS.iter().position(|level| *level == name);
    if text("acr").and_then(level) < level(REQUIRED_LEVEL) {
        return Err(InvalidIdentity::Level);
    }
    let subject = text("sub").filter(|subject| is_subject(subject)).ok_or(InvalidIdentity::Subject)?;
    Ok(Identity { subject: subject.to_owned(), name: name(&claims).unwrap_or_else(|| subject.to_owned()) })
}

/// Returns the given name and the family name: TARA has them in `profile_attributes`, others at the top.
fn name(claims: &Claims) -> Option<String> {
    let attributes = claims.get("profile_attributes").and_then(Value::as_object).unwrap_or(claims);
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = format!("{} {}", text("given_name"), text("family_name"));
    let name: String = name.trim().chars().filter(|one| !one.is_control()).take(MAX_NAME).collect();
    (!name.is_empty()).then_some(name)
}
