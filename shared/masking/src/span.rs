//! Spans of a text to replace, and checks of their context.

use std::ops::Range;

/// A byte range to replace, and its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) range: Range<usize>,
    pub(crate) marker: &'static str,
}

/// Returns `spans` sorted and disjoint: those that overlap become one, with the marker of the first.
pub(crate) fn disjoint(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.range.start);
    spans.dedup_by(|next, kept| {
        let overlaps = next.range.start < kept.range.end;
        if overlaps {
            kept.range.end = kept.range.end.max(next.range.end);
        }
        overlaps
    });
    spans
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

/// Returns true if no ASCII letter or digit directly precedes `start`. The letter of an escape such as `\n` is none.
pub(crate) fn is_free_before(text: &str, start: usize) -> bool {
    let before = &text[..start];
    !before.ends_with(|c: char| c.is_ascii_alphanumeric()) || is_escape(before.as_bytes().last_chunk())
}

/// Returns true if these two bytes are an escape of JSON such as `\n`.
pub(crate) fn is_escape(bytes: Option<&[u8; 2]>) -> bool {
    matches!(bytes, Some([b'\\', b'n' | b'r' | b't' | b'b' | b'f']))
}

/// Returns true if no ASCII letter or digit directly follows `end`.
pub(crate) fn is_free_after(text: &str, end: usize) -> bool {
    !text[end..].starts_with(|c: char| c.is_ascii_alphanumeric())
}
