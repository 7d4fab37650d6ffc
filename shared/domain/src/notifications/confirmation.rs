//! Confirmation by a code, on channels that do not confirm by themselves.
//!
//! A code has six digits, so it is guessed in 500,000 tries: it lives for [`CODE_LIFETIME`], and takes [`MAX_TRIES`]
//! tries. An address gets [`MAX_CODES`] codes in 24 hours from all institutions together, so that nobody is molested.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::notifications::{channel::Channel, subscription_id::SubscriptionId};

/// The time for which a code is valid.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// The most tries of one code.
pub const MAX_TRIES: u32 = 5;
/// The most codes that one address gets within [`CODES_PERIOD`].
pub const MAX_CODES: usize = 3;
/// The time in which codes to an address are counted.
pub const CODES_PERIOD: SignedDuration = SignedDuration::from_hours(24);

/// The way in which the recipient of a channel confirms a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// By what SNS sends: a link, or a request. A queue of the account of the stack is confirmed at once.
    Sns,
    /// By answering a test message with 2xx.
    TestMessage,
    /// By a code, which the owner gives back.
    Code,
}

impl Channel {
    /// Returns how the recipient confirms a subscription.
    #[must_use]
    pub fn confirmation(self) -> Confirmation {
        match self {
            Self::Email | Self::Https | Self::Sqs => Confirmation::Sns,
            Self::Webhook | Self::Slack | Self::PagerDuty | Self::Alertmanager => Confirmation::TestMessage,
            Self::Sms | Self::Mail | Self::Teams => Confirmation::Code,
        }
    }
}

/// A code of six digits. The debug output does not show it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ConfirmationCode(String);

/// A text that is not a [`ConfirmationCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits")]
pub struct InvalidCode;

impl ConfirmationCode {
    /// The number of digits.
    const DIGITS: usize = 6;

    /// Returns the code of these random bytes. Each code is as likely as any other, but for 1 part in 10^13.
    #[must_use]
    pub fn new(random: [u8; 8]) -> Self {
        Self(format!("{:06}", u64::from_le_bytes(random) % 1_000_000))
    }

    /// Returns the digits.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConfirmationCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        let is_code = text.len() == Self::DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if is_code { Ok(Self(text.to_owned())) } else { Err(InvalidCode) }
    }
}

impl TryFrom<String> for ConfirmationCode {
    type Error = InvalidCode;

    fn try_from(text: String) -> Result<Self, InvalidCode> {
        text.parse()
    }
}

impl fmt::Debug for ConfirmationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmationCode(..)")
    }
}

/// The reason why a code does not confirm a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// No code was sent for this generation, or it has expired.
    #[error("no code is valid now: request another one")]
    Expired,
    /// It was tried [`MAX_TRIES`] times.
    #[error("the code was tried {MAX_TRIES} times: request another one")]
    TooManyTries,
    /// It is another code.
    #[error("the code is wrong")]
    Wrong,
}

/// The code of a subscription, as stored: a salted hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentCode {
    hash: [u8; 32],
    salt: [u8; 16],
    generation: u32,
    sent_at: Timestamp,
    tries: u32,
}

impl SentCode {
    /// Returns `code`, sent at `now` for the generation `generation` of the subscription `id`. `salt` is random.
    #[must_use]
    pub fn new(id: SubscriptionId, generation: u32, code: &ConfirmationCode, salt: [u8; 16], now: Timestamp) -> Self {
        Self { hash: hash(id, generation, code, salt), salt, generation, sent_at: now, tries: 0 }
    }

    /// Returns the code with one more try, at `now`, for the generation `generation`. The try is stored before the code
    /// is [compared](Self::matches), so that requests at the same time have no more tries.
    ///
    /// # Errors
    /// [`CodeError::Expired`]; [`CodeError::TooManyTries`].
    pub fn tried(&self, generation: u32, now: Timestamp) -> Result<Self, CodeError> {
        if self.generation != generation || now >= self.expires_at() {
            return Err(CodeError::Expired);
        }
        if self.tries >= MAX_TRIES {
            return Err(CodeError::TooManyTries);
        }
        Ok(Self { tries: self.tries + 1, ..self.clone() })
    }

    /// Returns whether it is `code`, in constant time.
    #[must_use]
    pub fn matches(&self, id: SubscriptionId, code: &ConfirmationCode) -> bool {
        self.hash.ct_eq(&hash(id, self.generation, code, self.salt)).into()
    }

    /// Returns the time from which on it is not valid.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.sent_at + CODE_LIFETIME
    }
}

