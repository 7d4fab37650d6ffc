//! Where owners want to hear of their chatbots.

use serde::{Deserialize, Serialize};

use crate::{contact::Contact, uri::ChatbotUri};

/// How an announcement travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// To an e-mail address.
    Email,
    /// To a mobile phone.
    Sms,
    /// As a POST to an https URL.
    Https,
    /// Into an SQS queue whose policy lets the topic in.
    Sqs,
}

impl Protocol {
    /// As SNS and JSON have it.
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

/// Where announcements go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Destination {
    protocol: Protocol,
    endpoint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    protocol: Protocol,
    endpoint: String,
}

/// An endpoint that is not of its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint is {0}")]
pub struct InvalidEndpoint(&'static str);

impl Destination {
    /// How.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Where to, in the protocol's own form.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl TryFrom<Fields> for Destination {
    type Error = InvalidEndpoint;

    fn try_from(Fields { protocol, endpoint }: Fields) -> Result<Self, InvalidEndpoint> {
        let (fits, rule) = match protocol {
            Protocol::Email => (endpoint.parse::<Contact>().is_ok(), "an e-mail address"),
            Protocol::Sms => (is_phone_number(&endpoint), "a phone number such as +37255512345"),
            Protocol::Https => (
                endpoint.starts_with("https://") && endpoint.parse::<ChatbotUri>().is_ok(),
                "an https URL without credentials or fragment",
            ),
            Protocol::Sqs => (is_queue(&endpoint), "the ARN of an SQS queue"),
        };
        if fits { Ok(Self { protocol, endpoint }) } else { Err(InvalidEndpoint(rule)) }
    }
}

impl From<Destination> for Fields {
    fn from(Destination { protocol, endpoint }: Destination) -> Self {
        Self { protocol, endpoint }
    }
}

/// E.164: `+`, a digit that is not 0, 6 to 14 more.
fn is_phone_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `arn:aws:sqs:REGION:ACCOUNT:NAME`; standard queues only, for the topic is standard.
fn is_queue(text: &str) -> bool {
    let parts: Vec<_> = text.split(':').collect();
    let [arn, partition, service, region, account, name] = parts.as_slice() else { return false };
    let word = |text: &str| {
        !text.is_empty() && text.len() <= 80 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
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
    fn each_protocol_has_its_own_form() {
        let fits = |protocol: &str, endpoint: &str| {
            let text = serde_json::json!({ "protocol": protocol, "endpoint": endpoint });
            serde_json::from_value::<Destination>(text).is_ok()
        };
        let queue = "arn:aws:sqs:eu-north-1:000000000000:alerts";
        for (protocol, good) in [
            ("email", "owner@example.ee"),
            ("sms", "+37255512345"),
            ("https", "https://example.ee/hook"),
            ("sqs", queue),
        ] {
            assert!(fits(protocol, good), "{protocol} {good}");
        }
        for (protocol, bad) in [
            ("email", "owner"), ("sms", "55512345"), ("sms", "+0555123456"), ("sms", "+372"),
            ("https", "http://example.ee/"), ("https", "https://me:secret@example.ee/"), ("sqs", "alerts"),
            ("sqs", "arn:aws:sns:eu-north-1:000000000000:alerts"), ("sqs", "arn:aws:sqs:eu-north-1:0:alerts"),
            ("sqs", "arn:aws:sqs:eu-north-1:000000000000:alerts.fifo"), ("lambda", queue),
        ] {
            assert!(!fits(protocol, bad), "{protocol} {bad}");
        }
    }
}
