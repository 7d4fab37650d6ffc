//! The plan of a rollout: its phases, hours and limits. It does not change once the rollout exists, so that an approval is
//! one of what is carried out.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    head::{AT_RISK, ATTEMPTS, Allowed, RolloutState},
    placement::{Placement, Share},
    record::HeadRecord,
    window::{Hours, UpdateWindow},
};
use crate::{chatbots::Name, digest::Digest, json::non_null};

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
    /// The minutes for which the rollout has to run after the last update of the phase has ended, before the next one. A
    /// pause starts them anew.
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
    /// A first phase that needs an approval. Whoever begins a rollout approves its first phase.
    #[error("the first phase needs no approval: it begins with the rollout")]
    Approval,
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

/// What a rollout waits for before its next phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhaseWaits {
    /// This is the last phase.
    #[error("this is the last phase")]
    Last,
    /// It is paused, or has stopped.
    #[error("the rollout does not run")]
    NotRunning,
    /// An update is in flight, or none of the phase has succeeded.
    #[error("an update is in flight, or none of the phase has succeeded")]
    Unproved,
    /// The soak time.
    #[error("the soak time is not over")]
    Soaks,
    /// An approval of this plan and release.
    #[error("the phase is not approved")]
    Unapproved,
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
            (InvalidPlan::Approval, !self.phases.first().is_some_and(|phase| phase.needs_approval)),
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

    /// Returns whether the release is offered at `now`, and when the hours end if they do within `soon`.
    #[must_use]
    pub fn hours(&self, now: Timestamp, soon: SignedDuration) -> Hours {
        if self.windows.is_empty() {
            return Hours::Open(None);
        }
        let open = self.windows.iter().filter(|window| window.is_open(now));
        let ends = open.map(|window| window.next_change(now, soon)).collect::<Vec<_>>();
        // One that does not end soon keeps the others open.
        ends.iter().copied().collect::<Option<Vec<_>>>().map_or(Hours::Open(None), |ends| {
            ends.into_iter().max().map_or(Hours::Closed, |end| Hours::Open(Some(end)))
        })
    }

    /// Returns the digest of the plan and of `release`, the JSON of what it carries out: an approval names it, so one of an
    /// earlier plan or artefact is void.
    #[must_use]
    pub fn digest(&self, release: &str) -> Digest {
        // A plan has strings, numbers and lists only, so it always has a JSON.
        let plan = serde_json::to_string(self).unwrap_or_default();
        Digest::of([plan.as_str(), release].join("\n").as_bytes())
    }

    /// Returns the rollout after its next phase began at `now`. `digest` is that of the plan and what it carries out.
    ///
    /// # Errors
    /// What the rollout waits for.
    pub fn begin_next_phase(
        &self,
        rollout: &HeadRecord,
        digest: Digest,
        now: Timestamp,
    ) -> Result<HeadRecord, PhaseWaits> {
        let mut head = rollout.head;
        let phase = |number| self.phases.get(usize::from(number));
        let next = phase(head.phase.saturating_add(1)).ok_or(PhaseWaits::Last)?;
        if head.state != RolloutState::Running {
            return Err(PhaseWaits::NotRunning);
        }
        let proved_at = rollout.proved_at.ok_or(PhaseWaits::Unproved)?;
        let soak = phase(head.phase).map_or(0, |current| current.soak_minutes);
        if now.duration_since(proved_at) < SignedDuration::from_mins(soak.into()) {
            return Err(PhaseWaits::Soaks);
        }
        if !head.begin_next_phase(next.needs_approval.then_some(digest)) {
            return Err(PhaseWaits::Unapproved);
        }
        Ok(rollout.changed(head, now))
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
    use crate::rollouts::head::{Counts, Head};

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
            (plan(vec![Phase { needs_approval: true, ..share(500) }]), InvalidPlan::Approval),
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
    /// A rollout whose first phase was proved at minute 0.
    fn proved() -> HeadRecord {
        let counts = Counts { taken: 3, succeeded: 3, ..Counts::default() };
        let head = Head { counts, ..Head::default() };
        HeadRecord::default().changed(head, at(0))
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_824_000 + minute * 60).expect("a time")
    }

    #[test]
    fn next_phase_waits_for_the_soak_time_and_an_approval_of_what_it_carries_out() {
        let plan = plan(vec![share(100), Phase { needs_approval: true, ..share(10_000) }]);
        let (now, former) = (plan.digest("2.0.0"), plan.digest("2.0.0 rebuilt"));
        let mut rollout = proved();
        assert_eq!(plan.begin_next_phase(&rollout, now, at(59)), Err(PhaseWaits::Soaks));
        assert_eq!(plan.begin_next_phase(&rollout, now, at(60)), Err(PhaseWaits::Unapproved));
        rollout.head.approve(former);
        assert_eq!(plan.begin_next_phase(&rollout, now, at(60)), Err(PhaseWaits::Unapproved));
        rollout.head.approve(now);
        let next = plan.begin_next_phase(&rollout, now, at(60)).expect("the next phase");
        assert_eq!((next.head.phase, next.head.approved, next.proved_at), (1, None, None));
        assert_eq!(plan.begin_next_phase(&next, now, at(600)), Err(PhaseWaits::Last));
    }

    #[test]
    fn hours_are_those_of_any_window() {
        let window = |from: &str, until: &str| UpdateWindow {
            zone: crate::notifications::Zone::default(),
            from: from.parse().expect("a time of day"),
            until: until.parse().expect("a time of day"),
            days: vec![],
        };
        let hours = |windows: &[UpdateWindow], now: &str| {
            let plan = Plan { windows: windows.to_vec(), ..plan(vec![share(10_000)]) };
            plan.hours(now.parse().expect("a time"), SignedDuration::from_mins(15))
        };
        let until = |at: &str| Hours::Open(Some(at.parse().expect("a time")));
        // Tallinn is two hours ahead in winter.
        let night = [window("02:00", "05:00")];
        assert_eq!(hours(&[], "2026-11-28T12:00:00Z"), Hours::Open(None));
        assert_eq!(hours(&night, "2026-11-28T03:00:00Z"), Hours::Closed);
        assert_eq!(hours(&night, "2026-11-28T01:00:00Z"), Hours::Open(None));
        assert_eq!(hours(&night, "2026-11-28T02:50:00Z"), until("2026-11-28T03:00:00Z"));
        let both = [window("02:00", "05:00"), window("04:00", "04:55")];
        assert_eq!(hours(&both, "2026-11-28T02:50:00Z"), until("2026-11-28T03:00:00Z"));
        let longer = [window("02:00", "05:00"), window("04:00", "09:00")];
        assert_eq!(hours(&longer, "2026-11-28T02:50:00Z"), Hours::Open(None));
    }

    #[test]
    fn soak_time_begins_anew_after_a_pause_and_not_after_an_approval() {
        let plan = plan(vec![share(100), share(10_000)]);
        let changed = |rollout: HeadRecord, minute, change: fn(&mut Head)| {
            let mut head = rollout.head;
            change(&mut head);
            rollout.changed(head, at(minute))
        };
        let approved = changed(proved(), 30, |head| head.approve(Digest::of(b"")));
        assert_eq!(approved.proved_at, Some(at(0)));
        let paused = changed(approved, 40, Head::pause);
        let digest = plan.digest("2.0.0");
        assert_eq!(plan.begin_next_phase(&paused, digest, at(90)), Err(PhaseWaits::NotRunning));
        let resumed = changed(paused, 100, Head::resume);
        assert_eq!(plan.begin_next_phase(&resumed, digest, at(159)), Err(PhaseWaits::Soaks));
        assert!(plan.begin_next_phase(&resumed, digest, at(160)).is_ok());
        assert_eq!(plan.begin_next_phase(&HeadRecord::default(), digest, at(160)), Err(PhaseWaits::Unproved));
    }
}
