//! Who calls, and what a caller may do.

use std::{collections::BTreeSet, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::chatbots::name::Name;

/// What a person may do, from the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Changes and releases; enrols and removes nothing.
    Operator,
    /// Reads everything.
    Viewer,
    /// Reads and subscribes to the chatbots of the institutions in the token.
    Owner,
}

impl Role {
    /// Those who may read of every institution.
    pub const STAFF: [Self; 3] = [Self::Admin, Self::Operator, Self::Viewer];
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Operator, Self::Viewer, Self::Owner];

    /// As in tokens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
            Self::Owner => "owner",
        }
    }
}

/// A text that is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "admin" => Ok(Self::Admin),
            "operator" => Ok(Self::Operator),
            "viewer" => Ok(Self::Viewer),
            "owner" => Ok(Self::Owner),
            _ => Err(UnknownRole),
        }
    }
}

/// Who calls, as the authorizer found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A person with a bearer token.
    Person(Person),
    /// A DMR with its certificate.
    Dmr(Name),
    /// A chatbot with its certificate.
    Chatbot(Name),
}

/// A person with a bearer token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The token's `sub`.
    pub subject: String,
    /// What the person may do.
    pub roles: BTreeSet<Role>,
    /// Whose chatbots an owner sees.
    pub institutions: BTreeSet<Name>,
}

impl Person {
    /// Whether the person has one of `roles`.
    #[must_use]
    pub fn has_any_role(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }

    /// Whether the person may see and touch chatbots of `institution`: an owner only where it is in
    /// the token, the other roles everywhere.
    #[must_use]
    pub fn may_access(&self, institution: &Name) -> bool {
        self.has_any_role(&Role::STAFF) || self.institutions.contains(institution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(roles: &[Role], institutions: &[&str]) -> Person {
        Person {
            subject: "EE123".into(),
            roles: roles.iter().copied().collect(),
            institutions: institutions.iter().map(|name| name.parse().expect("a good name")).collect(),
        }
    }

    #[test]
    fn an_owner_reaches_its_own_institutions_only() {
        let own: Name = "tax".parse().expect("a good name");
        let foreign: Name = "police".parse().expect("a good name");
        let owner = person(&[Role::Owner], &["tax"]);
        assert!(owner.may_access(&own) && !owner.may_access(&foreign));
        assert!(person(&[Role::Viewer], &[]).may_access(&foreign));
        assert!(!person(&[], &[]).may_access(&own));
        assert!(!owner.has_any_role(&[Role::Admin, Role::Operator]));
    }
}
