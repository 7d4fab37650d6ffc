//! Which requests are repeated, and when.
//!
//! A request is repeated only if the server cannot have applied it, or if applying it twice is the same: after 429 and a
//! failed connection always, because neither reached a function; after 503 and a broken connection only if the method is
//! idempotent and has no `If-Match`. A repeated change with `If-Match` would get 412 for its own first attempt.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The wait before the second attempt without `Retry-After`; it doubles with each attempt.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The result of an attempt that may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection was made.
    NotConnected,
    /// The connection ended, or the time limit passed, without an answer.
    NoAnswer,
    /// An answer with a status.
    Status(u16),
}

/// Returns whether a request may be sent again.
pub(crate) fn is_repeatable(failure: Failure, is_idempotent: bool) -> bool {
    match failure {
        Failure::NotConnected | Failure::Status(429) => true,
        Failure::NoAnswer | Failure::Status(503) => is_idempotent,
        Failure::Status(_) => false,
    }
}

/// Returns the wait before the next attempt; none if the server asks for a longer wait than `longest`.
///
/// `attempt` is the number of attempts so far. Without `Retry-After` the wait is backoff with full jitter. After
/// `Retry-After` up to a quarter of the wait is added, so that many clients do not come back at once.
pub(crate) fn wait(attempt: u32, headers: Option<&HeaderMap>, longest: Duration) -> Option<Duration> {
    let asked = headers.and_then(|headers| headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok());
    let Some(seconds) = asked else {
        let cap = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(longest);
        return Some(cap.mul_f64(fastrand::f64()));
    };
    let asked = Duration::from_secs(seconds);
    (asked <= longest).then(|| asked + asked.mul_f64(fastrand::f64() / 4.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(30);

    #[test]
    fn requests_that_no_function_saw_are_repeated() {
        for is_idempotent in [true, false] {
            assert!(is_repeatable(Failure::Status(429), is_idempotent));
            assert!(is_repeatable(Failure::NotConnected, is_idempotent));
        }
    }

    #[test]
    fn changes_that_may_have_been_applied_are_not_repeated() {
        assert!(!is_repeatable(Failure::Status(503), false));
        assert!(!is_repeatable(Failure::NoAnswer, false));
        assert!(is_repeatable(Failure::Status(503), true));
        for status in [400, 401, 403, 404, 409, 412, 500, 502, 504] {
            assert!(!is_repeatable(Failure::Status(status), true), "{status}");
        }
    }

    #[test]
    fn retry_after_is_the_least_wait() {
        let headers: HeaderMap = [(RETRY_AFTER, "2".parse().expect("a header"))].into_iter().collect();
        for attempt in 1..5 {
            let wait = wait(attempt, Some(&headers), LONGEST).expect("a wait");
            assert!((2.0..=2.5).contains(&wait.as_secs_f64()), "{wait:?}");
        }
    }

    #[test]
    fn attempts_end_when_the_server_asks_for_too_long_a_wait() {
        let headers: HeaderMap = [(RETRY_AFTER, "31".parse().expect("a header"))].into_iter().collect();
        assert_eq!(wait(1, Some(&headers), LONGEST), None);
    }

    #[test]
    fn wait_without_retry_after_grows_up_to_the_longest() {
        for attempt in 1..40 {
            let wait = wait(attempt, None, LONGEST).expect("a wait");
            let cap = 0.2 * 2_f64.powi(attempt.cast_signed() - 1);
            assert!(wait <= LONGEST && wait.as_secs_f64() <= cap, "{attempt} {wait:?}");
        }
    }
}
