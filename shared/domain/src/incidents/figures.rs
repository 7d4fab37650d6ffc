//! Figures of incidents: how soon they were detected, acknowledged and over.

use jiff::SignedDuration;
use serde::Serialize;

use super::incident::{Incident, State};

/// Figures of the incidents of a period. Incidents that were transient or dismissed, and parts of others, are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The number of incidents that count.
    pub incidents: u32,
    /// Those that are not resolved yet.
    pub unresolved: u32,
    /// From the first failed observation until the incident was opened (MTTD).
    pub detection: Spread,
    /// From its opening until its first acknowledgement (MTTA), of those that were acknowledged.
    pub acknowledgement: Spread,
    /// From its opening until the end of the last outage (MTTR), of those that are resolved.
    pub resolution: Spread,
}

/// The spread of durations, in whole seconds, rounded down. Absent without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// The number of durations.
    pub count: u32,
    /// The mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_seconds: Option<u64>,
    /// The median; of an even number the lower one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_seconds: Option<u64>,
    /// The ninetieth percentile: nine of ten are at most as long (nearest rank).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90_seconds: Option<u64>,
}

impl Figures {
    /// Returns the figures of `incidents`.
    #[must_use]
    pub fn new<'a>(incidents: impl IntoIterator<Item = &'a Incident>) -> Self {
        let (mut detection, mut acknowledgement, mut resolution) = (Vec::new(), Vec::new(), Vec::new());
        let mut figures = Self::default();
        for incident in incidents {
            let is_left_out = matches!(incident.state, State::Suspected | State::Transient | State::Dismissed);
            let Some(opened_at) = incident.opened_at.filter(|_| !is_left_out && incident.parent.is_none()) else {
                continue;
            };
            figures.incidents += 1;
            detection.push(opened_at.duration_since(incident.first_failed));
            acknowledgement.extend(incident.first_acknowledged_at.map(|at| at.duration_since(opened_at)));
            match incident.resolution.filter(|_| incident.state == State::Resolved) {
                Some(end) => resolution.push(end.at.duration_since(opened_at)),
                None => figures.unresolved += 1,
            }
        }
        let [detection, acknowledgement, resolution] = [detection, acknowledgement, resolution].map(Spread::new);
        Self { detection, acknowledgement, resolution, ..figures }
    }
}

impl Spread {
    fn new(durations: Vec<SignedDuration>) -> Self {
        // An outage that was over before its incident was opened took no time.
        let mut seconds: Vec<u64> =
            durations.into_iter().map(|length| u64::try_from(length.as_secs()).unwrap_or_default()).collect();
        seconds.sort_unstable();
        let count = u64::try_from(seconds.len()).unwrap_or(u64::MAX);
        let rank = |percent: usize| {
            let position = (seconds.len() * percent).div_ceil(100);
            seconds.get(position.saturating_sub(1)).copied()
        };
        Self {
            count: u32::try_from(count).unwrap_or(u32::MAX),
            mean_seconds: seconds.iter().sum::<u64>().checked_div(count),
            median_seconds: rank(50),
            p90_seconds: rank(90),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_has_the_mean_the_median_and_the_ninetieth_percentile() {
        let of = |seconds: &[i64]| Spread::new(seconds.iter().copied().map(SignedDuration::from_secs).collect());
        let spread = |count, mean, median, p90| Spread {
            count,
            mean_seconds: Some(mean),
            median_seconds: Some(median),
            p90_seconds: Some(p90),
        };
        assert_eq!(of(&[]), Spread::default());
        assert_eq!(of(&[7]), spread(1, 7, 7, 7));
        assert_eq!(of(&[40, 10, 30, 20]), spread(4, 25, 20, 40));
        assert_eq!(of(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), spread(10, 5, 5, 9));
        assert_eq!(of(&[-15, 1]), spread(2, 0, 0, 1));
    }
}
