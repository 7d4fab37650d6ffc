//! The plan of a rollout: its phases, hours and limits. It does not change once the rollout exists, so that an approval is
//! one of what is carried out.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    head::{AT_RISK, ATTEMPTS, Allowed},
    placement::{Placement, Share},
    window::UpdateWindow,
};
use crate::{chatbots::Name, json::non_null};

/// The most phases of a plan.
pub const MAX_PHASES: usize = 10;
/// The most windows of a plan.
pub const MAX_WINDOWS: usize = 10;
/// The most updates at once of a plan.
pub const MAX_AT_ONCE: u32 = 500;
/// The most writes of the head of a rollout in a second. Each update makes three, and one item of a table takes 41
/// transactions a second one after the other (docs/performance.md).
const MAX_WRITES: u32 = 15;
/// The writes of the head that an update makes: its offer, its acceptance, its end.
const WRITES: u32 = 3;

/// Which chatbots a phase includes, beside those of the phases before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Members {
    /// Those with one of these tags.
    Groups(BTreeSet<Name>),
    /// A share of all, by their placement.
    Share(Share),
}

/// A phase of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Phase {
    /// The chatbots.
    pub members: Members,
    /// The most takers.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// Whether an administrator has to approve it before it begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_approval: bool,
    /// The minutes for which the rollout has to run after the last update of the phase has ended, before the next one.
    #[serde(default)]
    pub soak_minutes: u32,
}

/// The plan of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// The phases, in their order.
    pub phases: Vec<Phase>,
    /// The hours in which the release is offered: in any of them, always if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<UpdateWindow>,
    /// What is allowed at once.
    pub allowed: Allowed,
}

/// A plan that cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlan {
    /// No phase, or too many.
    #[error("a plan has 1 to {MAX_PHASES} phases")]
    Phases,
    /// Too many windows.
    #[error("a plan has at most {MAX_WINDOWS} windows")]
    Windows,
    /// A share that is not larger than the one before.
    #[error("each share is larger than the one before")]
    Shares,
    /// Groups after a share: some of them would be included by it.
    #[error("phases of groups come before those of shares")]
    Groups,
    /// A phase without members, or for none.
    #[error("a phase has at least one group, and at least one taker")]
    Empty,
    /// Too few or too many at once.
    #[error("at least {AT_RISK} or as many as are at risk, and at most {MAX_AT_ONCE}, update at once")]
    AtOnce,
    /// Too few or too many at risk.
    #[error("1 to {AT_RISK} updates are at risk before the first success")]
    AtRisk,
    /// Too few or too many attempts.
    #[error("a chatbot has 1 to {ATTEMPTS} attempts")]
    Attempts,
    /// Too many at once for the time that an update takes.
    #[error("so many at once, in so short a time each, are more than {MAX_WRITES} changes a second")]
    Rate,
}

/// The SHA-256 of a plan and of the release that it carries out. `Display` is hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlanDigest([u8; 32]);

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanDigest({self})")
    }
}

impl Plan {
    /// Checks the plan for a component whose updates take up to `install_minutes`.
    ///
    /// # Errors
    /// The first rule that the plan breaks.
    pub fn check(&self, install_minutes: u32) -> Result<(), InvalidPlan> {
        let Allowed { at_once, at_risk, attempts } = self.allowed;
        let writes = WRITES.saturating_mul(at_once);
        let rules = [
            (InvalidPlan::Phases, (1..=MAX_PHASES).contains(&self.phases.len())),
            (InvalidPlan::Windows, self.windows.len() <= MAX_WINDOWS),
            (InvalidPlan::Empty, !self.phases.iter().any(Phase::is_empty)),
            (InvalidPlan::Groups, self.phases.is_sorted_by_key(|phase| matches!(phase.members, Members::Share(_)))),
            (InvalidPlan::Shares, self.shares().collect::<Vec<_>>().is_sorted_by(|one, next| one < next)),
            (InvalidPlan::AtRisk, (1..=AT_RISK).contains(&at_risk)),
            (InvalidPlan::AtOnce, (at_risk..=MAX_AT_ONCE).contains(&at_once)),
            (InvalidPlan::Attempts, (1..=ATTEMPTS).contains(&attempts)),
            (InvalidPlan::Rate, writes <= MAX_WRITES.saturating_mul(60).saturating_mul(install_minutes)),
        ];
        rules.into_iter().find(|(_, holds)| !holds).map_or(Ok(()), |(rule, _)| Err(rule))
    }

    /// Returns the first phase that includes a chatbot with this placement and these tags. `None` if no phase does.
    #[must_use]
    pub fn first_phase(&self, placement: Placement, tags: &BTreeSet<Name>) -> Option<u8> {
        let includes = |phase: &Phase| match &phase.members {
            Members::Groups(groups) => !groups.is_disjoint(tags),
            Members::Share(share) => share.includes(placement),
        };
        self.phases.iter().position(includes).and_then(|phase| u8::try_from(phase).ok())
    }

