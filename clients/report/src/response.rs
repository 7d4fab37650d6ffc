//! The meaning of a response to a batch, and the delay before the next request.

use std::time::{Duration, SystemTime};

use centops_network_api::transport;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// The base of the backoff.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// The longest delay of the backoff.
const MAX_DELAY: Duration = Duration::from_mins(1);
/// The longest `Retry-After` that is obeyed.
const MAX_RETRY_AFTER: Duration = Duration::from_mins(5);

/// The result of a request: the batch arrived, did not arrive, may have arrived, or was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// CentOps accepted it.
    Accepted,
    /// It certainly was not queued.
    NotArrived,
    /// It may have been queued.
    Unknown,
    /// CentOps refused it. Another request would be refused, too.
    Rejected,
}

impl Arrival {
    /// Returns what a status says about the batch.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::TOO_MANY_REQUESTS => Self::NotArrived,
            StatusCode::REQUEST_TIMEOUT => Self::Unknown,
            _ if status.is_success() => Self::Accepted,
            _ if status.is_server_error() => Self::Unknown,
            _ => Self::Rejected,
        }
    }

    /// Returns what a missing response says about the batch: without a connection nothing was sent.
    #[must_use]
    pub fn from_error(error: &reqwest::Error) -> Self {
        if error.is_connect() || error.is_builder() { Self::NotArrived } else { Self::Unknown }
    }
}

/// Returns the value of `Retry-After`, in seconds or as a date, at most 5 min.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    Some(transport::retry_after(headers, now)?.min(MAX_RETRY_AFTER))
}

/// Returns the delay after `failures` in a row: full jitter, after `Retry-After`. `jitter` is a random number in [0, 1).
pub(crate) fn retry_delay(failures: u32, retry_after: Option<Duration>, jitter: f64) -> Duration {
    let bound = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(MAX_DELAY);
    retry_after.unwrap_or_default() + bound.mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderValue, RETRY_AFTER};

    use super::*;

    #[test]
    fn only_429_proves_that_a_batch_with_a_retryable_status_did_not_arrive() {
        let arrival = |status| Arrival::from_status(StatusCode::from_u16(status).expect("a status"));
        assert_eq!([200, 202].map(arrival), [Arrival::Accepted; 2]);
        assert_eq!(arrival(429), Arrival::NotArrived);
        assert_eq!([408, 500, 502, 503, 504].map(arrival), [Arrival::Unknown; 5]);
        assert_eq!([301, 400, 401, 403, 404, 413, 422].map(arrival), [Arrival::Rejected; 7]);
    }

    #[test]
    fn delay_is_jittered_doubles_and_begins_after_retry_after() {
        let bounds: Vec<u128> = (1..10).map(|failures| retry_delay(failures, None, 1.0).as_millis()).collect();
        assert_eq!(bounds, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(retry_delay(3, None, 0.0), Duration::ZERO);
        assert_eq!(retry_delay(u32::MAX, Some(Duration::from_secs(9)), 0.5), Duration::from_secs(39));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let parse = |value: &'static str| {
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]), now)
        };
        assert_eq!(parse("7"), Some(Duration::from_secs(7)));
        assert_eq!(parse("86400"), Some(MAX_RETRY_AFTER));
        assert_eq!(parse("Sun, 09 Sep 2001 01:46:50 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(parse("Sun, 09 Sep 2001 01:46:30 GMT"), Some(Duration::ZERO));
        assert_eq!(parse("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
