//! The body of a message in the form of its channel, as it is stored until it is delivered.

use crate::notifications::{
    channel::Channel,
    rendering::{Renderer, content::MessageContent},
};

/// The most entries of a message on `PagerDuty`, where each is a request of its own, and in the form of Alertmanager. No
/// entry is left out there: the end of an alert that nobody hears of would leave it open.
pub const MAX_EVENTS: usize = 100;

/// A rendered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line of fewer than 100 characters. It names the message where its channel has no subjects.
    pub subject: String,
    /// The body: a text, or JSON. At most 350,000 bytes, so that an item can hold it.
    pub body: String,
}

impl Channel {
    /// Returns the most entries of one message; none for no limit.
    #[must_use]
    pub fn max_entries(self) -> Option<usize> {
        matches!(self, Self::PagerDuty | Self::Alertmanager).then_some(MAX_EVENTS)
    }
}

impl Renderer<'_> {
    /// Returns `content` in the form of `channel`: a text for `email` and `sms`, a [`Mail`](super::mail::Mail) as JSON for
    /// `mail`, an array of [events](super::pagerduty::PagerDutyEvent) for `pagerduty`, else the JSON of the request.
    #[must_use]
    pub fn body(&self, channel: Channel, content: &MessageContent) -> Rendered {
        let mail = self.mail(content);
        let subject = mail.subject.clone();
        let body = match channel {
            Channel::Email => mail.text,
            // Neither has a map with keys other than texts, so neither fails.
            Channel::Mail => serde_json::to_string(&mail).unwrap_or_default(),
            Channel::PagerDuty => serde_json::to_string(&self.pagerduty(content)).unwrap_or_default(),
            Channel::Sms => self.sms(content),
            Channel::Https | Channel::Sqs | Channel::Webhook => self.json(content),
            Channel::Slack => self.slack(content),
            Channel::Teams => self.teams(content),
            Channel::Alertmanager => self.alertmanager(content),
        };
        Rendered { subject, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::{
        Language, Mail, PagerDutyEvent, Zone,
        rendering::samples::{links, storm},
    };

    #[test]
    fn body_of_a_storm_has_the_form_of_its_channel_and_fits_into_an_item() {
        let links = links();
        for channel in Channel::ALL {
            let count = channel.max_entries().unwrap_or(1000);
            for language in [Language::Et, Language::En] {
                let renderer = Renderer { language, zone: Zone::default(), links: &links };
                let Rendered { subject, body } = renderer.body(channel, &storm(count));
                assert!((1..100).contains(&subject.chars().count()), "{subject}");
                // As JSON in the JSON of the item.
                let stored = serde_json::to_string(&body).expect("json").len();
                assert!((1..350_000).contains(&stored), "{channel:?} {stored}");
                match channel {
                    Channel::Email | Channel::Sms => assert!(!body.starts_with('{')),
                    Channel::Mail => assert_eq!(serde_json::from_str::<Mail>(&body).expect("a mail").subject, subject),
                    Channel::PagerDuty => {
                        assert_eq!(serde_json::from_str::<Vec<PagerDutyEvent>>(&body).expect("events").len(), count);
                    }
                    _ => assert!(serde_json::from_str::<serde_json::Value>(&body).expect("json").is_object()),
                }
            }
        }
    }
}
