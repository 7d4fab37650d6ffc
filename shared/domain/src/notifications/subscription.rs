//! Subscriptions: one address on one channel, for one institution or for the operations centre.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    json::non_null,
    notifications::{
        channel::{Address, Channel, InvalidAddress},
        drop_reason::DropReason,
        enrolment::{Enrolment, Present},
        settings::{Settings, SettingsChange},
        state::{EndedBy, InvalidTransition, State},
        subscription_id::SubscriptionId,
    },
};

/// The most chatbots that are chosen one by one. More than these are covered as all of the institution.
pub const MAX_CHATBOTS: usize = 500;

/// A subscription as an owner or administrator requests it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSubscription {
    /// The channel.
    pub channel: Channel,
    /// The address in the format of the channel.
    pub address: String,
    /// The institution; without it the subscription is for the operations centre, which administrators may request.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub institution: Option<Name>,
    /// The names of chatbots of the institution; without them all, also those that are enrolled later.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub chatbots: Option<BTreeSet<Name>>,
    /// The settings that differ from the defaults.
    #[serde(default, skip_serializing_if = "SettingsChange::is_empty")]
    pub settings: SettingsChange,
}

/// The reason why chatbots cannot be covered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCoverage {
    /// Chatbots are chosen, but no institution.
    #[error("chatbots are chosen within an institution")]
    WithoutInstitution,
    /// None, or more than [`MAX_CHATBOTS`].
    #[error("choose 1 to {MAX_CHATBOTS} chatbots, or leave them out for all of the institution")]
    Count,
    /// The institution has no such chatbot.
    #[error("the institution has no chatbot {0}")]
    Unknown(Name),
}

impl NewSubscription {
    /// Returns the address.
    ///
    /// # Errors
    /// [`InvalidAddress`].
    pub fn address(&self) -> Result<Address, InvalidAddress> {
        Address::new(self.channel, &self.address)
    }

    /// Returns the chatbots to cover. `present` returns the present facts of a name.
    ///
    /// # Errors
    /// [`InvalidCoverage`]. A chatbot of another institution is refused like one that does not exist.
    pub fn coverage(&self, present: impl Fn(&Name) -> Option<Present>) -> Result<Coverage, InvalidCoverage> {
        Coverage::new(self.institution.as_ref(), self.chatbots.as_ref(), present)
    }
}

/// The coverage of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Coverage {
    /// These chatbots of the institution, until they are removed or belong to another.
    Chatbots {
        /// The institution.
        institution: Name,
        /// The chatbots.
        chatbots: BTreeSet<Enrolment>,
    },
    /// All chatbots of the institution, also those that are enrolled later.
    Institution {
        /// The institution.
        institution: Name,
    },
    /// The network, for administrators.
    Operations,
}

impl Coverage {
    /// Returns the coverage of `names` of `institution`; without names, of all that it has; without an institution, of
    /// the network. `present` returns the present facts of a name.
    ///
    /// # Errors
    /// [`InvalidCoverage`]. A chatbot of another institution is refused like one that does not exist.
    pub fn new(
        institution: Option<&Name>,
        names: Option<&BTreeSet<Name>>,
        present: impl Fn(&Name) -> Option<Present>,
    ) -> Result<Self, InvalidCoverage> {
        let (institution, names) = match (institution, names) {
            (None, None) => return Ok(Self::Operations),
            (None, Some(_)) => return Err(InvalidCoverage::WithoutInstitution),
            (Some(institution), None) => return Ok(Self::Institution { institution: institution.clone() }),
            (Some(institution), Some(names)) => (institution, names),
        };
        if !(1..=MAX_CHATBOTS).contains(&names.len()) {
            return Err(InvalidCoverage::Count);
        }
        let chatbots = names.iter().map(|name| {
            let own = present(name).filter(|present| present.institution == *institution);
            let own = own.ok_or_else(|| InvalidCoverage::Unknown(name.clone()))?;
            Ok(Enrolment { name: name.clone(), enrolled_at: own.enrolled_at })
        });
        Ok(Self::Chatbots { institution: institution.clone(), chatbots: chatbots.collect::<Result<_, _>>()? })
    }

