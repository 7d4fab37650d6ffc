//! Incidents: what several of them have in common.

pub(crate) mod common_cause;

pub use self::common_cause::{
    AtRisk, CommonCause, MAX_CAUSES, MIN_MEMBERS, MIN_PERCENT, MIN_RATIO, Opening, RECENT, ReportedVersion, Shared,
    WINDOW, common_causes,
};
