//! The master secret, from which the secrets of subscriptions and calendars are derived, so that the table holds none.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use centops_domain::{chatbots::Name, notifications::SubscriptionId};
use centops_signing::{
    secret::{CachedSecret, FromSecret},
    webhook::WebhookSecret,
};
use reqwest::Url;

/// The fewest characters of the master secret. `template.yaml` generates as many.
const MIN_LENGTH: usize = 64;

/// The secret that holds the [`MasterSecret`].
pub type NotificationSecret = CachedSecret<MasterSecret>;

/// The secret holds no master secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret of notifications has fewer than {MIN_LENGTH} characters")]
pub struct InvalidMasterSecret;

/// Derives the secrets of subscriptions. Each generation has its own, so that a new one makes the old ones invalid.
pub struct MasterSecret(hmac::Key);

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(..)")
    }
}

impl FromSecret for MasterSecret {
    type Error = InvalidMasterSecret;

    fn from_secret(text: &str) -> Result<Self, InvalidMasterSecret> {
        if text.chars().count() < MIN_LENGTH {
            return Err(InvalidMasterSecret);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes())))
    }
}

impl MasterSecret {
    /// Returns the secret that signs the webhooks of this generation of the subscription `id`.
    #[must_use]
    pub fn webhook_secret(&self, id: SubscriptionId, generation: u32) -> WebhookSecret<32> {
        let tag = hmac::sign(&self.0, content("webhook", id, generation).as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        WebhookSecret::new(bytes)
    }

    /// Returns the token of the link that ends this generation of the subscription `id`: 43 characters of base64url.
    #[must_use]
    pub fn unsubscribe_token(&self, id: SubscriptionId, generation: u32) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, content("unsubscribe", id, generation).as_bytes()))
    }

    /// Returns the URL below `base` that ends this generation of the subscription `id` by a POST, and shows a page by a GET.
    #[must_use]
    pub fn unsubscribe_url(&self, base: &Url, id: SubscriptionId, generation: u32) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("{}/subscriptions/{id}/unsubscription", base.path().trim_end_matches('/')));
        url.query_pairs_mut().append_pair("token", &self.unsubscribe_token(id, generation));
        url
    }

    /// Returns whether `token` is the [token](Self::unsubscribe_token) of this generation of the subscription `id`, in
    /// constant time.
    #[must_use]
    pub fn is_unsubscribe_token(&self, id: SubscriptionId, generation: u32, token: &str) -> bool {
        let content = content("unsubscribe", id, generation);
        BASE64_URL_SAFE_NO_PAD.decode(token).is_ok_and(|tag| hmac::verify(&self.0, content.as_bytes(), &tag).is_ok())
    }
}

/// The calendars of institutions.
impl MasterSecret {
    /// Returns the token of the link to the calendar of `institution`: its id, a full stop, and 43 characters of base64url.
    #[must_use]
    pub fn calendar_token(&self, institution: &Name) -> String {
        let tag = hmac::sign(&self.0, calendar_content(institution).as_bytes());
        format!("{institution}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    /// Returns the institution whose calendar `token` gives, checked in constant time; none if it is no
    /// [token](Self::calendar_token).
    #[must_use]
    pub fn institution_of_calendar(&self, token: &str) -> Option<Name> {
        let (institution, tag) = token.split_once('.')?;
        let (institution, tag): (Name, _) = (institution.parse().ok()?, BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?);
        hmac::verify(&self.0, calendar_content(&institution).as_bytes(), &tag).ok().map(|()| institution)
    }
}

fn calendar_content(institution: &Name) -> String {
    // No subscription has an id of this form.
    format!("calendar:{institution}")
}

fn content(purpose: &str, id: SubscriptionId, generation: u32) -> String {
    format!("{purpose}:{id}:{generation}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "03220545c3235ae6ba6426e110cf6d07";

    fn master(character: &str) -> MasterSecret {
        MasterSecret::from_secret(&character.repeat(MIN_LENGTH)).expect("a secret")
    }

    fn id() -> SubscriptionId {
        ID.parse().expect("an id")
    }

    /// `printf 'webhook:<id>:2' | openssl dgst -sha256 -hmac "$(printf 'a%.0s' {1..64})" -binary | base64`.
    #[test]
    fn secrets_are_hmacs_of_purpose_id_and_generation() {
        let master = master("a");
        assert_eq!(master.webhook_secret(id(), 2).text(), "whsec_4QNp3cNoDLMcw/GGQIT+Dasa5jZ+8M9M9nwWBPQixrA=");
        assert_eq!(master.unsubscribe_token(id(), 2), "MSo-Lvg2c2fp-ohGklcITbItW13Sl9T-n5ine-g6G3A");
    }

    #[test]
    fn secrets_differ_by_generation_subscription_and_master() {
        let other: SubscriptionId = ID.replace('7', "8").parse().expect("an id");
        let one = master("a").webhook_secret(id(), 1);
        for secret in [
            master("a").webhook_secret(id(), 2),
            master("a").webhook_secret(other, 1),
            master("b").webhook_secret(id(), 1),
        ] {
            assert_ne!(secret, one);
        }
    }

    #[test]
    fn token_is_accepted_for_its_generation_only() {
        let master = master("a");
        let token = master.unsubscribe_token(id(), 1);
        assert!(master.is_unsubscribe_token(id(), 1, &token));
        assert!(!master.is_unsubscribe_token(id(), 2, &token));
        let webhook = BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&master.0, format!("webhook:{ID}:1").as_bytes()));
        for bad in ["", &token[1..], &format!("{token}="), &format!("{token}A"), &webhook, "õ"] {
            assert!(!master.is_unsubscribe_token(id(), 1, bad), "{bad}");
        }
    }

    /// `printf 'calendar:tax-board' | openssl dgst -sha256 -hmac "$(printf 'a%.0s' {1..64})" -binary | base64`.
    #[test]
    fn calendar_token_is_of_one_institution() {
        let (master, tax): (_, Name) = (self::master("a"), "tax-board".parse().expect("a name"));
        let token = master.calendar_token(&tax);
        assert_eq!(token, "tax-board.ZWRwwGnGJxeIlWybhQGrU8lvIc0empwvxDGq3DhnePw");
        assert_eq!(master.institution_of_calendar(&token), Some(tax));
        let foreign = token.replace("tax-board", "police");
        for bad in ["", "tax-board", "tax-board.", &foreign, &format!("{token}="), &token.replace("tax-", "TAX-")] {
            assert_eq!(master.institution_of_calendar(bad), None, "{bad}");
        }
        assert_eq!(self::master("b").institution_of_calendar(&token), None);
    }

    #[test]
    fn short_secret_is_refused_and_none_is_shown() {
        let short = "a".repeat(MIN_LENGTH - 1);
        assert_eq!(MasterSecret::from_secret(&short).err(), Some(InvalidMasterSecret));
        assert!(!format!("{:?} {:?}", master("a"), master("a").webhook_secret(id(), 1)).contains("aa"));
    }
}
