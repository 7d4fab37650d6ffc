//! Masking: personal data is taken out of a text before anything is stored.
//!
//! | what | marker | file |
//! |---|---|---|
//! | bearer tokens, JWTs, keys and passwords that are named | `[token]` | [`secrets`] |
//! | e-mail addresses | `[e-mail]` | [`email`] |
//! | IP addresses, with their ports | `[ip]` | [`address`] |
//! | Estonian personal codes | `[personal code]` | [`personal_code`] |
//! | phone numbers | `[phone]` | [`phone`], [`numbers`] |
//!
//! In doubt it masks: a number of seven digits that could be an Estonian phone number is taken for one.
//! The time is linear in the length of the text: the engine never goes back, and passes are counted.

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
    secrets::{Authorization, Bearer, Named, WebTokens},
    span::Rule,
};

/// What stands for a text that cannot be masked piece by piece.
const WITHHELD: &str = "[masked]";

/// A mask can uncover another one: what stood next to it has new neighbours. Two passes are the rule;
/// a text that is not at rest after so many was made to be so, and is withheld.
const PASSES: usize = 8;

static RULES: LazyLock<Result<Rules, Error>> = LazyLock::new(Rules::compile);

/// `text` with fixed markers for the personal data in it. Masking the result again changes nothing.
#[must_use]
pub fn mask(text: &str) -> String {
    // Should a rule not compile, nothing may pass; every test shows that all do.
    let Ok(rules) = RULES.as_ref() else { return WITHHELD.to_owned() };
    let mut text = text.to_owned();
    for _ in 0..PASSES {
        match rules.pass(&text) {
            None => return text,
            Some(masked) => text = masked,
        }
    }
    WITHHELD.to_owned()
}

struct Rules([Box<dyn Rule>; 7]);

impl Rules {
    fn compile() -> Result<Self, Error> {
        // What is named a secret is one whatever its form; an e-mail address may hold digits and dots.
        Ok(Self([
            Box::new(Authorization::compile()?),
            Box::new(Bearer::compile()?),
            Box::new(Named::compile()?),
            Box::new(WebTokens::compile()?),
            Box::new(Emails::compile()?),
            Box::new(Addresses::compile()?),
            Box::new(Numbers::compile()?),
        ]))
    }

    /// `text` after each rule once; none when they leave it as it is.
    fn pass(&self, text: &str) -> Option<String> {
        let mut masked: Option<String> = None;
        for rule in &self.0 {
            let now = masked.as_deref().unwrap_or(text);
            let spans = rule.find(now);
            if !spans.is_empty() {
                masked = Some(span::replaced(now, &spans));
            }
        }
        masked.filter(|masked| masked != text)
    }
}
