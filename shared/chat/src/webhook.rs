//! Signed webhooks that run actions, as Standard Webhooks specifies them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use crate::{
    mac::Keys,
    room::{MAX_BODY, recent},
};

/// The fewest bytes of a secret.
pub const MIN_SECRET: usize = 24;
/// The most bytes of a secret.
pub const MAX_SECRET: usize = 64;
/// The most characters of a webhook's id.
const MAX_ID: usize = 128;

/// The headers and the body of a webhook. A header that is there twice is none.
#[derive(Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`: one or more, with spaces between them.
    pub signature: Option<&'a str>,
    /// The bytes of the body.
    pub body: &'a [u8],
}

impl std::fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({} bytes)", self.body.len())
    }
}

/// The reason why a webhook is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The body is too large.
    #[error("a webhook has at most {MAX_BODY} bytes")]
    TooLarge,
    /// The id is missing or has a wrong form.
    #[error("the id of the webhook is missing or wrong")]
    Id,
    /// The time is missing, is none, or is more than five minutes away.
    #[error("the time of the webhook is missing, or more than five minutes away")]
    Time,
    /// No signature is right.
    #[error("the signature is missing or wrong")]
    Signature,
}

/// A text that is no secret of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret of webhooks is whsec_ and {MIN_SECRET} to {MAX_SECRET} bytes in base64")]
pub struct InvalidSecret;

/// The secrets of a key, of which any may sign.
#[derive(Clone, Debug)]
pub struct Verifier(Keys);

impl Verifier {
    /// Returns the verifier of these secrets, each `whsec_` and base64.
    ///
    /// # Errors
    /// [`InvalidSecret`].
    pub fn new(secrets: &[String]) -> Result<Self, InvalidSecret> {
        let decode = |text: &String| {
            let bytes = text.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
            bytes.filter(|bytes| (MIN_SECRET..=MAX_SECRET).contains(&bytes.len())).ok_or(InvalidSecret)
        };
        let secrets = secrets.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        if secrets.is_empty() {
            return Err(InvalidSecret);
        }
        Ok(Self(Keys::new(secrets.iter().map(Vec::as_slice))))
    }

    /// Checks that `webhook` is authentic at `now`: size, id, time, signature. Returns its id.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn verify<'a>(&self, webhook: &Signed<'a>, now: Timestamp) -> Result<&'a str, Invalid> {
        if webhook.body.len() > MAX_BODY {
            return Err(Invalid::TooLarge);
        }
        // With a full stop in it, a signature would hold for other messages too.
        let is_id = |id: &&str| {
            (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.')
        };
        let id = webhook.id.filter(is_id).ok_or(Invalid::Id)?;
        let stated = webhook.timestamp.filter(|text| recent(Some(text), now).is_some()).ok_or(Invalid::Time)?;
        let content = [id.as_bytes(), b".", stated.as_bytes(), b".", webhook.body].concat();
        // A sender that rotates its secret signs with both.
        let codes =
            webhook.signature.unwrap_or_default().split(' ').take(8).filter_map(|text| text.strip_prefix("v1,"));
        let is_right = |text: &str| STANDARD.decode(text).is_ok_and(|code| self.0.verify(&content, &code));
        if codes.fold(false, |found, text| is_right(text) | found) { Ok(id) } else { Err(Invalid::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn webhook() -> Signed<'static> {
        Signed { id: Some(ID), timestamp: Some("1614265330"), signature: Some(SIGNATURE), body: BODY }
    }

    fn verify(change: impl Fn(&mut Signed<'static>)) -> Result<&'static str, Invalid> {
        let mut changed = webhook();
        change(&mut changed);
        Verifier::new(&[SECRET.to_owned()]).expect("secrets").verify(&changed, at(1_614_265_330))
    }

    #[test]
    fn published_example_is_valid() {
        assert_eq!(verify(|_| ()), Ok(ID));
        assert_eq!(
            verify(|it| it.signature = Some("v1,AAAA v1a,xyz v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")),
            Ok(ID)
        );
    }

    #[test]
    fn changed_webhook_is_invalid() {
        assert_eq!(verify(|it| it.body = br#"{"test": 2432232315}"#), Err(Invalid::Signature));
        assert_eq!(verify(|it| it.id = Some("msg_p5jXN8AQM9LWM0D4loKWxJel")), Err(Invalid::Signature));
        assert_eq!(verify(|it| it.timestamp = Some("1614265331")), Err(Invalid::Signature));
        assert_eq!(verify(|it| it.signature = None), Err(Invalid::Signature));
        assert_eq!(
            verify(|it| it.signature = Some("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")),
            Err(Invalid::Signature)
        );
        assert_eq!(verify(|it| it.signature = Some("v1,")), Err(Invalid::Signature));
        for id in [None, Some(""), Some("a.b"), Some("a b"), Some("õ")] {
            assert_eq!(verify(|it| it.id = id), Err(Invalid::Id), "{id:?}");
        }
        for time in [None, Some(""), Some("1614265630.5"), Some("1614265029"), Some("1614265631"), Some("-1")] {
            assert_eq!(verify(|it| it.timestamp = time), Err(Invalid::Time), "{time:?}");
        }
    }

    #[test]
    fn either_secret_is_valid_while_one_is_rotated() {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned();
        let both = Verifier::new(&[other.clone(), SECRET.to_owned()]).expect("secrets");
        assert!(both.verify(&webhook(), at(1_614_265_330)).is_ok());
        let alone = Verifier::new(&[other]).expect("a secret");
        assert_eq!(alone.verify(&webhook(), at(1_614_265_330)), Err(Invalid::Signature));
    }

    #[test]
    fn secret_is_long_enough() {
        for bad in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?"] {
            assert!(Verifier::new(&[bad.to_owned()]).is_err(), "{bad}");
        }
        assert!(Verifier::new(&[]).is_err());
        assert!(!format!("{:?}", Verifier::new(&[SECRET.to_owned()])).contains("MfKQ"));
    }
}
