//! Bearer tokens: verifies JWTs of one issuer, for one audience, signed with RS256.

use centops_domain::{callers::Person, stamp};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::Value;

use crate::rules::{Claims, RoleRules, UnmetRequirement};

/// The maximum size of a token in bytes. Those of TARA have about 1,500.
pub const MAX_BYTES: usize = 8 * 1024;
/// The maximum length of `sub` in bytes (OIDC Core, section 2).
const MAX_SUBJECT_BYTES: usize = 255;
const INVALID_TIME: &str = "its iat or exp is not a valid time";

/// The reason that a token is rejected. No text contains a part of the token.
#[derive(Debug, thiserror::Error)]
pub enum InvalidToken {
    /// The token has more than [`MAX_BYTES`] bytes.
    #[error("the token has over {MAX_BYTES} bytes")]
    TooLong,
    /// The token is not a JWT, or its header has no key id.
    #[error("the token is not a JWT with a key id")]
    Unreadable,
    /// The token or the key uses an algorithm other than RS256.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// The token's header requires an extension (`crit`). CentOps supports none.
    #[error("the token has a critical header")]
    Critical,
    /// The signature, the issuer, the audience, a time or the form is not valid.
    #[error("the token is not valid: {0}")]
    Rejected(&'static str),
    /// The `sub` is missing, empty, too long or not printable.
    #[error("the token's sub is not a text of 1 to {MAX_SUBJECT_BYTES} printable bytes")]
    Subject,
    /// The claims do not meet a requirement of the role rules.
    #[error(transparent)]
    Unmet(#[from] UnmetRequirement),
}

impl From<jsonwebtoken::errors::Error> for InvalidToken {
    /// Drops the library's own text, which may contain a part of the token.
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        error.into_kind().into()
    }
}

impl From<ErrorKind> for InvalidToken {
    fn from(kind: ErrorKind) -> Self {
        Self::Rejected(match kind {
            ErrorKind::InvalidSignature => "its signature does not verify",
            ErrorKind::InvalidIssuer => "it has another issuer",
            ErrorKind::InvalidAudience => "it is for another audience",
            ErrorKind::ExpiredSignature => "it has expired",
            ErrorKind::ImmatureSignature => "it is not valid yet",
            ErrorKind::MissingRequiredClaim(_) => "it lacks one of exp, iss, aud and sub",
            ErrorKind::Json(_) | ErrorKind::InvalidClaimFormat(_) => "a claim is malformed or repeated",
            ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => "its key is not an RSA key",
            _ => "it is malformed",
        })
    }
}

/// The requirements on a token, and the rules for its bearer's roles.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    /// The required `iss`.
    pub issuer: String,
    /// The required `aud`.
    pub audience: String,
    /// The accepted difference between the issuer's clock and ours, in seconds.
    pub leeway: u64,
    /// The rules that map claims to roles.
    pub rules: RoleRules,
}

impl TokenPolicy {
    fn expected(&self) -> Expected<'_> {
        Expected { issuer: &self.issuer, audience: &self.audience, leeway: self.leeway }
    }
}

/// The `iss`, `aud` and times that a token must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) leeway: u64,
}

/// Returns the token of an `Authorization` header with the scheme `Bearer`, in any case.
#[must_use]
pub fn from_header(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Returns the id of the key that signed `token`. The caller looks it up among the issuer's keys only; a key or an
/// address in the token's own header is ignored.
///
/// # Errors
/// When the token is not a JWT with a key id, or not signed with RS256.
pub fn key_id(token: &str) -> Result<String, InvalidToken> {
    if token.len() > MAX_BYTES {
        return Err(InvalidToken::TooLong);
    }
    let header = decode_header(token).map_err(|_| InvalidToken::Unreadable)?;
    if header.alg != Algorithm::RS256 {
        return Err(InvalidToken::Algorithm);
    }
    if header.crit.is_some() {
        return Err(InvalidToken::Critical);
    }
    header.kid.ok_or(InvalidToken::Unreadable)
}

/// The content of a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The bearer.
    pub person: Person,
    /// The `iat`, or without one the `exp`: the same for each use of the token.
    pub issued_at: Timestamp,
}

/// Verifies that one of `keys`, which have the token's key id, signed `token` and that the token meets `policy`.
///
/// # Errors
/// When the signature or a claim is not valid.
pub fn verify(token: &str, keys: &[Jwk], policy: &TokenPolicy) -> Result<VerifiedToken, InvalidToken> {
    let claims = verified_claims(token, keys, &policy.expected())?;
    let subject = claims.get("sub").and_then(Value::as_str).ok_or(InvalidToken::Subject)?;
    if subject.is_empty() || subject.len() > MAX_SUBJECT_BYTES || subject.chars().any(char::is_control) {
        return Err(InvalidToken::Subject);
    }
    let second = |name| claims.get(name).and_then(Value::as_f64);
    let issued_at = second("iat").or_else(|| second("exp")).and_then(timestamp);
    let issued_at = issued_at.ok_or(InvalidToken::Rejected(INVALID_TIME))?;
    Ok(VerifiedToken { person: policy.rules.person(subject.to_owned(), &claims)?, issued_at })
}

/// Returns whether `key` is one that tokens may be signed with: an RSA key for signatures, of RS256 or no algorithm.
pub(crate) fn verifies_tokens(key: &Jwk) -> bool {
    let is_rsa = matches!(key.algorithm, AlgorithmParameters::RSA(_));
    let is_rs256 = key.common.key_algorithm.is_none_or(|algorithm| algorithm == KeyAlgorithm::RS256);
    let is_for_signatures = key.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    is_rsa && is_rs256 && is_for_signatures
}

/// Verifies the signature, the issuer, the audience and the times, and returns the claims. Every key is tried: an issuer
/// may publish several of one id.
pub(crate) fn verified_claims(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Claims, InvalidToken> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = expected.leeway;
    validation.validate_nbf = true;
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let mut rejected = InvalidToken::Algorithm;
    for key in keys.iter().filter(|key| verifies_tokens(key)) {
        let decoded = decode::<UniqueClaims>(token, &DecodingKey::from_jwk(key)?, &validation);
        let UniqueClaims(claims) = match decoded {
            Ok(token) => token.claims,
            // Another key of the id may verify the token.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature | ErrorKind::InvalidRsaKey(_)) => {
                rejected = error.into();
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        // The library also accepts a list of issuers that contains the expected one.
        if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
            return Err(ErrorKind::InvalidIssuer.into());
        }
        return Ok(claims);
    }
    Err(rejected)
}

/// Converts a JWT `NumericDate` to a time in milliseconds.
fn timestamp(seconds: f64) -> Option<Timestamp> {
    let duration = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_duration(duration).ok().map(stamp::milliseconds)
}

/// Claims without repeated names: two parsers could read different values of a repeated claim.
struct UniqueClaims(Claims);

impl<'de> Deserialize<'de> for UniqueClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueClaimsVisitor)
    }
}

struct UniqueClaimsVisitor;

impl<'de> Visitor<'de> for UniqueClaimsVisitor {
    type Value = UniqueClaims;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<UniqueClaims, M::Error> {
        let mut claims = Claims::new();
        while let Some((name, value)) = map.next_entry()? {
            if claims.insert(name, value).is_some() {
                return Err(M::Error::custom("a claim is repeated"));
            }
        }
        Ok(UniqueClaims(claims))
    }
}
