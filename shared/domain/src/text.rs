//! Free text that administrators enter.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use serde::{Deserialize, Serialize};

/// The most characters of a reason.
pub const MAX_REASON_LENGTH: usize = 280;

/// An administrator's reason: 1 to [`MAX_REASON_LENGTH`] characters as entered, without surrounding spaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// A text that is not a [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason has 1 to {MAX_REASON_LENGTH} characters")]
pub struct InvalidReason;

impl Reason {
    /// Returns the reason as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = InvalidReason;

    fn try_from(text: String) -> Result<Self, InvalidReason> {
        let reason = text.trim();
        // The API's schema limits the text as it is sent.
        if reason.is_empty() || text.chars().count() > MAX_REASON_LENGTH {
            return Err(InvalidReason);
        }
        Ok(Self(reason.to_owned()))
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns `text` as people read it, for comparison: compatibility characters decomposed (NFKC), without case, without
/// characters that are not visible (default ignorable, such as the zero-width space), and one space for any white space.
/// Texts that people cannot tell apart are equal, but for letters of different scripts that look alike.
#[must_use]
pub fn comparable(text: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let visible = visible(&nfkc.normalize(text));
    // Upper case first, so that `ß` and `ss`, or the two forms of a sigma, are one.
    let folded = visible.to_uppercase().to_lowercase();
    let words: Vec<&str> = folded.split_whitespace().collect();
    nfkc.normalize(&words.join(" ")).into_owned()
}

/// Returns `text` composed (NFC) and without characters that are not visible.
#[must_use]
pub fn composed(text: &str) -> String {
    visible(&ComposingNormalizerBorrowed::new_nfc().normalize(text))
}

fn visible(text: &str) -> String {
    let invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().filter(|character| !invisible.contains(*character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_is_limited_as_entered_and_kept_without_surrounding_spaces() {
        let reason = |text: &str| Reason::try_from(text.to_owned()).map(String::from);
        let longest = "õ".repeat(MAX_REASON_LENGTH);
        assert_eq!(reason(" moves\t"), Ok("moves".to_owned()));
        assert_eq!(reason(&longest), Ok(longest.clone()));
        for bad in ["", " \n ", &format!("{longest}x"), &format!("{longest} ")] {
            assert_eq!(reason(bad), Err(InvalidReason), "{bad:?}");
        }
    }

    #[test]
    fn texts_that_look_alike_are_comparable() {
        for (one, other) in [
            ("Põhja", "Po\u{303}hja"),
            ("Maksuamet", "maksuamet"),
            ("MAKSUAMET", "Maksu\u{200b}amet"),
            ("Maksu\u{ad}amet", "Maksuamet\u{feff}"),
            ("Maksu- ja Tolliamet", "Maksu-\u{a0}ja  Tolliamet"),
            ("Žanr", "z\u{30c}anr"),
            ("Straße", "STRASSE"),
            ("ＲＩＡ", "ria"),
            ("ﬁnants", "Finants"),
        ] {
            assert_eq!(comparable(one), comparable(other), "{one:?} {other:?}");
        }
        for (one, other) in [("Põhja", "Pohja"), ("Maksuamet", "Maksu amet"), ("Amet 1", "Amet 2")] {
            assert_ne!(comparable(one), comparable(other), "{one:?} {other:?}");
        }
        assert_eq!(comparable("\u{200b}\u{2060}"), "");
    }
}
