//! The decoded view of a text, on which all rules run.
//!
//! Programs spell one character in many ways: `@` is also `%40`, `%2540`, `\u0040`, `&#64;` and `&commat;`. The view has
//! each character once, and a map back to its spelling, so rules know characters only and their spans still cover the
//! whole spelling. Spaces and dashes of typography and full-width letters are folded to ASCII.
//!
//! Decoding is one pass with a stack: whenever the newest characters are a complete escape, the character that they mean
//! replaces them. It may complete another escape, so nested escapes are decoded at any depth, in any mixture. Each step
//! looks back at a fixed number of characters, and each replacement shortens the stack: the time is linear.
//!
//! Some escapes of JSON stay as they are: quotes and backslashes, because [`crate::secrets`] needs them to find the end of
//! a value, and `\n` and the like, because in `\name` the letter is a part of a word ([`span::is_free_before`] knows them).

mod decode;

use std::{borrow::Cow, ops::Range};

use crate::span::{self, Span};

/// A text, and the characters that it means.
pub(crate) struct View<'a> {
    source: Cow<'a, str>,
    /// `None` if the text means its own characters.
    decoded: Option<Decoded>,
}

/// A decoded text and its differences from the source.
struct Decoded {
    text: String,
    /// The characters with another spelling, in order.
    escapes: Vec<Escape>,
    /// An escape may be a percent sign and a number.
    is_ambiguous: bool,
}

/// The meaning of a percent sign before two decimal digits from 10 to 19 and from 30 to 89. Programs do not encode letters
/// and digits, so `%37` is rather a percent sign before a number, as in `LIKE '%37605030299%'`, than the digit 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Percent {
    Escape,
    Sign,
}

/// A decoded character and its spelling, as byte ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Escape {
    text: Range<usize>,
    source: Range<usize>,
}

impl<'a> View<'a> {
    /// Decodes `source`.
    pub(crate) fn new(source: &'a str) -> Self {
        Self { source: Cow::Borrowed(source), decoded: decode::decode(source, Percent::Escape) }
    }

    /// Decodes `source`, except escapes that may be a percent sign and a number.
    pub(crate) fn with_percent_signs(source: &'a str) -> Self {
        Self { source: Cow::Borrowed(source), decoded: decode::decode(source, Percent::Sign) }
    }

    /// Returns true if [`View::with_percent_signs`] is another view.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.decoded.as_ref().is_some_and(|decoded| decoded.is_ambiguous)
    }

    /// Returns the decoded text.
    pub(crate) fn text(&self) -> &str {
        self.decoded.as_ref().map_or(&self.source, |decoded| &decoded.text)
    }

    /// Returns the text as it is written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Returns the spelling of a range of the decoded text.
    pub(crate) fn spelling(&self, range: Range<usize>) -> &str {
        &self.source[self.source_range(&range)]
    }

    /// Replaces `spans` of the decoded text, which are sorted and disjoint, by their markers.
    pub(crate) fn mask(&mut self, spans: &[Span]) {
        let Some(decoded) = &self.decoded else {
            self.source = Cow::Owned(span::replace(&self.source, spans));
            return;
        };
        let sources: Vec<Span> =
            spans.iter().map(|span| Span { range: self.source_range(&span.range), marker: span.marker }).collect();
        let escapes = move_escapes(&decoded.escapes, spans, &sources);
        let text = span::replace(&decoded.text, spans);
        self.source = Cow::Owned(span::replace(&self.source, &sources));
        self.decoded = Some(Decoded { text, escapes, is_ambiguous: decoded.is_ambiguous });
    }

    /// Returns the source if it was changed.
    pub(crate) fn into_masked(self) -> Option<String> {
        match self.source {
            Cow::Borrowed(_) => None,
            Cow::Owned(source) => Some(source),
        }
    }

    /// Returns the range of the source that means `range` of the decoded text.
    fn source_range(&self, range: &Range<usize>) -> Range<usize> {
        self.source_offset(range.start)..self.source_offset(range.end)
    }

    fn source_offset(&self, offset: usize) -> usize {
        let escapes = self.decoded.as_ref().map_or(&[][..], |decoded| &decoded.escapes);
        let index = escapes.partition_point(|escape| escape.text.end <= offset);
        index
            .checked_sub(1)
            .and_then(|index| escapes.get(index))
            .map_or(offset, |before| before.source.end + offset - before.text.end)
    }
}

/// Returns the escapes that are left when the spans `texts` of the text and `sources` of the source are replaced.
fn move_escapes(escapes: &[Escape], texts: &[Span], sources: &[Span]) -> Vec<Escape> {
    let mut left = Vec::with_capacity(escapes.len());
    let mut spans = texts.iter().zip(sources).peekable();
    // The lengths of the passed spans and of their markers.
    let (mut text, mut source, mut markers) = (0, 0, 0);
    for escape in escapes {
        while let Some((in_text, in_source)) = spans.next_if(|(span, _)| span.range.end <= escape.text.start) {
            text += in_text.range.len();
            source += in_source.range.len();
            markers += in_text.marker.len();
        }
        if spans.peek().is_none_or(|(span, _)| escape.text.end <= span.range.start) {
            let shift =
                |range: &Range<usize>, passed: usize| range.start + markers - passed..range.end + markers - passed;
            left.push(Escape { text: shift(&escape.text, text), source: shift(&escape.source, source) });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_of_decoded_characters_covers_their_spelling() {
        let view = View::new("a%2540b&commat;c");
        assert_eq!(view.text(), "a@b@c");
        assert_eq!(view.spelling(1..2), "%2540");
        assert_eq!(view.spelling(0..3), "a%2540b");
        assert_eq!(view.spelling(2..4), "b&commat;");
        assert_eq!(view.spelling(4..5), "c");
    }

    #[test]
    fn masking_moves_the_escapes_behind_a_marker() {
        let mut view = View::new("%41 %42 %43 %44");
        let span = |range, marker| Span { range, marker };
        view.mask(&[span(2..3, "[phone]"), span(4..5, "[ip]")]);
        assert_eq!((view.text(), &*view.source), ("A [phone] [ip] D", "%41 [phone] [ip] %44"));
        assert_eq!((view.spelling(0..1), view.spelling(15..16)), ("%41", "%44"));
        view.mask(&[span(15..16, "[token]")]);
        assert_eq!(view.into_masked().as_deref(), Some("%41 [phone] [ip] [token]"));
    }

    #[test]
    fn percent_sign_before_a_number_is_ambiguous() {
        for (source, text) in [("%51%20%41", "%51 %41"), ("%2551%2541", "%51%41"), ("%\\u0035%31 %4A", "%5%31 J")] {
            assert!(View::new(source).is_ambiguous(), "{source}");
            assert_eq!(View::with_percent_signs(source).text(), text);
        }
        assert!(!View::new("%20%4A%29%90%C3%B5").is_ambiguous());
    }
}
