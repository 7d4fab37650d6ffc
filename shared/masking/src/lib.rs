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
//! Doubtful data is masked: every seven-digit number that could be an Estonian phone number counts as one.
//! The time is linear in the length of the text: the regex engine does not backtrack, and the passes are bounded.

mod address;
mod email;
mod numbers;
mod personal_code;
mod phone;
mod secrets;
mod span;

use std::sync::LazyLock;

use regex_lite::Error;

use crate::{
    address::Addresses,
    email::Emails,
    numbers::Numbers,
    secrets::{Authorization, Bearer, NamedSecrets, WebTokens},
    span::Rule,
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
struct Rules([Box<dyn Rule>; 7]);

impl Rules {
    fn compile() -> Result<Self, Error> {
        // Named secrets come first, because they have any form. E-mail addresses precede numbers and IP addresses, because
        // they may contain digits and dots.
        Ok(Self([
            Box::new(Authorization::compile()?),
            Box::new(Bearer::compile()?),
            Box::new(NamedSecrets::compile()?),
            Box::new(WebTokens::compile()?),
            Box::new(Emails::compile()?),
            Box::new(Addresses::compile()?),
            Box::new(Numbers::compile()?),
        ]))
    }

    /// Applies each rule once. Returns `None` if `text` does not change.
    fn pass(&self, text: &str) -> Option<String> {
        let mut masked: Option<String> = None;
        for rule in &self.0 {
            let current = masked.as_deref().unwrap_or(text);
            let spans = rule.find(current);
            if !spans.is_empty() {
                masked = Some(span::replace(current, &spans));
            }
        }
        masked.filter(|masked| masked != text)
    }
}
