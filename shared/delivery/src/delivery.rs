//! The result of an attempt to deliver a message.

use centops_domain::notifications::Outcome;
use centops_masking::mask;

/// The most characters of the text of a failure.
const MAX_ERROR: usize = 200;

/// The result of an attempt to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The outcome, by which the next attempt is planned.
    pub outcome: Outcome,
    /// The id that SNS or SES gave the message.
    pub provider_id: Option<String>,
    /// The reason of a failure: one line of at most 200 characters, masked. None if the message was delivered.
    pub error: Option<String>,
}

impl Delivery {
    /// Returns the delivery of a message that was accepted with the HTTP `status`.
    pub(crate) fn accepted(status: u16, provider_id: Option<String>) -> Self {
        Self { outcome: Outcome::Answered { status, retry_after: None }, provider_id, error: None }
    }

    /// Returns the failure with this outcome. `reason` may have any form and length.
    pub(crate) fn failed(outcome: Outcome, reason: &str) -> Self {
        Self { outcome, provider_id: None, error: Some(error_text(reason)) }
    }
}

/// Returns `reason` as one line of at most 200 characters without personal data.
#[must_use]
pub fn error_text(reason: &str) -> String {
    // The text is masked before it is cut: the start of a phone number is not recognised as one.
    let visible: String = mask(reason).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_ERROR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_one_masked_line_of_at_most_200_characters() {
        assert_eq!(error_text(" no\r\n\tanswer\u{0}. "), "no answer .");
        assert_eq!(error_text("bad PhoneNumber: +37255512345"), "bad PhoneNumber: [phone]");
        // The number begins before the cut and ends after it.
        let text = error_text(&format!("{} +37255512345", "õ".repeat(MAX_ERROR - 5)));
        assert_eq!(text.chars().count(), MAX_ERROR);
        assert!(!text.contains("372"), "{text}");
    }
}
