//! Channels, and the addresses to which messages are delivered on them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chatbots::{
    contact::{Contact, InvalidContact},
    uri::{ChatbotUri, InvalidUri},
};

/// The channel of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Plain e-mail from SNS.
    Email,
    /// Text message to a mobile phone, from SNS.
    Sms,
    /// POST to an https URL, in the form of SNS.
    Https,
    /// SQS queue, whose policy must allow the topic to send.
    Sqs,
    /// E-mail with HTML from SES.
    Mail,
    /// POST to an https URL, signed (Standard Webhooks).
    Webhook,
    /// Incoming webhook of Slack, or of a service that takes the same requests.
    Slack,
    /// Workflow of Microsoft Teams.
    Teams,
    /// `PagerDuty`, Events API v2.
    PagerDuty,
    /// POST to an https URL, in the form of the webhooks of Prometheus Alertmanager.
    Alertmanager,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::Sms,
        Self::Https,
        Self::Sqs,
        Self::Mail,
        Self::Webhook,
        Self::Slack,
        Self::Teams,
        Self::PagerDuty,
        Self::Alertmanager,
    ];

    /// Returns the channel as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Https => "https",
            Self::Sqs => "sqs",
            Self::Mail => "mail",
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::PagerDuty => "pagerduty",
            Self::Alertmanager => "alertmanager",
        }
    }

    /// Returns whether SNS delivers to it, on a topic of the subscription.
    #[must_use]
    pub fn is_sns(self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Https | Self::Sqs)
    }

    /// Returns whether its addresses are secrets: whoever knows one can post to it.
    #[must_use]
    pub fn has_secret_address(self) -> bool {
        match self {
            Self::Email | Self::Sms | Self::Sqs | Self::Mail => false,
            Self::Https | Self::Webhook | Self::Slack | Self::Teams | Self::PagerDuty | Self::Alertmanager => true,
        }
    }
}

/// An address on a channel, in normal form, so that one address has one spelling. The debug output is masked.
///
/// A stored address is not checked again, so that an address which an earlier version took stays readable.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    channel: Channel,
    address: String,
}