fn hash(id: SubscriptionId, generation: u32, code: &ConfirmationCode, salt: [u8; 16]) -> [u8; 32] {
    let text = format!("{id} {generation} {}", code.reveal());
    Sha256::new().chain_update(salt).chain_update(text).finalize().into()
}

/// When codes were sent to an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeHistory(Vec<Timestamp>);

/// An address got [`MAX_CODES`] codes within [`CODES_PERIOD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address got {MAX_CODES} codes within 24 hours: request another one after {until}")]
pub struct TooManyCodes {
    /// When it may get the next one.
    pub until: Timestamp,
}

impl CodeHistory {
    /// Returns the history with one more code at `now`.
    ///
    /// # Errors
    /// [`TooManyCodes`].
    pub fn with(&self, now: Timestamp) -> Result<Self, TooManyCodes> {
        let mut recent: Vec<_> = self.0.iter().copied().filter(|at| *at > now - CODES_PERIOD).collect();
        recent.sort_unstable();
        let first = recent.len().checked_sub(MAX_CODES).and_then(|first| recent.get(first));
        if let Some(first) = first {
            return Err(TooManyCodes { until: *first + CODES_PERIOD });
        }
        recent.push(now);
        Ok(Self(recent))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn id(digit: char) -> SubscriptionId {
        digit.to_string().repeat(32).parse().expect("an id")
    }

    fn code(text: &str) -> ConfirmationCode {
        text.parse().expect("a code")
    }

    #[test]
    fn every_channel_has_its_confirmation() {
        use Confirmation::{Code, Sns, TestMessage};
        let expected = [Sns, Code, Sns, Sns, Code, TestMessage, TestMessage, Code, TestMessage, TestMessage];
        assert_eq!(Channel::ALL.map(Channel::confirmation), expected);
    }

    #[test]
    fn code_has_six_digits_and_is_not_printed() {
        assert_eq!(ConfirmationCode::new([0; 8]).reveal(), "000000");
        assert_eq!(ConfirmationCode::new(1_234_567_u64.to_le_bytes()).reveal(), "234567");
        for bad in ["", "12345", "1234567", "12345a", "+12345", "١٢٣٤٥٦", " 12345"] {
            assert_eq!(bad.parse::<ConfirmationCode>(), Err(InvalidCode), "{bad}");
        }
        assert!(!format!("{:?}", code("123456")).contains("123"));
    }

    #[test]
    fn code_takes_five_tries_within_fifteen_minutes() {
        let mut sent = SentCode::new(id('a'), 2, &code("123456"), [7; 16], second(0));
        assert_eq!(sent.tried(2, second(900)), Err(CodeError::Expired));
        assert_eq!(sent.tried(1, second(0)), Err(CodeError::Expired), "of another generation");
        for _ in 0..5 {
            sent = sent.tried(2, second(899)).expect("a try");
        }
        assert_eq!(sent.tried(2, second(899)), Err(CodeError::TooManyTries));
        assert!(sent.matches(id('a'), &code("123456")));
    }

    #[test]
    fn stored_code_is_bound_to_its_subscription_and_does_not_show_the_digits() {
        let sent = SentCode::new(id('a'), 1, &code("123456"), [7; 16], second(0));
        assert!(!sent.matches(id('a'), &code("123457")) && !sent.matches(id('b'), &code("123456")));
        let json = serde_json::to_string(&sent).expect("json");
        assert!(!json.contains("123456"), "{json}");
        assert_eq!(serde_json::from_str::<SentCode>(&json).expect("as written"), sent);
        assert_ne!(SentCode::new(id('a'), 1, &code("123456"), [8; 16], second(0)).hash, sent.hash, "salted");
    }

    proptest! {
        #[test]
        fn no_address_gets_more_than_three_codes_within_any_24_hours(waits in prop::collection::vec(0_i64..40_000, 40)) {
            let (mut history, mut now, mut sent) = (CodeHistory::default(), 0, vec![]);
            for wait in waits {
                now += wait;
                let within = sent.iter().filter(|at| now - **at < 86_400).count();
                match history.with(second(now)) {
                    Ok(next) => {
                        prop_assert!(within < 3, "{:?} {}", sent, now);
                        sent.push(now);
                        history = next;
                    }
                    Err(TooManyCodes { until }) => {
                        prop_assert!(within == 3);
                        prop_assert_eq!(until.as_second(), sent[sent.len() - 3] + 86_400);
                        prop_assert!(history.with(until).is_ok());
                    }
                }
            }
            prop_assert!(history.0.len() <= 3, "it does not grow");
        }
    }
}
