//! Values of buttons: an action that a message offers, sealed by an HMAC, so that a room cannot be given another.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{action::Action, mac::Keys};

/// The most characters of a value. It is Slack's limit.
pub const MAX_LENGTH: usize = 2000;
/// The bytes of a tag of a person.
const TAG: usize = 12;

/// An action that a button offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The action.
    pub action: Action,
    /// When the button ends.
    pub until: Timestamp,
    /// The tag of the person who asked, in a button that another person has to press.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// True in the message about an incident: it stays, and whoever pressed the button alone sees the answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_in_post: bool,
}

impl Offer {
    /// Returns the offer of `action` to everybody, until `until`.
    #[must_use]
    pub fn of(action: Action, until: Timestamp) -> Self {
        Self { action, until, asked_by: None, is_in_post: false }
    }
}

/// The reason why the value of a button is no offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOffer {
    /// It was not made by us, or for another room.
    #[error("the button is not one of ours")]
    Foreign,
    /// It is over.
    #[error("the button has ended")]
    Over,
}

/// Seals the buttons of one room.
#[derive(Clone, Debug)]
pub struct Seal {
    keys: Keys,
    room: &'static str,
}

impl Seal {
    /// Returns the seal of `room` with its secrets, the newest first.
    pub(crate) fn new(keys: Keys, room: &'static str) -> Self {
        Self { keys, room }
    }

    /// Returns the value of a button; none if it would be too long.
    #[must_use]
    pub fn value(&self, offer: &Offer) -> Option<String> {
        let offer = URL_SAFE_NO_PAD.encode(serde_json::to_vec(offer).ok()?);
        let code = self.keys.sign(self.content(&offer).as_bytes())?;
        let value = format!("{offer}.{}", URL_SAFE_NO_PAD.encode(code));
        (value.len() <= MAX_LENGTH).then_some(value)
    }

    /// Returns the offer of `value`.
    ///
    /// # Errors
    /// [`NoOffer`].
    pub fn offer(&self, value: &str, now: Timestamp) -> Result<Offer, NoOffer> {
        let (offer, code) = value.split_once('.').filter(|_| value.len() <= MAX_LENGTH).ok_or(NoOffer::Foreign)?;
        let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| NoOffer::Foreign)?;
        if !self.keys.verify(self.content(offer).as_bytes(), &code) {
            return Err(NoOffer::Foreign);
        }
        let offer = URL_SAFE_NO_PAD.decode(offer).map_err(|_| NoOffer::Foreign)?;
        let offer: Offer = serde_json::from_slice(&offer).map_err(|_| NoOffer::Foreign)?;
        if now < offer.until { Ok(offer) } else { Err(NoOffer::Over) }
    }

    /// Returns the tag of the person `subject`. It does not tell the subject, which is a personal code.
    #[must_use]
    pub fn tag(&self, subject: &str) -> Option<String> {
        let code = self.keys.sign(format!("person:{}:{subject}", self.room).as_bytes())?;
        code.get(..TAG).map(|tag| URL_SAFE_NO_PAD.encode(tag))
    }

    /// Returns whether `tag` is that of the person `subject`, by any of the secrets.
    #[must_use]
    pub fn is_tag_of(&self, tag: &str, subject: &str) -> bool {
        self.keys.each().any(|keys| Self { keys, room: self.room }.tag(subject).as_deref() == Some(tag))
    }

    /// No request of a room begins so: a signature of one is no seal.
    fn content(&self, offer: &str) -> String {
        format!("button:{}:{offer}", self.room)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seal(secrets: &[&str], room: &'static str) -> Seal {
        Seal::new(Keys::new(secrets.iter().map(|secret| secret.as_bytes())), room)
    }

    fn offer(reason: &str) -> Offer {
        let action = serde_json::json!({"action": "offline", "chatbot": "tax-board", "reason": reason});
        Offer {
            action: serde_json::from_value(action).expect("an action"),
            until: "2026-11-28T10:00:00Z".parse().expect("a time"),
            asked_by: None,
            is_in_post: false,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn offer_is_that_of_its_room_until_its_end() {
        let slack = seal(&["new", "old"], "slack");
        let value = slack.value(&offer("x")).expect("a value");
        assert_eq!(slack.offer(&value, at("2026-11-28T09:59:59Z")), Ok(offer("x")));
        assert_eq!(slack.offer(&value, at("2026-11-28T10:00:00Z")), Err(NoOffer::Over));
        let before = seal(&["old"], "slack").value(&offer("x")).expect("a value");
        assert!(
            slack.offer(&before, at("2026-11-28T09:00:00Z")).is_ok(),
            "the former secret holds while it is rotated"
        );
        for other in [seal(&["new"], "mattermost"), seal(&["other"], "slack"), seal(&[], "slack")] {
            assert_eq!(other.offer(&value, at("2026-11-28T09:00:00Z")), Err(NoOffer::Foreign));
        }
        assert_eq!(seal(&[], "slack").value(&offer("x")), None);
    }

    #[test]
    fn tag_is_of_one_person_and_holds_while_a_secret_is_rotated() {
        let (old, both) = (seal(&["old"], "slack"), seal(&["new", "old"], "slack"));
        let tag = old.tag("EE1").expect("a tag");
        assert!(both.is_tag_of(&tag, "EE1") && !both.is_tag_of(&tag, "EE2"));
        assert!(!seal(&["new"], "slack").is_tag_of(&tag, "EE1"));
        assert!(!tag.contains("EE1"));
    }

    #[test]
    fn longest_readable_reason_fits() {
        assert!(seal(&["k"], "mattermost").value(&offer(&"õ".repeat(280))).is_some());
        assert!(seal(&["k"], "mattermost").value(&offer(&"🚧".repeat(280))).is_some());
        assert_eq!(seal(&["k"], "slack").value(&offer(&format!("a{}b", "\u{1}".repeat(278)))), None);
    }

    proptest! {
        #[test]
        fn changed_value_is_no_offer(at_byte in 0_usize..400, to in "[A-Za-z0-9_.-]") {
            let seal = seal(&["k"], "slack");
            let value = seal.value(&offer("x")).expect("a value");
            let place = at_byte % value.len();
            let changed = format!("{}{to}{}", &value[..place], &value[place + 1..]);
            prop_assume!(changed != value);
            prop_assert_eq!(seal.offer(&changed, at("2026-11-28T09:00:00Z")), Err(NoOffer::Foreign));
        }
    }
}
