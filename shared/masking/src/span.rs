//! Spans of a text to replace, and checks of their context.

use std::ops::Range;

/// A byte range to replace, and its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) range: Range<usize>,
    pub(crate) marker: &'static str,
}

/// Finds one kind of data.
pub(crate) trait Rule: Send + Sync {
    /// Returns the spans of `text` to mask, sorted and disjoint.
    fn find(&self, text: &str) -> Vec<Span>;
}

/// Replaces `spans`, which are sorted and disjoint, by their markers.
pub(crate) fn replace(text: &str, spans: &[Span]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for Span { range, marker } in spans {
        masked.push_str(&text[from..range.start]);
        masked.push_str(marker);
        from = range.end;
    }
    masked.push_str(&text[from..]);
    masked
}

/// Returns the distance in bytes from `start` to the end of an escape that begins before it: `%20` of a URL, or `\u00f5`
/// of JSON in JSON. The digits of an escape do not belong to the number after it. Zero means that it ends at `start`.
pub(crate) fn escape_end(text: &str, start: usize) -> Option<usize> {
    let before = &text[..start];
    let digits = before.bytes().rev().take(4).take_while(u8::is_ascii_hexdigit).count();
    // Not all of the preceding hexadecimal digits need belong to the escape, so each count is tried.
    (0..=digits).find_map(|digits| {
        let opening = &before[..before.len() - digits];
        let length = if digits <= 2 && opening.ends_with('%') {
            2
        } else if opening.ends_with("\\u") {
            4
        } else {
            return None;
        };
        Some(length - digits)
    })
}

/// Returns true if no ASCII letter or digit directly precedes `start`, except those of an escape.
pub(crate) fn is_free_before(text: &str, start: usize) -> bool {
    !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric()) || escape_end(text, start) == Some(0)
}

/// Returns true if no ASCII letter or digit directly follows `end`.
pub(crate) fn is_free_after(text: &str, end: usize) -> bool {
    !text[end..].starts_with(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_end_is_after_two_or_four_digits() {
        for (before, digits) in [
            ("%", Some(2)),
            ("%B", Some(1)),
            ("%2B", Some(0)),
            ("\\u", Some(4)),
            ("\\u00f", Some(1)),
            ("\\u00f5", Some(0)),
            ("", None),
            ("abc", None),
            ("õ", None),
        ] {
            assert_eq!(escape_end(&format!("{before}2060001019906"), before.len()), digits, "{before}");
        }
    }
}
