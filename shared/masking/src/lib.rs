//! Masks personal data and credentials in a text before it is stored.
//!
//! | data | marker | module |
//! |---|---|---|
//! | bearer tokens, JWTs, and values named as keys or passwords | `[token]` | [`secrets`] |
//! | e-mail addresses | `[e-mail]` | [`email`] |
//! | IP addresses, with their ports | `[ip]` | [`address`] |
//! | Estonian personal codes | `[personal code]` | [`personal_code`] |
//! | phone numbers | `[phone]` | [`phone`], [`numbers`] |
//!
//! The rules run on a decoded [`view`] of the text, which has percent-encoding, JSON and HTML escapes resolved at any
//! depth. So a rule knows characters, and data is masked in every spelling. The text outside the masked spans keeps its
//! own spelling.
//!
//! Doubtful data is masked: every seven-digit number that could be an Estonian phone number counts as one, beside any
//! punctuation. Only these contexts make it another number: a letter beside it, a decimal point, a time of day, a currency
//! sign or unit, the build metadata of a version.
//!
//! The time is linear in the length of the text: the regex engine does not backtrack, decoding is one pass, and the
//! passes are bounded.

mod address;
mod email;
mod numbers;
mod personal_code;
mod phone;
mod rule;
mod secrets;
mod span;
mod view;

use std::sync::LazyLock;

use regex_lite::Error;

use crate::{
    address::Addresses,
    email::Emails,
    numbers::Numbers,
    rule::Rule,
    secrets::{Authorization, Bearer, NamedSecrets, WebTokens},
    view::View,
};

/// The replacement for a text that cannot be masked in parts.
const WITHHELD: &str = "[masked]";

/// The maximum number of passes. A marker gives its neighbours a new context, so a second pass can find more data. Two
/// passes are usual. A text that still changes after the maximum was constructed for that, and is withheld.
const MAX_PASSES: usize = 8;

static RULES: LazyLock<Result<Rules, Error>> = LazyLock::new(Rules::compile);

/// Replaces personal data and credentials in `text` by fixed markers. Masking the result again does not change it.
#[must_use]
pub fn mask(text: &str) -> String {
    // If a rule does not compile, no text may pass. Every test proves that all rules compile.
    let Ok(rules) = RULES.as_ref() else { return WITHHELD.to_owned() };
    let mut text = text.to_owned();
    for _ in 0..MAX_PASSES {
        match rules.pass(&text) {
            None => return text,
            Some(masked) => text = masked,
        }
    }
    WITHHELD.to_owned()
}

/// All rules, in their order.
struct Rules {
    /// Secrets come first, because they have any form.
    secrets: [Box<dyn Rule>; 4],
    /// The rules of the view with percent signs before numbers.
    ambiguous: [Box<dyn Rule>; 2],
    /// E-mail addresses precede numbers and IP addresses, because they may contain digits and dots.
    data: [Box<dyn Rule>; 3],
}

impl Rules {
    fn compile() -> Result<Self, Error> {
        Ok(Self {
            secrets: [
                Box::new(Authorization::compile()?),
                Box::new(Bearer::compile()?),
                Box::new(NamedSecrets::compile()?),
                Box::new(WebTokens::compile()?),
            ],
            ambiguous: [Box::new(Addresses::compile()?), Box::new(Numbers::compile()?)],
            data: [Box::new(Emails::compile()?), Box::new(Addresses::compile()?), Box::new(Numbers::compile()?)],
        })
    }

    /// Applies each rule once. Returns `None` if `text` does not change.
    fn pass(&self, text: &str) -> Option<String> {
        let mut view = View::new(text);
        apply(&self.secrets, &mut view);
        if view.is_ambiguous() {
            let mut other = View::with_percent_signs(view.source());
            apply(&self.ambiguous, &mut other);
            if let Some(masked) = other.into_masked() {
                return Some(masked);
            }
        }
        apply(&self.data, &mut view);
        view.into_masked().filter(|masked| masked != text)
    }
}

/// Masks what `rules` find, one rule after the other.
fn apply(rules: &[Box<dyn Rule>], view: &mut View<'_>) {
    for rule in rules {
        let spans = span::disjoint(rule.find(view));
        if !spans.is_empty() {
            view.mask(&spans);
        }
    }
}
