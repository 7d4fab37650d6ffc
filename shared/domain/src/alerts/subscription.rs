//! Subscriptions of owners to announcements.

use serde::{Deserialize, Serialize};

use crate::chatbots::{contact::Contact, uri::ChatbotUri};

/// The delivery protocol of an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// E-mail.
    Email,
    /// Text message to a mobile phone.
    Sms,
    /// POST to an https URL.
    Https,
    /// SQS queue, whose policy must allow the topic to send.
    Sqs,
}

impl Protocol {
    /// Returns the protocol as in SNS and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Https => "https",
            Self::Sqs => "sqs",
        }
    }
}

/// The destination of announcements: a protocol and an endpoint in its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    protocol: Protocol,
    endpoint: String,
}

/// An endpoint that does not fit its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("for this protocol the endpoint is {0}")]
pub struct InvalidEndpoint(&'static str);

impl Destination {
    /// Returns the destination `endpoint` of `protocol`.
    ///
    /// # Errors
    /// Returned if the endpoint does not have the format of the protocol.
    pub fn new(protocol: Protocol, endpoint: String) -> Result<Self, InvalidEndpoint> {
        let (fits, rule) = match protocol {
            Protocol::Email => (endpoint.parse::<Contact>().is_ok(), "an e-mail address"),
            Protocol::Sms => (is_phone_number(&endpoint), "a phone number such as +37255512345"),
            Protocol::Https => (
                endpoint.starts_with("https://") && endpoint.parse::<ChatbotUri>().is_ok(),
                "an https URL without credentials or fragment",
            ),
            Protocol::Sqs => (is_queue(&endpoint), "the ARN of a standard SQS queue"),
        };
        if fits { Ok(Self { protocol, endpoint }) } else { Err(InvalidEndpoint(rule)) }
    }

    /// Returns the protocol.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Returns the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// Returns whether `text` is an E.164 phone number: `+`, a digit other than 0, 6 to 14 more digits.
fn is_phone_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether `text` is `arn:aws:sqs:REGION:ACCOUNT:NAME`. Only standard queues are accepted, because the topic
/// is standard.
fn is_queue(text: &str) -> bool {
    let parts: Vec<_> = text.split(':').collect();
    let [arn, partition, service, region, account, name] = parts.as_slice() else { return false };
    let word = |text: &str| {
        !text.is_empty()
            && text.len() <= 80
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (*arn, *service) == ("arn", "sqs")
        && partition.starts_with("aws")
        && word(partition)
        && word(region)
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && word(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_must_have_the_format_of_its_protocol() {
        let fits = |protocol, endpoint: &str| Destination::new(protocol, endpoint.to_owned()).is_ok();
        let queue = "arn:aws:sqs:eu-north-1:000000000000:alerts";
        for (protocol, good) in [
            (Protocol::Email, "owner@example.ee"),
            (Protocol::Sms, "+37255512345"),
            (Protocol::Https, "https://example.ee/hook"),
            (Protocol::Sqs, queue),
        ] {
            assert!(fits(protocol, good), "{protocol:?} {good}");
        }
        for (protocol, bad) in [
            (Protocol::Email, "owner"),
            (Protocol::Sms, "55512345"),
            (Protocol::Sms, "+0555123456"),
            (Protocol::Sms, "+372"),
            (Protocol::Https, "http://example.ee/"),
            (Protocol::Https, "https://me:secret@example.ee/"),
            (Protocol::Sqs, "alerts"),
            (Protocol::Sqs, "arn:aws:sns:eu-north-1:000000000000:alerts"),
            (Protocol::Sqs, "arn:aws:sqs:eu-north-1:0:alerts"),
            (Protocol::Sqs, "arn:aws:sqs:eu-north-1:000000000000:alerts.fifo"),
        ] {
            assert!(!fits(protocol, bad), "{protocol:?} {bad}");
        }
    }
}
