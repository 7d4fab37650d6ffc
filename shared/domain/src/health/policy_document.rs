//! The policy document: the defaults of the network and the overrides per chatbot, in one item.

use std::{collections::BTreeMap, iter};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::chatbots::name::Name;
use crate::health::{policy::Policy, probe_sequence::InvalidProbe};

/// The most chatbots with an override.
pub const MAX_OVERRIDES: usize = 200;

/// The policy document: the defaults, and per chatbot an override as a JSON merge patch (RFC 7396).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct PolicyDocument {
    defaults: Policy,
    chatbots: BTreeMap<Name, Override>,
}

/// An override, and the whole policy that results from it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Override {
    change: Map<String, Value>,
    policy: Policy,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    defaults: Policy,
    #[serde(default)]
    chatbots: BTreeMap<Name, Map<String, Value>>,
}

/// The reason why a document is refused.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPolicy {
    /// Too many overrides.
    #[error("at most {MAX_OVERRIDES} chatbots have a policy of their own")]
    TooMany,
    /// An override of the cap, which applies to the network only.
    #[error("chatbots/{0}/cap: the cap is for the network, not for one chatbot")]
    CapOfOne(Name),
    /// The defaults with the override do not form a policy.
    #[error("chatbots/{chatbot}: {reason}")]
    Override {
        /// The chatbot.
        chatbot: Name,
        /// The error.
        reason: serde_json::Error,
    },
    /// Numbers that contradict each other.
    #[error("{place}: {rule}")]
    Contradiction {
        /// `defaults`, or the path of the override.
        place: String,
        /// The violated rule.
        rule: &'static str,
    },
    /// Probes that can never close a circuit.
    #[error("{place}: {rule}")]
    Probe {
        /// `defaults`, or the path of the override.
        place: String,
        /// The violated rule.
        rule: InvalidProbe,
    },
}

impl TryFrom<Fields> for PolicyDocument {
    type Error = InvalidPolicy;

    fn try_from(Fields { defaults, chatbots }: Fields) -> Result<Self, InvalidPolicy> {
        if chatbots.len() > MAX_OVERRIDES {
            return Err(InvalidPolicy::TooMany);
        }
        consistent("defaults", &defaults)?;
        let overridden = |(name, change): (Name, Map<String, Value>)| {
            if change.contains_key("cap") {
                return Err(InvalidPolicy::CapOfOne(name));
            }
            let invalid = |reason| InvalidPolicy::Override { chatbot: name.clone(), reason };
            let mut whole = serde_json::to_value(&defaults).map_err(invalid)?;
            json_patch::merge(&mut whole, &Value::Object(change.clone()));
            let policy = serde_json::from_value(whole).map_err(invalid)?;
            consistent(&format!("chatbots/{name}"), &policy)?;
            Ok((name, Override { change, policy }))
        };
        let chatbots = chatbots.into_iter().map(overridden).collect::<Result<_, _>>()?;
        Ok(Self { defaults, chatbots })
    }
}

impl From<PolicyDocument> for Fields {
    fn from(document: PolicyDocument) -> Self {
        let chatbots = document.chatbots.into_iter().map(|(name, own)| (name, own.change)).collect();
        Self { defaults: document.defaults, chatbots }
    }
}

/// Checks the rules between several numbers.
fn consistent(place: &str, policy: &Policy) -> Result<(), InvalidPolicy> {
    let rules = [
        (
            policy.open.base_seconds.get() <= policy.open.cap_seconds.get(),
            "open.baseSeconds is at most open.capSeconds",
        ),
        (policy.cap.resume_percent <= policy.cap.percent, "cap.resumePercent is at most cap.percent"),
        (
            policy.silence.shortest_seconds.get() <= policy.silence.longest_seconds.get(),
            "silence.shortestSeconds is at most silence.longestSeconds",
        ),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        None => Ok(()),
        Some((_, rule)) => Err(InvalidPolicy::Contradiction { place: place.to_owned(), rule }),
    }
}

/// A policy document as an administrator proposes it: under each of its policies, a healthy chatbot can pass its probes.
/// A stored document is read without this rule, because a function that cannot read the policy does nothing at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PolicyDocument", into = "PolicyDocument")]
pub struct ProposedPolicy(PolicyDocument);

impl ProposedPolicy {
    /// Returns the document.
    #[must_use]
    pub fn document(&self) -> &PolicyDocument {
        &self.0
    }
}

impl TryFrom<PolicyDocument> for ProposedPolicy {
    type Error = InvalidPolicy;

    fn try_from(document: PolicyDocument) -> Result<Self, InvalidPolicy> {
        let own = document.chatbots.iter().map(|(name, own)| (format!("chatbots/{name}"), &own.policy));
        for (place, policy) in iter::once(("defaults".to_owned(), &document.defaults)).chain(own) {
            policy.probe.check().map_err(|rule| InvalidPolicy::Probe { place, rule })?;
        }
        Ok(Self(document))
    }
}

