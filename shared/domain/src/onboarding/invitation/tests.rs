use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::credentials::{csr::Csr, secret::Secret};

pub(in crate::onboarding) fn day(day: i64) -> Timestamp {
    at(day * 24 * 3600)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time") + SignedDuration::from_secs(seconds)
}

pub(in crate::onboarding) fn code() -> Secret {
    Secret::new([7; 32])
}

fn wrong() -> SecretHash {
    Secret::new([8; 32]).hash()
}

pub(in crate::onboarding) fn invitation() -> Invitation {
    let new = serde_json::json!({"institution": "tax-board", "email": "it@example.ee"});
    let new = serde_json::from_value(new).expect("a good invitation");
    Invitation::new(new, InvitationId::new(day(0), &[3; 10]), code().hash(), "EE9".into(), day(0))
}

pub(in crate::onboarding) fn application(chatbot: &str, by: &str) -> Application {
    let proposal = serde_json::json!({
        "name": chatbot, "uri": "https://bot.example.ee/", "type": "institution", "contact": "chat@example.ee",
    });
    let chatbot = serde_json::from_value(proposal).expect("a good proposal");
    Application { chatbot, csr: Csr::try_from("csr".to_owned()).expect("short"), by: by.into() }
}

fn certificate() -> DeliveredCertificate {
    DeliveredCertificate { serial: Serial::new([1; 16]), not_after: day(90), pem: "pem".into() }
}

fn reason(text: &str) -> Reason {
    text.to_owned().try_into().expect("a reason")
}

#[test]
fn invitation_expires_exactly_at_its_end() {
    let mut invitation = invitation();
    let end = invitation.until;
    assert_eq!(end, day(14));
    let before = end - SignedDuration::from_millis(1);
    assert_eq!(
        (invitation.status(before), invitation.status(end)),
        (InvitationStatus::Invited, InvitationStatus::Expired)
    );
    let late = invitation.apply(&code().hash(), application("tax", "EE1"), end);
    assert_eq!(late, Err(TransitionError::Closed(InvitationStatus::Expired)));
    assert_eq!(invitation.apply(&code().hash(), application("tax", "EE1"), before), Ok(Transition::Made));
    assert_eq!(invitation.status(end), InvitationStatus::Submitted, "an application in time does not expire");
}

#[test]
fn validity_is_1_to_60_days() {
    let new = |days| {
        let new = serde_json::json!({"institution": "tax", "email": "it@example.ee", "days": days});
        serde_json::from_value::<NewInvitation>(new)
    };
    for days in [1, 60] {
        let id = InvitationId::new(day(0), &[0; 10]);
        let invitation = Invitation::new(new(days).expect("good"), id, wrong(), "EE9".into(), day(0));
        assert_eq!(invitation.until, day(days));
    }
    assert!(new(0).is_err() && new(61).is_err());
}

#[test]
fn tenth_wrong_code_withdraws_the_invitation() {
    let mut invitation = invitation();
    for n in 1..=MAX_WRONG_CODES {
        assert_eq!(invitation.status(day(1)), InvitationStatus::Invited, "after {} wrong codes", n - 1);
        assert_eq!(invitation.apply(&wrong(), application("tax", "EE1"), day(1)), Err(TransitionError::WrongCode));
    }
    let right = invitation.apply(&code().hash(), application("tax", "EE1"), day(1));
    assert_eq!(right, Err(TransitionError::Closed(InvitationStatus::Withdrawn)));
}

#[test]
fn repeated_call_succeeds_and_changes_nothing() {
    let mut invitation = invitation();
    let apply =
        |invitation: &mut Invitation, chatbot, by| invitation.apply(&code().hash(), application(chatbot, by), day(1));
    assert_eq!(apply(&mut invitation, "tax", "EE1"), Ok(Transition::Made));
    let submitted = invitation.clone();
    assert_eq!(apply(&mut invitation, "tax", "EE1"), Ok(Transition::Repeated));
    for (chatbot, by) in [("tax", "EE2"), ("other", "EE1")] {
        assert_eq!(
            apply(&mut invitation, chatbot, by),
            Err(TransitionError::Closed(InvitationStatus::Submitted)),
            "{chatbot} {by}"
        );
    }
    let guess = invitation.apply(&wrong(), application("tax", "EE1"), day(1));
    assert_eq!(
        guess,
        Err(TransitionError::Closed(InvitationStatus::Submitted)),
        "the same application needs the code too"
    );
    assert_eq!(invitation, submitted);

    assert_eq!(invitation.reject(&reason("no"), "EE9".into(), day(2)), Ok(Transition::Made));
    let rejected = invitation.clone();
    assert_eq!(invitation.reject(&reason("no"), "EE9".into(), day(3)), Ok(Transition::Repeated));
    assert_eq!(
        invitation.reject(&reason("other"), "EE9".into(), day(3)),
        Err(TransitionError::Ended(InvitationStatus::Rejected))
    );
    let approved = invitation.approve(certificate(), "EE9".into(), day(3));
    assert_eq!(approved, Err(TransitionError::Ended(InvitationStatus::Rejected)));
    assert_eq!(invitation, rejected);
}

#[test]
fn invitations_round_trip_as_json_without_the_code() {
    let mut invitation = invitation();
    let mut all = vec![invitation.clone()];
    invitation.apply(&code().hash(), application("tax", "EE1"), day(1)).expect("applied");
    all.push(invitation.clone());
    invitation.approve(certificate(), "EE9".into(), day(2)).expect("approved");
    all.push(invitation);
    for written in all {
        let text = serde_json::to_string(&written).expect("json");
        assert!(!text.contains(&code().reveal()), "{text}");
        assert_eq!(serde_json::from_str::<Invitation>(&text).expect("as written"), written);
    }
}

