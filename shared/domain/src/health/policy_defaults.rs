//! The default policy.

use std::collections::BTreeSet;

use deranged::{RangedU16, RangedU32};

use crate::{
    health::policy::{
        CapPolicy, FailurePolicy, FastPolicy, OpenPolicy, Policy, ProbeMethod, ProbePath, ProbePolicy, RatePolicy,
        RecoveryPolicy, SilencePolicy, WindowPolicy,
    },
    ingestion::{code_pattern::CodePattern, log_level::LogLevel},
};

impl Default for WindowPolicy {
    fn default() -> Self {
        Self { bucket_seconds: RangedU32::new_static::<30>(), buckets: RangedU16::new_static::<10>() }
    }
}

impl Default for RatePolicy {
    fn default() -> Self {
        Self {
            minimum: RangedU32::new_static::<10>(),
            failure_percent: RangedU32::new_static::<50>(),
            slow_millis: RangedU32::new_static::<10_000>(),
            slow_percent: RangedU32::new_static::<80>(),
        }
    }
}

impl Default for FastPolicy {
    fn default() -> Self {
        Self { threshold: RangedU32::new_static::<13>(), recovery: RangedU32::new_static::<2>() }
    }
}

impl Default for FailurePolicy {
    /// A 4xx is a fault of the client, and a 429 a sign of load: neither is a reason for an ejection.
    fn default() -> Self {
        Self {
            codes: BTreeSet::from([CodePattern::SERVER_ERROR, CodePattern::TIMEOUT, CodePattern::CONNECTION]),
            levels: BTreeSet::from([LogLevel::Error, LogLevel::Critical]),
        }
    }
}

impl Default for OpenPolicy {
    fn default() -> Self {
        Self {
            base_seconds: RangedU32::new_static::<30>(),
            growth_percent: RangedU32::new_static::<200>(),
            cap_seconds: RangedU32::new_static::<900>(),
            jitter_percent: RangedU32::new_static::<20>(),
        }
    }
}

impl Default for ProbePolicy {
    fn default() -> Self {
        Self {
            path: ProbePath::default(),
            method: ProbeMethod::Get,
            expect: BTreeSet::from([CodePattern::SUCCESS]),
            timeout_seconds: RangedU32::new_static::<5>(),
            successes: RangedU32::new_static::<2>(),
            spacing_seconds: RangedU32::new_static::<2>(),
            most_in_flight: RangedU32::new_static::<1>(),
            lease_seconds: RangedU32::new_static::<45>(),
        }
    }
}

impl Default for RecoveryPolicy {
    fn default() -> Self {
        Self {
            seconds: RangedU32::new_static::<300>(),
            minimum: RangedU32::new_static::<5>(),
            failure_percent: RangedU32::new_static::<40>(),
            threshold: RangedU32::new_static::<7>(),
        }
    }
}

impl Default for SilencePolicy {
    fn default() -> Self {
        Self {
            intervals: RangedU32::new_static::<2>(),
            shortest_seconds: RangedU32::new_static::<60>(),
            longest_seconds: RangedU32::new_static::<43_200>(),
        }
    }
}

impl Default for CapPolicy {
    fn default() -> Self {
        Self { percent: RangedU32::new_static::<30>(), resume_percent: RangedU32::new_static::<20>() }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            window: WindowPolicy::default(),
            rate: RatePolicy::default(),
            fast: FastPolicy::default(),
            failures: FailurePolicy::default(),
            quorum: RangedU32::new_static::<2>(),
            open: OpenPolicy::default(),
            probe: ProbePolicy::default(),
            recovery: RecoveryPolicy::default(),
            silence: SilencePolicy::default(),
            cap: CapPolicy::default(),
            dry_run: false,
        }
    }
}
