//! Requests of people to probe a chatbot now. The engine decides what is due; the prober probes as usual.

use jiff::Timestamp;
use serde::Serialize;

use crate::{chatbots::name::Name, health::state::Health, stamp::Stamp};

/// A requested probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestedProbe {
    /// The chatbot.
    pub chatbot: Name,
    /// The time at which it is due for a probe.
    pub due: Stamp,
}

/// The reason why a chatbot is not probed on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeRefusal {
    /// Probes decide nothing while an override lasts.
    #[error("an override of the status lasts, and probes decide nothing meanwhile: end it first")]
    Overridden,
    /// It is routed, and no probe of it is pending.
    #[error("the chatbot is online and nothing is in doubt: there is nothing to probe")]
    NothingToProbe,
}

impl Health {
    /// Makes each pending probe due at `now`: of a chatbot that is not routed, of a routed one that is in doubt, and of a
    /// pending address. Returns the time at which the first is due. Changes nothing of a probe that is due or being made.
    ///
    /// # Errors
    /// [`ProbeRefusal`]: nothing was changed.
    pub fn request_probe(&mut self, now: Timestamp) -> Result<Timestamp, ProbeRefusal> {
        if self.control.as_ref().is_some_and(|control| !control.has_ended(now)) {
            return Err(ProbeRefusal::Overridden);
        }
        let circuit = self.circuit.advance_probe(now);
        let check = self.check.as_mut().map(|check| {
            check.due = check.due.min(now);
            check.due
        });
        let pending = self.relocation.as_mut().and_then(|relocation| relocation.circuit.advance_probe(now));
        [circuit, check, pending].into_iter().flatten().min().ok_or(ProbeRefusal::NothingToProbe)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        chatbots::{chatbot_type::ChatbotType, uri::ChatbotUri},
        health::{
            cause::{Check, CheckReason},
            control::{Control, NewControl},
            engine::{self, DecisionContext},
            network::Network,
            policy::Policy,
        },
    };

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    /// Runs `step` with the context of a decision at `now`.
    fn at<T>(now: i64, step: impl FnOnce(&DecisionContext) -> T) -> T {
        let (name, policy) = ("tax".parse().expect("a name"), Policy::default());
        step(&DecisionContext {
            name: &name,
            kind: ChatbotType::Ministry,
            policy: &policy,
            now: second(now),
            jitter: 0.0,
        })
    }

    /// Probes `health` at `now`.
    fn probe(health: &mut Health, now: i64, success: bool) {
        at(now, |context| {
            let (lease, _) = engine::evaluate_due(context, health);
            let id = lease.expect("due").id;
            engine::record_probe(context, health, &mut Network::default(), id, success);
        });
    }

    fn online() -> Health {
        let mut health = Health::new(second(0));
        probe(&mut health, 0, true);
        health
    }

    #[test]
    fn waiting_probe_is_due_at_once_and_its_backoff_starts_anew() {
        let mut health = Health::new(second(0));
        for now in [0, 60, 180] {
            probe(&mut health, now, false);
        }
        let policy = Policy::default();
        assert_eq!(health.next_probe(&policy), Some(second(180 + 240)), "30 s, doubled three times");
        assert_eq!(health.request_probe(second(200)), Ok(second(200)));
        assert_eq!(health.next_probe(&policy), Some(second(200)));
        let due = health.clone();
        assert_eq!(health.request_probe(second(203)), Ok(second(200)), "it is due already");
        assert_eq!(health, due);
        at(205, |context| engine::evaluate_due(context, &mut health).0.expect("due"));
        let probed = health.clone();
        assert_eq!(health.request_probe(second(206)), Ok(second(206)), "it is being probed");
        assert_eq!(health, probed);
        let mut failed = due;
        probe(&mut failed, 205, false);
        assert_eq!(failed.next_probe(&policy), Some(second(205 + 60)), "as after the first failure");
    }

    #[test]
    fn routed_chatbot_is_probed_only_if_it_is_in_doubt_or_moves() {
        let mut health = online();
        let before = health.clone();
        assert_eq!(health.request_probe(second(10)), Err(ProbeRefusal::NothingToProbe));
        assert_eq!(health, before);
        health.check = Some(Check { reason: CheckReason::Disagreement, due: second(100), lease: None });
        assert_eq!(health.request_probe(second(10)), Ok(second(10)));
        assert_eq!(health.next_probe(&Policy::default()), Some(second(10)));

        let mut health = online();
        let [old, new]: [ChatbotUri; 2] =
            ["https://old.example.ee/", "https://new.example.ee/"].map(|uri| uri.parse().expect("a uri"));
        engine::change_address(&mut health, &old, &new, &Policy::default(), second(10));
        probe(&mut health, 10, false);
        assert_eq!(health.next_probe(&Policy::default()), Some(second(10 + 60)));
        assert_eq!(health.request_probe(second(20)), Ok(second(20)));
        assert_eq!(health.next_probe(&Policy::default()), Some(second(20)));
        assert!(health.circuit.is_closed(), "its route stays");
    }

    #[test]
    fn overridden_chatbot_is_not_probed_until_the_override_has_ended() {
        let mut health = Health::new(second(0));
        probe(&mut health, 0, false);
        let new: NewControl = serde_json::from_str(r#"{"mode":"hold","reason":"r"}"#).expect("a control");
        let new = NewControl { until: Some(second(30)), ..new };
        at(10, |context| {
            let control = Control::new(new, "EE1".to_owned(), second(10));
            engine::set_control(context, &mut health, &mut Network::default(), control);
        });
        let held = health.clone();
        assert_eq!(health.request_probe(second(20)), Err(ProbeRefusal::Overridden));
        assert_eq!(health, held);
        assert_eq!(health.request_probe(second(31)), Ok(second(31)));
        let (lease, _) = at(31, |context| engine::evaluate_due(context, &mut health));
        assert!(lease.is_some_and(|lease| lease.until > second(31) + SignedDuration::from_secs(1)));
    }
}
