//! Bearer tokens: JWTs of one issuer, for one audience, signed with RS256.

use centops_domain::{caller::Person, stamp};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    errors::ErrorKind,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::Value;

use crate::rules::{Claims, Rules, Unmet};

/// The most bytes of a token. Those of TARA have some 1500.
pub const MAX_BYTES: usize = 8 * 1024;
const NO_TIME: &str = "its iat or exp is no time";
/// The most bytes of a `sub`, by the standard.
const LONGEST_SUBJECT: usize = 255;

/// Why a token is not accepted. None of these texts repeats what the token says.
#[derive(Debug, thiserror::Error)]
pub enum InvalidToken {
    /// More than [`MAX_BYTES`].
    #[error("the token has over {MAX_BYTES} bytes")]
    TooLong,
    /// Not a JWT that names its key.
    #[error("the token is not a JWT with a key id")]
    Unreadable,
    /// A signature method other than RS256, by the token or by the key.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// It demands an extension that we do not know.
    #[error("the token has a critical header")]
    Critical,
    /// The signature, the issuer, the audience or a time does not hold.
    #[error("the token does not hold: {0}")]
    Refused(&'static str),
    /// It names nobody, or nobody that could be written down.
    #[error("the token's sub is not a text of 1 to {LONGEST_SUBJECT} printable bytes")]
    Subject,
    /// It does not say what every token must.
    #[error(transparent)]
    Unmet(#[from] Unmet),
}

impl From<jsonwebtoken::errors::Error> for InvalidToken {
    /// The library's own texts may repeat a part of the token.
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        error.into_kind().into()
    }
}

impl From<ErrorKind> for InvalidToken {
    fn from(kind: ErrorKind) -> Self {
        Self::Refused(match kind {
            ErrorKind::InvalidSignature => "its signature does not verify",
            ErrorKind::InvalidIssuer => "it is another issuer's",
            ErrorKind::InvalidAudience => "it is for another audience",
            ErrorKind::ExpiredSignature => "it has expired",
            ErrorKind::ImmatureSignature => "it does not hold yet",
            ErrorKind::MissingRequiredClaim(_) => "it lacks one of exp, iss, aud and sub",
            ErrorKind::Json(_) | ErrorKind::InvalidClaimFormat(_) => "its claims are not of their form, or there twice",
            ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => "its key is not an RSA key",
            _ => "it is not whole",
        })
    }
}

/// What a token must say, and what follows from it.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The `iss`.
    pub issuer: String,
    /// The `aud`.
    pub audience: String,
    /// How far the issuer's clock may be from ours, in seconds.
    pub leeway: u64,
    /// What the claims make of the bearer.
    pub rules: Rules,
}

/// The token in an `Authorization` header; the scheme's case does not matter.
#[must_use]
pub fn of_header(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The id of the key that signed `token`. It is looked up among the issuer's keys and nowhere else: a key
/// or an address in the token's own header counts for nothing.
///
/// # Errors
/// When it is no JWT, names no key, or is signed in another way than RS256.
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

/// A token that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its bearer.
    pub person: Person,
    /// When it was issued; where it does not say that, when it ends: the same for each use of it.
    pub issued_at: Timestamp,
}

/// The person whom `token` names, when `key` signed it and it says what is expected.
///
/// # Errors
/// When any of that does not hold.
pub fn verify(token: &str, key: &Jwk, expected: &Expectation) -> Result<Accepted, InvalidToken> {
    let by = key.common.key_algorithm.is_none_or(|algorithm| algorithm == KeyAlgorithm::RS256);
    let signs = key.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    if !by || !signs {
        return Err(InvalidToken::Algorithm);
    }
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = expected.leeway;
    validation.validate_nbf = true;
    validation.set_issuer(&[&expected.issuer]);
    validation.set_audience(&[&expected.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let Distinct(claims) = decode(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    // The library takes a list of issuers too, of which ours would be one.
    if claims.get("iss").and_then(Value::as_str) != Some(&expected.issuer) {
        return Err(ErrorKind::InvalidIssuer.into());
    }
    let subject = claims.get("sub").and_then(Value::as_str).ok_or(InvalidToken::Subject)?;
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
        return Err(InvalidToken::Subject);
    }
    let second = |name| claims.get(name).and_then(Value::as_f64);
    let issued_at = second("iat").or_else(|| second("exp")).and_then(time).ok_or(InvalidToken::Refused(NO_TIME))?;
    Ok(Accepted { person: expected.rules.person(subject.to_owned(), &claims)?, issued_at })
}

/// The time of a numeric date, to the millisecond.
fn time(seconds: f64) -> Option<Timestamp> {
    let duration = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_duration(duration).ok().map(stamp::milliseconds)
}

/// Claims of which none is there twice: two readers could each see another one.
struct Distinct(Claims);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DistinctVisitor)
    }
}

struct DistinctVisitor;

impl<'de> Visitor<'de> for DistinctVisitor {
    type Value = Distinct;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Distinct, M::Error> {
        let mut claims = Claims::new();
        while let Some((name, value)) = map.next_entry()? {
            if claims.insert(name, value).is_some() {
                return Err(M::Error::custom("a claim is there twice"));
            }
        }
        Ok(Distinct(claims))
    }
}
