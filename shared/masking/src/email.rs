//! E-mail addresses.

use regex_lite::{Error, Regex};

use crate::{
    rule::Rule,
    span::{self, Span},
    view::View,
};

const MARKER: &str = "[e-mail]";

/// A character class of letters beyond ASCII: all except the blocks of spaces, punctuation and symbols.
const BEYOND_ASCII: &str = r"\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{1FFF}\u{2C00}-\u{2DFF}\u{3005}-\u{3007}\u{3021}-\u{D7FF}\u{F900}-\u{FDFF}\u{FE70}-\u{FEFE}\u{FF10}-\u{FFDC}\u{10000}-\u{EFFFF}";

/// Finds e-mail addresses.
pub(crate) struct Emails(Regex);

impl Emails {
    pub(crate) fn compile() -> Result<Self, Error> {
        let letter = format!("A-Za-z0-9{BEYOND_ASCII}");
        // RFC 5322 permits more characters in the local part. Those that are delimiters in URLs and JSON are left out.
        let local = format!(r"[{letter}_%+~-][{letter}_%+~.'#$!*-]*");
        let domain = format!(r"(?:[{letter}_-]+\.)+(?:[A-Za-z{BEYOND_ASCII}])[{letter}-]+");
        let literal = r"\[(?:IPv6:)?[0-9A-Fa-f.:]+\]";
        Ok(Self(Regex::new(&format!("{local}@(?:{domain}|{literal})"))?))
    }
}

impl Rule for Emails {
    fn find(&self, view: &View<'_>) -> Vec<Span> {
        let text = view.text();
        if !text.contains('@') {
            return Vec::new();
        }
        let spans = self.0.find_iter(text).map(|found| {
            // The letter of an escape such as `\n` is no part of the address.
            let before = text.as_bytes()[..=found.start()].last_chunk();
            let escape = usize::from(span::is_escape(before) && found.as_str().as_bytes().get(1) != Some(&b'@'));
            Span { range: found.start() + escape..found.end(), marker: MARKER }
        });
        spans.collect()
    }
}
