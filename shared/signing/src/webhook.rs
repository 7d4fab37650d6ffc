//! Signatures of webhooks, as Standard Webhooks specifies them (github.com/standard-webhooks/standard-webhooks).
//!
//! A signature covers `<id>.<timestamp>.<body>`. The receiver shares a secret with us (`v1`, HMAC-SHA256).

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

/// The request header with the id of the message. It is the same in each attempt.
pub const ID_HEADER: &str = "webhook-id";
/// The request header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The request header with the signature.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// The fewest bytes of a secret.
const MIN_SECRET: usize = 24;
/// The most bytes of a secret.
const MAX_SECRET: usize = 64;

/// An id that cannot be signed: with a full stop, a signature would hold for other messages too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a webhook is ASCII without spaces and full stops")]
pub struct InvalidWebhookId;

/// The secret that a receiver shares with us. The debug output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret<const LENGTH: usize>([u8; LENGTH]);

impl<const LENGTH: usize> WebhookSecret<LENGTH> {
    /// Returns the secret with these bytes: 24 to 64. Another number does not compile.
    #[must_use]
    pub fn new(bytes: [u8; LENGTH]) -> Self {
        const { assert!(LENGTH >= MIN_SECRET && LENGTH <= MAX_SECRET) };
        Self(bytes)
    }

    /// Returns the secret as text for the receiver, `whsec_…`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(self.0))
    }

    /// Returns the value of the [`SIGNATURE_HEADER`]: the signature of the message `id` with `body`, in the attempt at
    /// `at`.
    ///
    /// # Errors
    /// When the id cannot be signed.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> Result<String, InvalidWebhookId> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.') {
            return Err(InvalidWebhookId);
        }
        let content = [format!("{id}.{}.", at.as_second()).as_bytes(), body].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        Ok(format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, &content))))
    }
}

impl<const LENGTH: usize> fmt::Debug for WebhookSecret<LENGTH> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}
