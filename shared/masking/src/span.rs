//! Places in a text, and what stands around them.

use std::ops::Range;

/// What is replaced, in bytes, and its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) range: Range<usize>,
    pub(crate) marker: &'static str,
}

/// One kind of data.
pub(crate) trait Rule: Send + Sync {
    /// What of `text` is to be masked, in order and apart.
    fn find(&self, text: &str) -> Vec<Span>;
}

/// `text` with its `spans`, which are in order and apart, replaced by their markers.
pub(crate) fn replaced(text: &str, spans: &[Span]) -> String {
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

/// How many bytes after `start` an escape ends that begins before it: `%20` of a URL, `\u00f5` of JSON in
/// JSON. Its digits are none of the number behind it. Zero when it ends right there.
pub(crate) fn escape_end(text: &str, start: usize) -> Option<usize> {
    let before = &text[..start];
    let digits = before.bytes().rev().take(4).take_while(u8::is_ascii_hexdigit).count();
    // Fewer hexadecimal digits than stand there may be the escape's, so each count is tried.
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

/// Whether no ASCII letter or digit stands right before `start`, but for those of an escape.
pub(crate) fn is_free_before(text: &str, start: usize) -> bool {
    !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric()) || escape_end(text, start) == Some(0)
}

/// Whether no ASCII letter or digit stands right after `end`.
pub(crate) fn is_free_after(text: &str, end: usize) -> bool {
    !text[end..].starts_with(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_ends_where_it_does() {
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