    /// Returns the digest of the plan and of `release`, the JSON of what it carries out: an approval names it, so one of an
    /// earlier plan or artefact is void.
    #[must_use]
    pub fn digest(&self, release: &str) -> PlanDigest {
        // A plan has strings, numbers and lists only, so it always has a JSON.
        let plan = serde_json::to_string(self).unwrap_or_default();
        PlanDigest(Sha256::digest([plan.as_str(), release].join("\n")).into())
    }

    fn shares(&self) -> impl Iterator<Item = Share> {
        self.phases.iter().filter_map(|phase| match phase.members {
            Members::Share(share) => Some(share),
            Members::Groups(_) => None,
        })
    }
}

impl Phase {
    fn is_empty(&self) -> bool {
        self.most == Some(0) || matches!(&self.members, Members::Groups(groups) if groups.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(basis_points: u16) -> Phase {
        let members = Members::Share(basis_points.try_into().expect("a share"));
        Phase { members, most: None, needs_approval: false, soak_minutes: 60 }
    }

    fn groups(names: &[&str]) -> Phase {
        let groups = names.iter().map(|name| name.parse().expect("a good name")).collect();
        Phase { members: Members::Groups(groups), ..share(1) }
    }

    fn plan(phases: Vec<Phase>) -> Plan {
        Plan { phases, windows: vec![], allowed: Allowed { at_once: 20, at_risk: AT_RISK, attempts: ATTEMPTS } }
    }

    #[test]
    fn plans_that_cannot_be_carried_out_are_refused() {
        let allowed = |at_once, at_risk, attempts| Plan {
            allowed: Allowed { at_once, at_risk, attempts },
            ..plan(vec![share(10_000)])
        };
        for (wrong, rule) in [
            (plan(vec![]), InvalidPlan::Phases),
            (plan((1..=11).map(share).collect()), InvalidPlan::Phases),
            (plan(vec![share(500), share(500)]), InvalidPlan::Shares),
            (plan(vec![share(500), groups(&["pilot"])]), InvalidPlan::Groups),
            (plan(vec![groups(&[])]), InvalidPlan::Empty),
            (plan(vec![Phase { most: Some(0), ..share(500) }]), InvalidPlan::Empty),
            (allowed(3, 4, 3), InvalidPlan::AtOnce),
            (allowed(501, 4, 3), InvalidPlan::AtOnce),
            (allowed(20, 5, 3), InvalidPlan::AtRisk),
            (allowed(20, 0, 3), InvalidPlan::AtRisk),
            (allowed(20, 4, 4), InvalidPlan::Attempts),
        ] {
            assert_eq!(wrong.check(60), Err(rule));
        }
        assert_eq!(plan(vec![groups(&["pilot"]), share(100), share(10_000)]).check(60), Ok(()));
        assert_eq!(allowed(300, 4, 3).check(1), Ok(()));
        assert_eq!(allowed(301, 4, 3).check(1), Err(InvalidPlan::Rate));
    }

    #[test]
    fn first_phase_is_that_of_a_group_or_of_the_smallest_share() {
        let plan = plan(vec![groups(&["pilot"]), share(100), share(10_000)]);
        let tags = |names: &[&str]| names.iter().map(|name| name.parse().expect("a good name")).collect();
        let enrolment = |name: &str| crate::notifications::Enrolment {
            name: name.parse().expect("a good name"),
            enrolled_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let placements = (0..2_000).map(|number| Placement::new("salt", &enrolment(&format!("chatbot-{number}"))));
        let (early, late): (Vec<_>, Vec<_>) = placements.partition(|placement| placement.basis_points() < 100);
        assert!(!early.is_empty());
        assert_eq!(plan.first_phase(early[0], &tags(&[])), Some(1));
        assert_eq!(plan.first_phase(late[0], &tags(&["other"])), Some(2));
        assert_eq!(plan.first_phase(late[0], &tags(&["other", "pilot"])), Some(0));
    }

    #[test]
    fn approval_is_void_if_the_plan_or_the_release_changes() {
        let approved = plan(vec![share(100), share(10_000)]);
        let digest = approved.digest(r#"{"version":"2.0.0","sha256":"aa"}"#);
        assert_eq!(digest, approved.clone().digest(r#"{"version":"2.0.0","sha256":"aa"}"#));
        assert_ne!(digest, approved.digest(r#"{"version":"2.0.0","sha256":"bb"}"#));
        assert_ne!(digest, plan(vec![share(200), share(10_000)]).digest(r#"{"version":"2.0.0","sha256":"aa"}"#));
        assert_eq!(digest.to_string().len(), 64);
    }
}
