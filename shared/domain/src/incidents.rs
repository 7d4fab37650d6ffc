//! Incidents: what several of them have in common, and what helped in similar ones.

pub(crate) mod common_cause;
pub(crate) mod next_action;

pub use self::{
    common_cause::{
        AtRisk, CommonCause, MAX_CAUSES, MIN_MEMBERS, MIN_PERCENT, MIN_RATIO, Opening, RECENT, ReportedVersion, Shared,
        WINDOW, common_causes,
    },
    next_action::{
        Action, Advice, Attempt, BY_ITSELF, ByItself, CauseKind, Failure, Features, MAX_NEIGHBOURS, MAX_SUGGESTIONS,
        MAX_TEMPLATES, MIN_SIMILARITY_PERCENT, MIN_TRIES, PastIncident, PastIncidents, ReleaseAge, Suggestion, Token,
        WitnessKind,
    },
};
