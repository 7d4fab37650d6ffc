//! Retries of a message that was not delivered.

use jiff::{SignedDuration, Timestamp};

/// The waits after the first, second, … failed attempt (Standard Webhooks, section "Deliverability and reliability"),
/// before jitter lengthens them: ten attempts within 75 hours and 35 minutes, and a tenth more.
pub const WAITS: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];
/// The largest part of a wait by which jitter lengthens it, so that messages which failed together are not all sent
/// again at once.
pub const JITTER: f64 = 0.1;
/// The least wait after an answer that says that the recipient is overloaded.
pub const SLOW_DOWN: SignedDuration = SignedDuration::from_mins(5);
/// The longest wait that a recipient can ask for with `Retry-After`.
pub const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// The attempts of an e-mail to a mailbox that refuses it for now. SES has retried each for hours.
pub const MAX_SOFT_BOUNCES: u32 = 3;

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The recipient's system answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`, as a time from now.
        retry_after: Option<SignedDuration>,
    },
    /// No answer: not resolved, refused, or too slow.
    Unreachable,
    /// SNS or SES refuses the message or the address, and would again.
    Refused,
    /// SES: the mailbox does not exist, or is on a suppression list.
    HardBounce,
    /// SES gave up: the mailbox is full, or refuses for now.
    SoftBounce,
}

/// The step after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Nothing: it was delivered.
    Delivered,
    /// Send the same message again at this time.
    At(Timestamp),
    /// Fail the message and the subscription. An owner can send it again.
    GiveUp,
    /// End the subscription: the recipient said that the address is gone.
    End,
}

/// Returns what to do at `now` after attempt number `attempt`, counted from 1, with this outcome. Only a 2xx is a
/// delivery; redirections are not followed. `jitter`, a random number in `[0, 1)`, lengthens a wait by up to [`JITTER`]
/// of it, and never shortens one, so that no recipient is tried earlier than it asked.
#[must_use]
pub fn next(attempt: u32, outcome: Outcome, now: Timestamp, jitter: f64) -> Retry {
    let wait = usize::try_from(attempt).ok().and_then(|attempt| WAITS.get(attempt.saturating_sub(1))).copied();
    let wait = match outcome {
        Outcome::Answered { status: 200..=299, .. } => return Retry::Delivered,
        Outcome::Answered { status: 410, .. } => return Retry::End,
        Outcome::Refused | Outcome::HardBounce => return Retry::GiveUp,
        Outcome::SoftBounce if attempt >= MAX_SOFT_BOUNCES => return Retry::GiveUp,
        Outcome::Answered { retry_after: Some(asked), .. } => wait.map(|wait| wait.max(asked.min(MAX_RETRY_AFTER))),
        Outcome::Answered { status: 429 | 502 | 504, .. } | Outcome::SoftBounce => wait.map(|wait| wait.max(SLOW_DOWN)),
        Outcome::Answered { .. } | Outcome::Unreachable => wait,
    };
    wait.map_or(Retry::GiveUp, |wait| Retry::At(now + lengthened(wait, jitter)))
}

