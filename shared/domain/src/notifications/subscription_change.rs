//! Partial updates of subscriptions.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    json::non_null,
    notifications::{
        enrolment::Present,
        settings::SettingsChange,
        state::{InvalidTransition, State},
        subscription::{Coverage, InvalidCoverage, Subscription},
    },
};

/// A partial update: absent fields keep their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionChange {
    /// The settings that change.
    #[serde(default, skip_serializing_if = "SettingsChange::is_empty")]
    pub settings: SettingsChange,
    /// The chatbots to cover instead.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub chatbots: Option<ChosenChatbots>,
    /// True lets messages wait. False resumes a failing subscription, too.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

/// The chatbots of an institution that a subscription covers. As JSON `"all"`, or a list of names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "chatbots are `all` or a list of names")]
pub enum ChosenChatbots {
    /// All, also those that are enrolled later.
    All(All),
    /// These.
    Some(BTreeSet<Name>),
}

/// The word `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum All {
    /// The word.
    All,
}

impl ChosenChatbots {
    /// Returns the names; none for all.
    #[must_use]
    pub fn names(&self) -> Option<&BTreeSet<Name>> {
        match self {
            Self::All(_) => None,
            Self::Some(names) => Some(names),
        }
    }
}

impl SubscriptionChange {
    /// Returns whether the update has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the new coverage of a subscription of `institution`; none if it does not change. `present` returns the
    /// present facts of a name.
    ///
    /// # Errors
    /// [`InvalidCoverage`]; [`InvalidCoverage::WithoutInstitution`] for the operations centre.
    pub fn coverage(
        &self,
        institution: Option<&Name>,
        present: impl Fn(&Name) -> Option<Present>,
    ) -> Result<Option<Coverage>, InvalidCoverage> {
        let Some(chosen) = &self.chatbots else { return Ok(None) };
        let institution = institution.ok_or(InvalidCoverage::WithoutInstitution)?;
        Coverage::new(Some(institution), chosen.names(), present).map(Some)
    }
}

impl Subscription {
    /// Returns the subscription after `change` at `now`, with the new `coverage`, if there is one. A change that
    /// changes nothing keeps the time of the last change.
    ///
    /// # Errors
    /// [`InvalidTransition::Ended`]; those of [`Subscription::paused`] and [`Subscription::resumed`].
    pub fn changed(
        &self,
        change: &SubscriptionChange,
        coverage: Option<Coverage>,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        let current = self.at(now);
        if matches!(current.state, State::Ended { .. }) {
            return Err(InvalidTransition::Ended);
        }
        let old = match change.paused {
            None => current,
            Some(true) => current.paused(now)?,
            Some(false) => current.resumed(now)?,
        };
        let settings = old.settings.clone().changed(change.settings.clone());
        let new = Self { settings, coverage: coverage.unwrap_or_else(|| old.coverage.clone()), ..old };
        Ok(if new == *self { new } else { Self { updated_at: now, ..new } })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notifications::{
        channel::{Address, Channel},
        enrolment::Enrolment,
        importance::Importance,
        state::EndedBy,
    };

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("a time")
    }

    fn name(text: &str) -> Name {
        text.parse().expect("a good name")
    }

    fn change(text: &str) -> SubscriptionChange {
        serde_json::from_str(text).expect(text)
    }

    fn active() -> Subscription {
        let address = Address::new(Channel::Mail, "a@b.ee").expect("an address");
        let coverage = Coverage::Institution { institution: name("tax") };
        let new = Subscription::new(address, coverage, SettingsChange::default(), hour(0));
        new.confirmed(hour(1)).expect("confirmed")
    }

