//! The value of a named secret: where it ends.

use std::ops::Range;

use crate::view::View;

/// The longest spelling of a quote that is compared. It bounds the number of different quotes, and so the time.
const MAX_QUOTE: usize = 32;

/// A quote: the backslashes before it, and its spelling.
#[derive(Clone, Copy)]
struct Quote<'a> {
    backslashes: usize,
    spelling: &'a [u8],
}

/// Returns the value in quotes that starts at `start`, without the quotes, or `None` if there is no quote.
///
/// The value ends at the next quote of the same nesting: spelled like the first, with the backslashes of its level (JSON
/// in JSON). A text may be truncated, so without such a quote it ends at the first other one, or at the end of the text.
pub(super) fn quoted(view: &View<'_>, start: usize) -> Option<Range<usize>> {
    let rest = &view.text()[start..];
    let backslashes = rest.len() - rest.trim_start_matches('\\').len();
    let character = rest[backslashes..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let from = start + backslashes + 1;
    let first = Quote { backslashes, spelling: spelling(view, from - 1) };
    let mut other = None;
    for (end, quote) in quotes(view, from, character) {
        if !closes(quote, first) {
            continue;
        }
        let end = end - quote.backslashes.min(backslashes);
        if quote.spelling == first.spelling {
            return Some(from..end);
        }
        other = other.or(Some(end));
    }
    Some(from..other.unwrap_or(view.text().len()))
}

/// Returns the quotes of this character from `from` on, with their offsets.
fn quotes<'a>(view: &'a View<'_>, from: usize, character: char) -> impl Iterator<Item = (usize, Quote<'a>)> {
    view.text()[from..].match_indices(character).map(move |(index, _)| {
        let end = from + index;
        let before = &view.text()[from..end];
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        (end, Quote { backslashes, spelling: spelling(view, end) })
    })
}

/// Returns the first bytes of the spelling of the quote at `offset`.
fn spelling<'a>(view: &'a View<'_>, offset: usize) -> &'a [u8] {
    let spelling = view.spelling(offset..offset + 1).as_bytes();
    &spelling[..spelling.len().min(MAX_QUOTE)]
}

/// Returns true if `quote` ends a value that `first` started. More backslashes make it a part of the value: each level
/// of JSON in JSON doubles them and adds one.
fn closes(quote: Quote<'_>, first: Quote<'_>) -> bool {
    quote.backslashes < first.backslashes || quote.backslashes % (2 * (first.backslashes + 1)) == first.backslashes
}

/// Returns the value without quotes that starts at `start`. It may contain brackets, so that a marker is contained
/// completely, and percent-encoded delimiters, because encoding makes them a part of the value.
pub(super) fn unquoted(view: &View<'_>, start: usize) -> Range<usize> {
    let is_delimiter = |c: char| c.is_whitespace() || "\"'\\&#,;<>(){}".contains(c);
    let delimiters = view.text()[start..].match_indices(is_delimiter);
    let mut ends = delimiters.map(|(index, delimiter)| start + index..start + index + delimiter.len());
    let end = ends.find(|end| !view.spelling(end.clone()).starts_with('%'));
    start..end.map_or(view.text().len(), |end| end.start)
}
