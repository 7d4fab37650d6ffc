//! The forms of a report: a page, a mail, CSV and JSON.
//!
//! The page, and both parts of the mail, are made from one [`document`], so that none says something else. JSON and CSV
//! have the same numbers.

pub(crate) mod csv;
mod document;
pub(crate) mod html;
mod incidents;
mod labels;
pub(crate) mod mail;
mod plain;
mod sections;
pub(crate) mod silence;
mod verdict;
pub(crate) mod view;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
