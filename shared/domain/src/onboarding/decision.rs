//! The decision of an administrator.

use serde::Deserialize;

use crate::{credentials::certificate::ValidityDays, json::non_null, text::Reason};

/// What an administrator decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The chatbot is enrolled, and its certificate holds so long.
    Approve(ValidityDays),
    /// It is not, and why.
    Reject(Reason),
}

/// A decision as an administrator sends it: approve, with the days of the certificate where they are not the
/// usual; or reject, with a reason.
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

/// A field that does not go with the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDecision {
    /// A rejection without a reason.
    #[error("a rejection has a reason")]
    NoReason,
    /// An approval with a reason: nobody would read it.
    #[error("only a rejection has a reason")]
    Reason,
    /// A rejection with the days of a certificate.
    #[error("only an approval has days, those of the certificate")]
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
    fn a_decision_has_what_goes_with_it() {
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