/// Returns `wait` with jitter, to the millisecond.
fn lengthened(wait: SignedDuration, jitter: f64) -> SignedDuration {
    let extra = wait.as_secs_f64() * JITTER * jitter.clamp(0.0, 1.0);
    let extra = SignedDuration::try_from_secs_f64(extra).unwrap_or(SignedDuration::ZERO);
    wait + SignedDuration::from_millis(extra.as_millis().try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn answered(status: u16) -> Outcome {
        Outcome::Answered { status, retry_after: None }
    }

    #[test]
    fn answers_are_retried_or_end_the_subscription() {
        let asks =
            |status, seconds| Outcome::Answered { status, retry_after: Some(SignedDuration::from_secs(seconds)) };
        for (attempt, outcome, expected) in [
            (1, answered(200), Retry::Delivered),
            (10, answered(204), Retry::Delivered),
            (1, answered(403), Retry::At(second(5))),
            (1, answered(301), Retry::At(second(5))),
            (1, answered(199), Retry::At(second(5))),
            (1, answered(500), Retry::At(second(5))),
            (1, Outcome::Unreachable, Retry::At(second(5))),
            (2, answered(403), Retry::At(second(300))),
            (10, answered(403), Retry::GiveUp),
            (1, answered(410), Retry::End),
            (10, answered(410), Retry::End),
            (1, asks(429, 120), Retry::At(second(120))),
            (1, asks(503, 120), Retry::At(second(120))),
            (1, asks(410, 120), Retry::End),
            (1, asks(429, -1), Retry::At(second(5))),
            (3, asks(429, 120), Retry::At(second(1800))),
            (1, asks(429, 1_000_000), Retry::At(second(86_400))),
            (10, asks(429, 120), Retry::GiveUp),
            (1, answered(429), Retry::At(second(300))),
            (1, answered(502), Retry::At(second(300))),
            (1, answered(504), Retry::At(second(300))),
            (0, answered(500), Retry::At(second(5))),
            (u32::MAX, answered(500), Retry::GiveUp),
        ] {
            assert_eq!(next(attempt, outcome, second(0), 0.0), expected, "{attempt} {outcome:?}");
        }
    }

    #[test]
    fn refused_or_bounced_message_is_given_up_at_once_or_after_three_attempts() {
        assert_eq!(next(1, Outcome::HardBounce, second(0), 0.0), Retry::GiveUp);
        assert_eq!(next(1, Outcome::Refused, second(0), 0.0), Retry::GiveUp);
        assert_eq!(next(1, Outcome::SoftBounce, second(0), 0.0), Retry::At(second(300)));
        assert_eq!(next(2, Outcome::SoftBounce, second(0), 0.0), Retry::At(second(300)));
        assert_eq!(next(3, Outcome::SoftBounce, second(0), 0.0), Retry::GiveUp);
    }

    #[test]
    fn failing_recipient_is_tried_ten_times_in_75_hours() {
        let (mut now, mut attempts) = (second(0), 1);
        while let Retry::At(at) = next(attempts, answered(500), now, 0.0) {
            (now, attempts) = (at, attempts + 1);
        }
        assert_eq!((now.as_second(), attempts), (75 * 3600 + 35 * 60 + 5, 10));
    }

    #[test]
    fn jitter_lengthens_waits_by_a_tenth_at_most() {
        let at = |jitter| next(2, answered(500), second(0), jitter);
        assert_eq!(at(0.5), Retry::At(second(315)));
        assert_eq!(at(1.0), Retry::At(second(330)));
        for jitter in [-1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(at(jitter), Retry::At(second(300)), "{jitter}");
        }
        assert_eq!(at(f64::INFINITY), Retry::At(second(330)));
    }

    proptest! {
        #[test]
        fn every_recipient_gets_at_most_ten_attempts_and_the_wait_it_asks_for(
            answers in prop::collection::vec((100_u16..600, prop::option::of(-100_i64..200_000), 0.0..1.0_f64), 30),
        ) {
            let mut now = second(0);
            for (attempt, (status, asked, jitter)) in (1_u32..).zip(answers) {
                prop_assert!(attempt <= 10);
                let retry_after = asked.map(SignedDuration::from_secs);
                match next(attempt, Outcome::Answered { status, retry_after }, now, jitter) {
                    Retry::At(at) => {
                        prop_assert!(at >= now + SignedDuration::from_secs(asked.unwrap_or(5).clamp(5, 86_400)));
                        let Retry::At(least) = next(attempt, Outcome::Answered { status, retry_after }, now, 0.0) else {
                            panic!("jitter decides whether to retry")
                        };
                        let (wait, least) = (at.duration_since(now), least.duration_since(now));
                        prop_assert!(wait >= least && wait.as_secs_f64() <= least.as_secs_f64() * (1.0 + JITTER));
                        now = at;
                    }
                    Retry::Delivered => { prop_assert!((200..300).contains(&status)); return Ok(()); }
                    Retry::End => { prop_assert_eq!(status, 410); return Ok(()); }
                    Retry::GiveUp => { prop_assert_eq!(attempt, 10); return Ok(()); }
                }
            }
        }
    }
}