    /// Returns the coverage with `chatbot`, which belongs to the institution.
    ///
    /// # Errors
    /// [`InvalidCoverage::Count`] if it chooses [`MAX_CHATBOTS`] others.
    pub fn with(&self, chatbot: Enrolment) -> Result<Self, InvalidCoverage> {
        let mut wider = self.clone();
        if let Self::Chatbots { chatbots, .. } = &mut wider {
            // An earlier enrolment of the name is another chatbot, which is gone.
            chatbots.retain(|other| other.name != chatbot.name);
            chatbots.insert(chatbot);
            if chatbots.len() > MAX_CHATBOTS {
                return Err(InvalidCoverage::Count);
            }
        }
        Ok(wider)
    }

    /// Returns the institution; none for the operations centre.
    #[must_use]
    pub fn institution(&self) -> Option<&Name> {
        match self {
            Self::Chatbots { institution, .. } | Self::Institution { institution } => Some(institution),
            Self::Operations => None,
        }
    }

    /// Checks that `chatbot` is covered: the same enrolment, of the same institution, and chosen. `present` has the present
    /// facts of its name.
    ///
    /// # Errors
    /// The reason why notifications about it are dropped.
    pub(crate) fn check(&self, chatbot: &Enrolment, present: &BTreeMap<Name, Present>) -> Result<(), DropReason> {
        let present = present.get(&chatbot.name).filter(|present| chatbot.is_at(present.enrolled_at));
        let present = present.ok_or(DropReason::OtherEnrolment)?;
        let Some(institution) = self.institution() else { return Ok(()) };
        if present.institution != *institution {
            return Err(DropReason::OtherInstitution);
        }
        if self.includes(chatbot) { Ok(()) } else { Err(DropReason::NotCovered) }
    }

    /// Returns the chatbots that were chosen; none if all are covered.
    #[must_use]
    pub fn chosen(&self) -> Option<&BTreeSet<Enrolment>> {
        match self {
            Self::Chatbots { chatbots, .. } => Some(chatbots),
            Self::Institution { .. } | Self::Operations => None,
        }
    }

    /// Returns whether chatbots were chosen, and all of them were removed or transferred. `present` has the present facts
    /// of their names.
    #[must_use]
    pub fn covers_nothing(&self, present: &BTreeMap<Name, Present>) -> bool {
        self.chosen().is_some_and(|chosen| chosen.iter().all(|chatbot| self.check(chatbot, present).is_err()))
    }

