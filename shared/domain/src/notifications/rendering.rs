//! Rendering: the words of a message, and its form in each channel.
//!
//! The entries of a message are grouped by topic. A topic has a headline, an explanation and a table with one row an
//! entry, in both languages side by side: [`headline`], [`explanation`], [`details`]. Every channel is made from these,
//! so no channel says something else. A form that has a limit shows as many entries as fit and counts the others.

mod alertmanager;
pub(crate) mod body;
mod cause;
mod clause;
pub(crate) mod confirmation;
pub(crate) mod content;
mod details;
pub(crate) mod document;
mod explanation;
mod group;
mod headline;
pub(crate) mod html;
mod json;
pub(crate) mod language;
pub(crate) mod limits;
pub(crate) mod mail;
mod operational_headline;
pub(crate) mod pagerduty;
mod slack;
mod sms;
mod teams;
pub(crate) mod words;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use self::{content::Links, language::Language, words::Words};
use crate::notifications::zone::Zone;

/// Renders messages for one receiver. Every method is total: it returns a valid text for any content.
#[derive(Clone, Copy, Debug)]
pub struct Renderer<'a> {
    /// The language.
    pub language: Language,
    /// The zone of the times. The texts show its city.
    pub zone: Zone,
    /// The links.
    pub links: &'a Links,
}

impl Renderer<'_> {
    /// Returns the words in the full alphabet.
    fn words(&self) -> Words {
        Words::new(self.language, self.zone)
    }
}