/// An attempted call.
#[derive(Clone, Debug)]
enum Act {
    Wait(i64),
    Apply { right: bool, chatbot: &'static str, by: &'static str },
    Approve,
    Reject(&'static str),
    Unsent,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        1 => prop_oneof![4 => Just(0), 1 => 1..15_i64].prop_map(Act::Wait),
        8 => (prop::bool::weighted(0.1), prop_oneof![Just("tax"), Just("toll")], prop_oneof![Just("EE1"), Just("EE2")])
            .prop_map(|(right, chatbot, by)| Act::Apply { right, chatbot, by }),
        1 => Just(Act::Approve),
        1 => prop_oneof![Just("no"), Just("not yet")].prop_map(Act::Reject),
        1 => Just(Act::Unsent),
    ];
    prop::collection::vec(act, 0..60)
}

/// The reference implementation of the rules: the name of the state, and the events so far.
#[derive(Default)]
struct Plain {
    day: i64,
    ended: Option<&'static str>,
    applied: Option<(&'static str, &'static str)>,
    rejected_for: Option<&'static str>,
    wrong: u32,
}

impl Plain {
    fn state(&self) -> &'static str {
        match (self.ended, self.applied) {
            (Some(ended), _) => ended,
            (None, Some(_)) => "submitted",
            (None, None) if self.day >= 14 => "expired",
            (None, None) => "invited",
        }
    }

    /// Performs the call and returns whether it succeeds.
    fn takes(&mut self, act: &Act) -> bool {
        let state = self.state();
        match *act {
            Act::Wait(days) => {
                self.day += days;
                true
            }
            Act::Apply { right: true, chatbot, by } => {
                if state == "invited" {
                    self.applied = Some((chatbot, by));
                }
                self.applied == Some((chatbot, by))
            }
            Act::Apply { right: false, .. } => {
                if state == "invited" {
                    self.wrong += 1;
                    self.ended = (self.wrong == 10).then_some("withdrawn");
                }
                false
            }
            Act::Approve => {
                if state == "submitted" {
                    self.ended = Some("approved");
                }
                self.ended == Some("approved")
            }
            Act::Reject(reason) => {
                match state {
                    "submitted" => (self.ended, self.rejected_for) = (Some("rejected"), Some(reason)),
                    "invited" => (self.ended, self.rejected_for) = (Some("withdrawn"), Some(reason)),
                    _ => {}
                }
                self.rejected_for == Some(reason)
            }
            Act::Unsent => {
                if state == "invited" {
                    self.ended = Some("withdrawn");
                }
                state == "invited"
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// For any sequence of calls, the invitation succeeds and reaches the same state as the reference implementation;
    /// nothing is approved without an application, no change follows a final state, and a call that changes no status
    /// changes nothing but the count of wrong codes.
    #[test]
    fn invitation_behaves_like_the_reference_implementation(acts in acts()) {
        let (mut invitation, mut plain) = (invitation(), Plain::default());
        for act in acts {
            let (before, was, now) = (invitation.clone(), invitation.status(day(plain.day)), day(plain.day));
            let done = match act {
                Act::Wait(_) => Ok(Transition::Repeated),
                Act::Apply { right, chatbot, by } => {
                    let code = if right { code().hash() } else { wrong() };
                    invitation.apply(&code, application(chatbot, by), now)
                }
                Act::Approve => {
                    let would = invitation.check_approval(now);
                    let done = invitation.approve(certificate(), "EE9".into(), now);
                    prop_assert_eq!(would, done);
                    done
                }
                Act::Reject(why) => invitation.reject(&reason(why), "EE9".into(), now),
                Act::Unsent => invitation.withdraw_unsent(now),
            };
            prop_assert_eq!(done.is_ok(), plain.takes(&act), "{:?} from {}", act, was);
            let status = invitation.status(day(plain.day));
            prop_assert_eq!(status.as_str(), plain.state(), "after {:?}", act);

            let steps = invitation.history().len() - before.history().len();
            prop_assert_eq!(steps == 1, done == Ok(Transition::Made) || (before.stage != invitation.stage));
            prop_assert!(steps <= 1 && invitation.history().starts_with(before.history()));
            if matches!(was, InvitationStatus::Approved | InvitationStatus::Rejected | InvitationStatus::Withdrawn | InvitationStatus::Expired) {
                prop_assert_eq!(&invitation, &before, "{:?} after the end", act);
            }
            let path: Vec<_> = invitation.history().iter().map(|step| step.status).collect();
            let known: [&[InvitationStatus]; 5] = [
                &[InvitationStatus::Invited],
                &[InvitationStatus::Invited, InvitationStatus::Withdrawn],
                &[InvitationStatus::Invited, InvitationStatus::Submitted],
                &[InvitationStatus::Invited, InvitationStatus::Submitted, InvitationStatus::Approved],
                &[InvitationStatus::Invited, InvitationStatus::Submitted, InvitationStatus::Rejected],
            ];
            prop_assert!(known.contains(&path.as_slice()), "{:?}", path);
            prop_assert_eq!(invitation.certificate().is_some(), path.last() == Some(&InvitationStatus::Approved));
        }
    }
}