    #[test]
    fn absent_fields_keep_their_values_and_a_repetition_changes_nothing() {
        let active = active();
        assert_eq!(active.changed(&change("{}"), None, hour(2)), Ok(active.clone()));
        let important = change(r#"{"settings":{"leastImportance":"critical"}}"#);
        let changed = active.changed(&important, None, hour(2)).expect("changed");
        assert_eq!((changed.settings.least_importance, changed.updated_at), (Importance::Critical, hour(2)));
        assert_eq!((&changed.state, &changed.coverage), (&active.state, &active.coverage));
        assert_eq!(changed.changed(&important, None, hour(3)), Ok(changed.clone()));
        let chosen = Coverage::Chatbots { institution: name("tax"), chatbots: BTreeSet::new() };
        let narrower = changed.changed(&change("{}"), Some(chosen.clone()), hour(4)).expect("changed");
        assert_eq!((narrower.coverage, narrower.settings), (chosen, changed.settings));
    }

    #[test]
    fn pausing_and_resuming_follow_the_state() {
        let (active, pause, resume) = (active(), change(r#"{"paused":true}"#), change(r#"{"paused":false}"#));
        let paused = active.changed(&pause, None, hour(2)).expect("paused");
        assert_eq!(paused.state, State::Paused { since: hour(2) });
        assert_eq!(paused.changed(&resume, None, hour(3)).expect("resumed").state, State::Active { since: hour(3) });
        let failing = active.failed("403".to_owned(), hour(2)).expect("failing");
        assert_eq!(failing.changed(&pause, None, hour(3)), Err(InvalidTransition::Failing));
        assert_eq!(failing.changed(&resume, None, hour(3)).expect("resumed").state, State::Active { since: hour(3) });
        let pending = Subscription { state: State::Pending { since: hour(0) }, ..active.clone() };
        assert_eq!(pending.changed(&pause, None, hour(3)), Err(InvalidTransition::Pending));
        let ended = active.ended(EndedBy::Owner, hour(2));
        for any in ["{}", r#"{"paused":true}"#, r#"{"settings":{"language":"en"}}"#] {
            assert_eq!(ended.changed(&change(any), None, hour(3)), Err(InvalidTransition::Ended), "{any}");
            assert_eq!(
                pending.changed(&change(any), None, hour(49)),
                Err(InvalidTransition::Ended),
                "unconfirmed {any}"
            );
        }
    }

    #[test]
    fn chatbots_are_all_or_some_of_the_institution() {
        let present = |_: &Name| Some(Present { enrolled_at: hour(5), institution: name("tax") });
        let tax = name("tax");
        let coverage = |text: &str, institution| change(text).coverage(institution, present);
        assert_eq!(coverage("{}", Some(&tax)), Ok(None));
        let all = Coverage::Institution { institution: tax.clone() };
        assert_eq!(coverage(r#"{"chatbots":"all"}"#, Some(&tax)), Ok(Some(all)));
        let own = Enrolment { name: name("tax-board"), enrolled_at: hour(5) };
        let some = Coverage::Chatbots { institution: tax.clone(), chatbots: [own].into() };
        assert_eq!(coverage(r#"{"chatbots":["tax-board"]}"#, Some(&tax)), Ok(Some(some)));
        assert_eq!(coverage(r#"{"chatbots":[]}"#, Some(&tax)), Err(InvalidCoverage::Count));
        assert_eq!(coverage(r#"{"chatbots":"all"}"#, None), Err(InvalidCoverage::WithoutInstitution));
    }

    #[test]
    fn unknown_fields_and_null_are_refused() {
        for bad in [
            r#"{"settings":null}"#,
            r#"{"leastImportance":"info"}"#,
            r#"{"paused":null}"#,
            r#"{"paused":"yes"}"#,
            r#"{"chatbots":null}"#,
            r#"{"chatbots":"none"}"#,
            r#"{"chatbots":["A"]}"#,
        ] {
            assert!(serde_json::from_str::<SubscriptionChange>(bad).is_err(), "{bad}");
        }
        let error = serde_json::from_str::<SubscriptionChange>(r#"{"chatbots":"none"}"#).expect_err("no choice");
        assert!(error.to_string().starts_with("chatbots are `all` or a list of names"), "{error}");
    }

    proptest! {
        /// Coverage that is widened by one chatbot after the other is that of all of them, the last enrolment of each.
        #[test]
        fn widened_coverage_has_the_last_enrolment_of_each_name(enrolments in prop::collection::vec((0_u8..6, 0_i64..4), 0..20)) {
            let mut coverage = Coverage::Chatbots { institution: name("tax"), chatbots: BTreeSet::new() };
            let mut last = std::collections::BTreeMap::new();
            for (bot, at) in enrolments {
                let bot = Enrolment { name: name(&format!("bot-{bot}")), enrolled_at: hour(at) };
                last.insert(bot.name.clone(), bot.clone());
                coverage = coverage.with(bot).expect("few");
            }
            let chatbots: BTreeSet<_> = last.into_values().collect();
            prop_assert_eq!(coverage, Coverage::Chatbots { institution: name("tax"), chatbots });
        }
    }
}