    /// Returns whether `chatbot` is covered, if it belongs to the institution.
    #[must_use]
    pub fn includes(&self, chatbot: &Enrolment) -> bool {
        match self {
            Self::Chatbots { chatbots, .. } => chatbots.contains(chatbot),
            Self::Institution { .. } => true,
            Self::Operations => false,
        }
    }
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// The id, which is the key.
    pub id: SubscriptionId,
    /// Channel and address. They cannot change.
    #[serde(flatten)]
    pub address: Address,
    /// The coverage.
    pub coverage: Coverage,
    /// The settings.
    pub settings: Settings,
    /// The state.
    pub state: State,
    /// The number of times that the address was subscribed: each has a topic and a confirmation of its own.
    pub generation: u32,
    /// When it was requested first.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

impl Subscription {
    /// Returns the subscription of `address`, requested at `now`. It is pending until the recipient confirms it.
    #[must_use]
    pub fn new(address: Address, coverage: Coverage, settings: SettingsChange, now: Timestamp) -> Self {
        Self {
            id: SubscriptionId::new(coverage.institution(), &address),
            address,
            coverage,
            settings: Settings::default().changed(settings),
            state: State::Pending { since: now },
            generation: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Returns the subscription after the recipient confirmed it at `now`.
    ///
    /// # Errors
    /// Those of [`State::confirmed`].
    pub fn confirmed(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(self.in_state(self.state.at(now).confirmed(now)?, now))
    }

    /// Returns the subscription after its owner paused it at `now`.
    ///
    /// # Errors
    /// Those of [`State::paused`].
    pub fn paused(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(self.in_state(self.state.at(now).paused(now)?, now))
    }

    /// Returns the subscription after its owner resumed it at `now`.
    ///
    /// # Errors
    /// Those of [`State::resumed`].
    pub fn resumed(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(self.in_state(self.state.at(now).resumed(now)?, now))
    }

    /// Returns the subscription after a message could not be delivered for `error` at `now`.
    ///
    /// # Errors
    /// Those of [`State::failed`].
    pub fn failed(&self, error: String, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(self.in_state(self.state.at(now).failed(error, now)?, now))
    }

    /// Returns the subscription after `by` ended it at `now`. The first end stays.
    #[must_use]
    pub fn ended(&self, by: EndedBy, now: Timestamp) -> Self {
        self.in_state(self.state.at(now).ended(by, now), now)
    }

    /// Returns the subscription at `now`: ended, if nobody confirmed it in time.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        self.in_state(self.state.at(now), now)
    }

    /// Returns the subscription of the next generation, after somebody subscribed the address again at `now`.
    ///
    /// # Errors
    /// Those of [`State::renewed`].
    pub fn renewed(
        &self,
        coverage: Coverage,
        settings: SettingsChange,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        let state = self.state.at(now).renewed(now)?;
        let new = Self::new(self.address.clone(), coverage, settings, now);
        Ok(Self { state, generation: self.generation.saturating_add(1), created_at: self.created_at, ..new })
    }

    /// Returns the subscription of the next generation, after its topic was deleted behind its back at `now`: its recipient
    /// is asked again. One that has ended stays as it is.
    #[must_use]
    pub fn restarted(&self, now: Timestamp) -> Self {
        if matches!(self.state.at(now), State::Ended { .. }) {
            return self.clone();
        }
        let generation = self.generation.saturating_add(1);
        Self { generation, ..self.in_state(State::Pending { since: now }, now) }
    }

    fn in_state(&self, state: State, now: Timestamp) -> Self {
        let updated_at = if state == self.state { self.updated_at } else { now };
        Self { state, updated_at, ..self.clone() }
    }
}

/// The API representation of a subscription. A secret address is masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView<'a> {
    id: SubscriptionId,
    channel: Channel,
    address: String,
    coverage: &'a Coverage,
    settings: &'a Settings,
    state: State,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Subscription {
    /// Returns the API representation at `now`.
    #[must_use]
    pub fn view(&self, now: Timestamp) -> SubscriptionView<'_> {
        SubscriptionView {
            id: self.id,
            channel: self.address.channel(),
            address: self.address.shown(),
            coverage: &self.coverage,
            settings: &self.settings,
            state: self.state.at(now),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a good name")
    }

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("a time")
    }