/// The reason why a text is no address on a channel.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InvalidAddress {
    /// Not an e-mail address, or none that can be sent to.
    #[error(transparent)]
    Contact(#[from] InvalidContact),
    /// Not a phone number.
    #[error("not a phone number such as +37255512345")]
    PhoneNumber,
    /// Not a URL.
    #[error(transparent)]
    Uri(#[from] InvalidUri),
    /// A URL with a scheme other than `https`.
    #[error("the scheme of the address is https")]
    Scheme,
    /// Not the ARN of a queue.
    #[error("not the ARN of a standard SQS queue")]
    Queue,
    /// Not a routing key.
    #[error("a routing key has 32 letters and digits")]
    RoutingKey,
}

impl Address {
    /// Returns the address `text` on `channel`. The caller checks a URL ([`Address::uri`]) with the egress filter.
    ///
    /// # Errors
    /// [`InvalidAddress`] if the text does not have the format of the channel.
    pub fn new(channel: Channel, text: &str) -> Result<Self, InvalidAddress> {
        let address = match channel {
            Channel::Email | Channel::Mail => mailbox(&text.parse::<Contact>()?)?,
            Channel::Sms if is_phone_number(text) => text.to_owned(),
            Channel::Sms => return Err(InvalidAddress::PhoneNumber),
            Channel::Sqs if is_queue(text) => text.to_owned(),
            Channel::Sqs => return Err(InvalidAddress::Queue),
            Channel::PagerDuty => routing_key(text)?,
            Channel::Https | Channel::Webhook | Channel::Slack | Channel::Teams | Channel::Alertmanager => {
                let uri: ChatbotUri = text.parse()?;
                if uri.url().scheme() != "https" {
                    return Err(InvalidAddress::Scheme);
                }
                uri.into()
            }
        };
        Ok(Self { channel, address })
    }

    /// Returns the channel.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// Returns the normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Returns the URL, if the channel posts to one.
    #[must_use]
    pub fn uri(&self) -> Option<ChatbotUri> {
        self.address.parse().ok()
    }

    /// Returns the address for those who may read the subscription: masked if it is a secret.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.channel.has_secret_address() { self.masked() } else { self.address.clone() }
    }

    /// Returns the address shortened so that it is neither personal data nor a secret: for logs and for the other
    /// subscribers of the institution.
    #[must_use]
    pub fn masked(&self) -> String {
        let address = &self.address;
        let last = |count: usize| address.char_indices().rev().nth(count - 1).map_or("", |(from, _)| &address[from..]);
        match self.channel {
            Channel::Email | Channel::Mail => {
                format!("***@{}", address.rsplit_once('@').map_or("***", |(_, domain)| domain))
            }
            Channel::Sms => format!("***{}", last(2)),
            Channel::PagerDuty => format!("***{}", last(4)),
            Channel::Sqs => format!("***:{}", address.rsplit(':').next().unwrap_or_default()),
            Channel::Https | Channel::Webhook | Channel::Slack | Channel::Teams | Channel::Alertmanager => {
                let uri = self.uri();
                let host = uri.as_ref().and_then(|uri| uri.url().host_str()).unwrap_or("***");
                format!("https://{host}/***")
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({} {})", self.channel.as_str(), self.masked())
    }
}

/// Returns the address as SES and SNS take it: the domain in Punycode and lower case. The case of the part before the
/// `@` is kept, because it is the domain's own (RFC 5321, section 2.4).
fn mailbox(contact: &Contact) -> Result<String, InvalidContact> {
    let ascii = contact.to_ascii()?;
    let (local, domain) = ascii.rsplit_once('@').ok_or(InvalidContact::Domain)?;
    Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
}

/// Returns whether `text` is an E.164 phone number: `+`, a digit other than 0, 6 to 14 more digits.
fn is_phone_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether `text` is `arn:aws:sqs:REGION:ACCOUNT:NAME`. Only standard queues are accepted, because topics are
/// standard.
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

fn routing_key(text: &str) -> Result<String, InvalidAddress> {
    let is_key = text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_key { Ok(text.to_owned()) } else { Err(InvalidAddress::RoutingKey) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "R0123456789ABCDEF0123456789abcde";
    const QUEUE: &str = "arn:aws:sqs:eu-north-1:000000000000:alerts";

    fn address(channel: Channel, text: &str) -> Address {
        Address::new(channel, text).unwrap_or_else(|error| panic!("{channel:?} {text}: {error}"))
    }

    #[test]
    fn mail_domain_is_punycode_and_local_part_outside_ascii_is_refused() {
        for channel in [Channel::Email, Channel::Mail] {
            assert_eq!(address(channel, "info@jõgeva.ee").as_str(), "info@xn--jgeva-dua.ee");
            assert_eq!(address(channel, "Info@JÕGEVA.ee").as_str(), "Info@xn--jgeva-dua.ee");
            assert_eq!(address(channel, "Owner@Ministry.EE").as_str(), "Owner@ministry.ee");
            let refused = |text: &str| Address::new(channel, text).expect_err(text);
            assert!(matches!(refused("jüri@example.ee"), InvalidAddress::Contact(InvalidContact::LocalPart)));
            for bad in [" <a@b.ee>\r\n", "a@b.ee\r\nBcc: c@d.ee", "", "owner", "a@b.ee, c@d.ee"] {
                assert!(matches!(refused(bad), InvalidAddress::Contact(_)), "{bad:?}");
            }
        }
    }

    #[test]
    fn spellings_of_one_url_are_one_address() {
        for channel in [Channel::Https, Channel::Webhook, Channel::Slack, Channel::Teams, Channel::Alertmanager] {
            let one = address(channel, "https://hooks.example.ee/a");
            assert_eq!(address(channel, "HTTPS://HOOKS.example.ee:443/a"), one);
            // The egress filter decides about the address of the host, so the normal form must show it.
            let link_local = address(channel, "https://0xA9FEA9FE/").uri();
            assert_eq!(link_local.as_ref().map(ChatbotUri::as_str), Some("https://169.254.169.254/"));
            assert!(matches!(Address::new(channel, "http://hooks.example.ee/a"), Err(InvalidAddress::Scheme)));
            for bad in ["https://me:secret@example.ee/", "https://example.ee/#top", "example.ee", "a@b.ee"] {
                assert!(matches!(Address::new(channel, bad), Err(InvalidAddress::Uri(_))), "{bad}");
            }
        }
    }

    #[test]
    fn address_must_have_the_format_of_its_channel() {
        assert_eq!(address(Channel::Sms, "+37255512345").as_str(), "+37255512345");
        assert_eq!(address(Channel::Sqs, QUEUE).as_str(), QUEUE);
        assert_eq!(address(Channel::PagerDuty, KEY).as_str(), KEY);
        assert_eq!(address(Channel::PagerDuty, KEY).uri(), None);
        for bad in ["55512345", "+0555123456", "+372", ""] {
            assert!(matches!(Address::new(Channel::Sms, bad), Err(InvalidAddress::PhoneNumber)), "{bad}");
        }
        let others = ["arn:aws:sns:eu-north-1:000000000000:alerts", "arn:aws:sqs:eu-north-1:0:alerts"];
        for bad in ["alerts", &format!("{QUEUE}.fifo"), others[0], others[1]] {
            assert!(matches!(Address::new(Channel::Sqs, bad), Err(InvalidAddress::Queue)), "{bad}");
        }
        for bad in ["", &KEY[1..], &format!("{KEY}0"), &KEY.replace('R', "-"), &"õ".repeat(16)] {
            assert!(matches!(Address::new(Channel::PagerDuty, bad), Err(InvalidAddress::RoutingKey)), "{bad}");
        }
    }

    #[test]
    fn masked_form_has_neither_person_nor_secret() {
        for (channel, text, masked, is_shown) in [
            (Channel::Mail, "mari.maasikas@ria.ee", "***@ria.ee", true),
            (Channel::Email, "\"a@b\"@ria.ee", "***@ria.ee", true),
            (Channel::Sms, "+37255512345", "***45", true),
            (Channel::Sqs, QUEUE, "***:alerts", true),
            (Channel::Slack, "https://hooks.slack.com/services/T0/B0/secret", "https://hooks.slack.com/***", false),
            (Channel::Webhook, "https://hooks.example.ee/?token=secret", "https://hooks.example.ee/***", false),
            (Channel::PagerDuty, KEY, "***bcde", false),
        ] {
            let address = address(channel, text);
            assert_eq!(address.masked(), masked);
            assert_eq!(address.shown(), if is_shown { text } else { masked });
            assert_eq!(format!("{address:?}"), format!("Address({} {masked})", channel.as_str()));
        }
    }

    #[test]
    fn channels_have_their_names_in_json() {
        for channel in Channel::ALL {
            assert_eq!(serde_json::to_value(channel).expect("json"), channel.as_str());
        }
        let one = address(Channel::PagerDuty, KEY);
        let json = serde_json::to_value(&one).expect("json");
        assert_eq!(json, serde_json::json!({"channel": "pagerduty", "address": KEY}));
        assert_eq!(serde_json::from_value::<Address>(json).expect("as written"), one);
    }

    proptest! {
        #[test]
        fn normal_form_is_its_own(text in "([a-zA-Z0-9.õÜ]{1,8}@[a-zA-ZõÜ.-]{1,12}\\.ee|https://[a-zA-Z.õ]{1,9}(:443)?/[ -~]{0,9})") {
            for channel in Channel::ALL {
                if let Ok(address) = Address::new(channel, &text) {
                    prop_assert!(address.as_str().is_ascii());
                    let again = Address::new(channel, address.as_str()).ok();
                    prop_assert_eq!(again, Some(address));
                }
            }
        }
    }
}
