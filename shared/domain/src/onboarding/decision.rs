//! Decisions about applications.

use serde::Deserialize;

use crate::{credentials::certificate::ValidityDays, json::non_null, text::Reason};

/// A decision of an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Enrol the chatbot and issue a certificate of this validity.
    Approve(ValidityDays),
    /// Refuse the application for this reason.
    Reject(Reason),
}

/// A decision as an administrator submits it: approve, optionally with the validity of the certificate; or reject,
/// with a reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    decision: Verdict,
    #[serde(default, deserialize_with = "non_null")]
    reason: Option<Reason>,
    #[serde(default, deserialize_with = "non_null")]
    days: Option<ValidityDays>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Approve,
    Reject,
}

/// A field that does not fit the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDecision {
    /// A rejection without a reason.
    #[error("a rejection needs a reason")]
    NoReason,
    /// An approval with a reason, which nobody would read.
    #[error("only a rejection has a reason")]
    Reason,
    /// A rejection with the validity of a certificate.
    #[error("only an approval has days, the validity of the certificate")]
    Days,
}

impl TryFrom<NewDecision> for Decision {
    type Error = InvalidDecision;

    fn try_from(new: NewDecision) -> Result<Self, InvalidDecision> {
        match new {
            NewDecision { decision: Verdict::Approve, reason: None, days } => {
                Ok(Self::Approve(days.unwrap_or_default()))
            }
            NewDecision { decision: Verdict::Reject, reason: Some(reason), days: None } => Ok(Self::Reject(reason)),
            NewDecision { decision: Verdict::Approve, .. } => Err(InvalidDecision::Reason),
            NewDecision { reason: None, .. } => Err(InvalidDecision::NoReason),
            NewDecision { .. } => Err(InvalidDecision::Days),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Reason {
        text.to_owned().try_into().expect("a reason")
    }

    #[test]
    fn decision_accepts_only_the_fields_that_fit_it() {
        let read = |json: &str| Decision::try_from(serde_json::from_str::<NewDecision>(json).expect("well-formed"));
        assert_eq!(read(r#"{"decision":"approve"}"#), Ok(Decision::Approve(ValidityDays::default())));
        let days = ValidityDays::try_from(7).expect("good days");
        assert_eq!(read(r#"{"decision":"approve","days":7}"#), Ok(Decision::Approve(days)));
        assert_eq!(read(r#"{"decision":"reject","reason":"no"}"#), Ok(Decision::Reject(reason("no"))));
        assert_eq!(read(r#"{"decision":"reject"}"#), Err(InvalidDecision::NoReason));
        assert_eq!(read(r#"{"decision":"reject","reason":"no","days":7}"#), Err(InvalidDecision::Days));
        assert_eq!(read(r#"{"decision":"approve","reason":"good"}"#), Err(InvalidDecision::Reason));
    }
}