    fn request(fields: &str) -> Result<NewSubscription, serde_json::Error> {
        serde_json::from_str(&format!(r#"{{"channel":"slack","address":"https://hooks.slack.com/s/x"{fields}}}"#))
    }

    fn sample() -> Subscription {
        let new = request(r#","institution":"tax","settings":{"leastImportance":"warning"}"#).expect("a request");
        let coverage = new.coverage(|_| None).expect("all of the institution");
        Subscription::new(new.address().expect("an address"), coverage, new.settings, hour(0))
    }

    #[test]
    fn chosen_chatbots_belong_to_the_institution() {
        let present = |name: &Name| {
            let institution = match name.as_str() {
                "tax-board" => "tax",
                "police-desk" => "police",
                _ => return None,
            };
            Some(Present { enrolled_at: hour(5), institution: institution.parse().expect("a good name") })
        };
        let coverage = |fields: &str| request(fields).expect("a request").coverage(present);
        let tax = name("tax");
        assert_eq!(coverage(""), Ok(Coverage::Operations));
        assert_eq!(coverage(r#","institution":"tax""#), Ok(Coverage::Institution { institution: tax.clone() }));
        let own = Enrolment { name: name("tax-board"), enrolled_at: hour(5) };
        let chosen = coverage(r#","institution":"tax","chatbots":["tax-board"]"#).expect("own");
        assert_eq!(chosen, Coverage::Chatbots { institution: tax, chatbots: [own.clone()].into() });
        assert!(chosen.includes(&own) && !chosen.includes(&Enrolment { enrolled_at: hour(6), ..own }));
        assert_eq!(coverage(r#","chatbots":["tax-board"]"#), Err(InvalidCoverage::WithoutInstitution));
        assert_eq!(coverage(r#","institution":"tax","chatbots":[]"#), Err(InvalidCoverage::Count));
        for foreign in ["police-desk", "nobody"] {
            let refused = coverage(&format!(r#","institution":"tax","chatbots":["tax-board","{foreign}"]"#));
            assert_eq!(refused, Err(InvalidCoverage::Unknown(name(foreign))));
        }
    }

    #[test]
    fn coverage_of_chatbots_that_are_gone_or_moved_is_empty() {
        let chatbot = |text, hours| Enrolment { name: name(text), enrolled_at: hour(hours) };
        let chatbots = [chatbot("tax-board", 5), chatbot("tax-desk", 5)].into();
        let chosen = Coverage::Chatbots { institution: name("tax"), chatbots };
        let present = |facts: &[(&str, i64, &str)]| {
            let facts = facts.iter().map(|(text, hours, institution)| {
                (name(text), Present { enrolled_at: hour(*hours), institution: name(institution) })
            });
            facts.collect::<BTreeMap<_, _>>()
        };
        assert!(chosen.covers_nothing(&present(&[])));
        assert!(chosen.covers_nothing(&present(&[("tax-board", 6, "tax"), ("tax-desk", 5, "police")])));
        assert!(!chosen.covers_nothing(&present(&[("tax-board", 6, "tax"), ("tax-desk", 5, "tax")])));
        assert!(!Coverage::Institution { institution: name("tax") }.covers_nothing(&present(&[])));
    }

    #[test]
    fn unknown_fields_and_null_are_refused() {
        for bad in [r#","chatbots":null"#, r#","institution":null"#, r#","state":"active""#, r#","settings":{"x":1}"#] {
            assert!(request(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn subscription_is_stored_whole_and_shown_without_its_secret() {
        let subscription = sample();
        let json = serde_json::to_value(&subscription).expect("json");
        assert_eq!((&json["channel"], &json["settings"]["leastImportance"]), (&"slack".into(), &"warning".into()));
        assert_eq!(serde_json::from_value::<Subscription>(json).expect("as written"), subscription);
        let view = serde_json::to_value(subscription.view(hour(49))).expect("json");
        assert_eq!(view["address"], "https://hooks.slack.com/***");
        assert_eq!(view["state"]["by"], "unconfirmed");
        assert!(!view.to_string().contains("/s/x"));
    }

    #[test]
    fn subscription_again_is_the_next_generation_of_the_same_key() {
        let first = sample();
        let active = first.confirmed(hour(1)).expect("confirmed");
        assert_eq!(active.updated_at, hour(1));
        assert_eq!(active.confirmed(hour(2)), Ok(active.clone()), "a repetition changes nothing");
        assert_eq!(first.confirmed(hour(49)), Err(InvalidTransition::Ended));
        let again = |from: &Subscription| from.renewed(first.coverage.clone(), SettingsChange::default(), hour(9));
        assert_eq!(again(&active), Err(InvalidTransition::NotEnded));
        let renewed = again(&active.ended(EndedBy::Owner, hour(8))).expect("renewed");
        assert_eq!((renewed.id, renewed.generation, renewed.created_at), (first.id, 2, hour(0)));
        assert_eq!(renewed.state, State::Pending { since: hour(9) });
        assert_eq!(again(&active.ended(EndedBy::Recipient, hour(8))), Err(InvalidTransition::EndedByRecipient));
    }

    #[test]
    fn subscription_without_its_topic_asks_its_recipient_again() {
        let active = sample().confirmed(hour(1)).expect("confirmed");
        let restarted = active.restarted(hour(9));
        assert_eq!((restarted.generation, &restarted.state), (2, &State::Pending { since: hour(9) }));
        assert_eq!((&restarted.settings, restarted.created_at), (&active.settings, active.created_at));
        let ended = active.ended(EndedBy::Owner, hour(8));
        assert_eq!(ended.restarted(hour(9)), ended);
    }
}
