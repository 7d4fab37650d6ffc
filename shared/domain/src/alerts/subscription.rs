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

/// The destination of announcements: a protocol and an endpoint in its format. A URL is in normal form, so that one
/// destination has one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    protocol: Protocol,
    endpoint: String,
    uri: Option<ChatbotUri>,
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
            Protocol::Https => {
                let uri = endpoint.parse().ok().filter(|uri: &ChatbotUri| uri.url().scheme() == "https");
                let uri = uri.ok_or(InvalidEndpoint("an https URL without credentials or fragment"))?;
                return Ok(Self { protocol, endpoint: uri.to_string(), uri: Some(uri) });
            }
            Protocol::Sqs => (is_queue(&endpoint), "the ARN of a standard SQS queue"),
        };
        if fits { Ok(Self { protocol, endpoint, uri: None }) } else { Err(InvalidEndpoint(rule)) }
    }

    /// Returns the URL to which announcements are posted, if the protocol is https. The caller checks it with the egress
    /// filter.
    #[must_use]
    pub fn uri(&self) -> Option<&ChatbotUri> {
        self.uri.as_ref()
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
    fn url_is_kept_in_normal_form() {
        for (endpoint, normal) in [
            ("HTTPS://hooks.example.ee/a", "https://hooks.example.ee/a"),
            ("https://Hooks.example.ee:443", "https://hooks.example.ee/"),
            ("https://hooks.example.ee/a|b", "https://hooks.example.ee/a%7Cb"),
            ("https://0xA9FEA9FE/latest/meta-data/", "https://169.254.169.254/latest/meta-data/"),
        ] {
            let to = Destination::new(Protocol::Https, endpoint.to_owned()).expect(endpoint);
            assert_eq!((to.endpoint(), to.uri().map(ChatbotUri::as_str)), (normal, Some(normal)));
        }
        let mail = Destination::new(Protocol::Email, "owner@example.ee".to_owned()).expect("an address");
        assert_eq!(mail.uri(), None);
    }

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
            (Protocol::Https, "HTTP://example.ee/"),
            (Protocol::Https, "https://example.ee/#top"),
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
