//! Authenticated callers, and the roles of persons.

use std::{collections::BTreeSet, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::chatbots::name::Name;

/// A role of a person, from the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// May change chatbots and publish releases. May not enrol or remove.
    Operator,
    /// May read everything.
    Viewer,
    /// May read and subscribe to the chatbots of the institutions in the token.
    Owner,
}

impl Role {
    /// The roles that may read the data of every institution.
    pub const STAFF: [Self; 3] = [Self::Admin, Self::Operator, Self::Viewer];
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Operator, Self::Viewer, Self::Owner];

    /// Returns the role as in tokens.
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

/// A text that is not a role.
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

/// A caller, as authenticated by the authorizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A person with a bearer token.
    Person(Person),
    /// A DMR with a client certificate.
    Dmr(Name),
    /// A chatbot with a client certificate.
    Chatbot(Name),
}

/// A person with a bearer token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The `sub` claim of the token.
    pub subject: String,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// The institutions whose chatbots an owner may see.
    pub institutions: BTreeSet<Name>,
}

impl Person {
    /// Returns whether the person has one of `roles`.
    #[must_use]
    pub fn has_any_role(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }

    /// Returns whether the person may read and change chatbots of `institution`: owners only if the token names the
    /// institution, other roles always.
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
    fn owner_may_access_own_institutions_only() {
        let own: Name = "tax".parse().expect("a good name");
        let foreign: Name = "police".parse().expect("a good name");
        let owner = person(&[Role::Owner], &["tax"]);
        assert!(owner.may_access(&own) && !owner.may_access(&foreign));
        assert!(person(&[Role::Viewer], &[]).may_access(&foreign));
        assert!(!person(&[], &[]).may_access(&own));
        assert!(!owner.has_any_role(&[Role::Admin, Role::Operator]));
    }
}