impl From<ProposedPolicy> for PolicyDocument {
    fn from(proposed: ProposedPolicy) -> Self {
        proposed.0
    }
}

impl From<Policy> for PolicyDocument {
    fn from(defaults: Policy) -> Self {
        Self { defaults, chatbots: BTreeMap::new() }
    }
}

impl PolicyDocument {
    /// Returns the policy of `chatbot`.
    #[must_use]
    pub fn for_chatbot(&self, chatbot: &Name) -> &Policy {
        self.chatbots.get(chatbot).map_or(&self.defaults, |own| &own.policy)
    }

    /// Returns the policy of chatbots without an override.
    #[must_use]
    pub fn defaults(&self) -> &Policy {
        &self.defaults
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        health::policy::Judgement,
        ingestion::{code_result::StatusCode, observation::Signal},
    };

    fn code(status: u16) -> Signal {
        Signal::Code { result: Ok(StatusCode::try_from(status).expect("a status code")), millis: None }
    }

    fn document(chatbots: &Value) -> Result<PolicyDocument, String> {
        let document = json!({"defaults": Policy::default(), "chatbots": chatbots});
        serde_json::from_value(document).map_err(|error| error.to_string())
    }

    #[test]
    fn override_changes_only_its_fields() {
        let document = document(&json!({"tax-board": {"rate": {"minimum": 3}, "failures": {"codes": ["429"]}}}));
        let document = document.expect("good");
        let own = document.for_chatbot(&"tax-board".parse().expect("a name"));
        assert_eq!(own.rate.minimum.get(), 3);
        assert_eq!(own.judge(code(429)), Judgement::Failed);
        assert_eq!(own.judge(code(500)), Judgement::Fine, "a list is replaced as a whole");
        assert_eq!(
            Policy { rate: Policy::default().rate, failures: Policy::default().failures, ..own.clone() },
            Policy::default()
        );
        assert_eq!(document.for_chatbot(&"police".parse().expect("a name")), &Policy::default());
        let text = serde_json::to_string(&document).expect("json");
        assert_eq!(serde_json::from_str::<PolicyDocument>(&text).expect("as written"), document);
    }

    #[test]
    fn invalid_override_is_refused_with_its_path() {
        for (chatbots, place) in [
            (json!({"tax": {"cap": {"percent": 10}}}), "chatbots/tax/cap"),
            (json!({"tax": {"rate": {"minimum": 0}}}), "chatbots/tax"),
            (json!({"tax": {"rate": {"minimun": 3}}}), "minimun"),
            (json!({"tax": {"rate": null}}), "missing field `rate`"),
            (json!({"tax": {"probe": {"path": "//elsewhere.example"}}}), "a path is"),
            (json!({"tax": {"open": {"baseSeconds": 901}}}), "chatbots/tax: open.baseSeconds"),
        ] {
            let refused = document(&chatbots).expect_err("refused");
            assert!(refused.contains(place), "{chatbots}: {refused}");
        }
    }

    #[test]
    fn probes_that_cannot_succeed_are_refused_with_their_place() {
        let propose = |probe: &Value, own: &Value| {
            let mut defaults = serde_json::to_value(Policy::default()).expect("json");
            json_patch::merge(&mut defaults, &json!({ "probe": probe }));
            let document = json!({"defaults": defaults, "chatbots": {"tax": {"probe": own}}});
            serde_json::from_value::<PolicyDocument>(document.clone()).expect("a stored document is read");
            serde_json::from_value::<ProposedPolicy>(document).map_err(|error| error.to_string())
        };
        let slow = json!({"successes": 5, "timeoutSeconds": 10, "spacingSeconds": 5, "leaseSeconds": 300});
        for (defaults, own, text) in [
            (json!({"expect": []}), json!({}), "defaults: probe.expect"),
            (json!({}), json!({"expect": ["timeout"]}), "chatbots/tax: probe.expect"),
            (slow.clone(), json!({"successes": 1}), "defaults: probe.successes times"),
            (json!({}), slow, "chatbots/tax: probe.successes times"),
            (json!({}), json!({"leaseSeconds": 16}), "chatbots/tax: probe.leaseSeconds"),
        ] {
            let refused = propose(&defaults, &own).expect_err("refused");
            assert!(refused.contains(text), "{defaults} {own}: {refused}");
        }
        let proposed = propose(&json!({"expect": ["200", "401"]}), &json!({"leaseSeconds": 17})).expect("good");
        assert_eq!(proposed.document().defaults().probe.expect.len(), 2);
    }

    #[test]
    fn window_is_bounded() {
        for (field, value) in [("buckets", 0), ("buckets", 21), ("bucketSeconds", 0), ("bucketSeconds", 3601)] {
            assert!(document(&json!({"tax": {"window": {field: value}}})).is_err(), "{field} {value}");
        }
    }
}
