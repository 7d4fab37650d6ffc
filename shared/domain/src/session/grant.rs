//! Grants: a role of a person, with its reason and its end.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{callers::Role, chatbots::name::Name, json::non_null, text::Reason};

/// The most institutions of one grant.
pub const MAX_INSTITUTIONS: usize = 50;

/// A role that a person has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The institutions of an owner; none for another role.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub institutions: BTreeSet<Name>,
    /// Why.
    pub reason: Reason,
    /// The `sub` of whoever granted it.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// When it ends; none if it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Grant {
    /// Returns whether it holds at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A grant as an administrator asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGrant {
    /// The institutions of an owner.
    #[serde(default)]
    pub institutions: BTreeSet<Name>,
    /// Why.
    pub reason: Reason,
    /// When it ends.
    #[serde(default, deserialize_with = "non_null")]
    pub until: Option<Timestamp>,
}

/// A grant that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrant {
    /// An owner without an institution, or another role with one.
    #[error("the role owner has 1 to {MAX_INSTITUTIONS} institutions, and every other role has none")]
    Institutions,
    /// Its end is past.
    #[error("in the future")]
    Until,
}

impl NewGrant {
    /// Returns the grant of `role` by `by` at `now`.
    ///
    /// # Errors
    /// [`InvalidGrant`].
    pub fn grant(self, role: Role, by: &str, now: Timestamp) -> Result<Grant, InvalidGrant> {
        let Self { institutions, reason, until } = self;
        let is_right = if role == Role::Owner {
            (1..=MAX_INSTITUTIONS).contains(&institutions.len())
        } else {
            institutions.is_empty()
        };
        if !is_right {
            return Err(InvalidGrant::Institutions);
        }
        if until.is_some_and(|until| until <= now) {
            return Err(InvalidGrant::Until);
        }
        Ok(Grant { institutions, reason, by: by.to_owned(), since: now, until })
    }
}
