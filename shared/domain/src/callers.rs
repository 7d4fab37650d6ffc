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

    /// Returns the institutions at which the person has one of `roles`: `Owner` is granted at the institutions in the
    /// token only, every other role at all of them. A role that is not among `roles` adds nothing, so a viewer who is
    /// owner of one institution is not owner of another.
    #[must_use]
    pub fn scope(&self, roles: &[Role]) -> Scope<'_> {
        let granted = || roles.iter().filter(|role| self.roles.contains(role));
        if granted().any(|role| *role != Role::Owner) {
            Scope::All
        } else if granted().next().is_some() {
            Scope::Only(&self.institutions)
        } else {
            Scope::Nothing
        }
    }
}

/// The institutions at which a person has a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'p> {
    /// All.
    All,
    /// These.
    Only(&'p BTreeSet<Name>),
    /// None.
    Nothing,
}

impl Scope<'_> {
    /// Returns the institutions of a list: `asked`, or all of the scope without it; none for every institution. An institution
    /// that is not in the scope has an empty list.
    #[must_use]
    pub fn narrowed_to(&self, asked: Option<Name>) -> Option<BTreeSet<Name>> {
        match (asked, self) {
            (Some(one), scope) if scope.includes(&one) => Some(BTreeSet::from([one])),
            (None, Self::All) => None,
            (None, Self::Only(own)) => Some((*own).clone()),
            (Some(_), _) | (None, Self::Nothing) => Some(BTreeSet::new()),
        }
    }

    /// Returns whether `institution` is one of them.
    #[must_use]
    pub fn includes(&self, institution: &Name) -> bool {
        match self {
            Self::All => true,
            Self::Only(institutions) => institutions.contains(institution),
            Self::Nothing => false,
        }
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
    fn role_grants_only_where_it_was_given() {
        let own: Name = "tax".parse().expect("a good name");
        let foreign: Name = "police".parse().expect("a good name");
        let owner = person(&[Role::Owner], &["tax"]);
        assert!(owner.scope(&Role::ALL).includes(&own) && !owner.scope(&Role::ALL).includes(&foreign));
        assert_eq!(person(&[Role::Viewer], &[]).scope(&Role::ALL), Scope::All);
        assert_eq!(person(&[], &["tax"]).scope(&Role::ALL), Scope::Nothing);
        assert!(!owner.has_any_role(&[Role::Admin, Role::Operator]));
        // Viewer of all and owner of one: each role where it was given.
        let both = person(&[Role::Viewer, Role::Owner], &["tax"]);
        let subscribing = both.scope(&[Role::Admin, Role::Operator, Role::Owner]);
        assert!(subscribing.includes(&own) && !subscribing.includes(&foreign));
        assert!(both.scope(&Role::ALL).includes(&foreign));
        assert_eq!(person(&[Role::Operator, Role::Owner], &["tax"]).scope(&Role::ALL), Scope::All);
        assert_eq!(person(&[Role::Viewer], &["tax"]).scope(&[Role::Owner]), Scope::Nothing);
    }

    #[test]
    fn list_has_the_institutions_of_the_scope_and_no_other() {
        let [tax, police]: [Name; 2] = ["tax", "police"].map(|name| name.parse().expect("a good name"));
        let own = BTreeSet::from([tax.clone()]);
        for (scope, asked, expected) in [
            (Scope::All, None, None),
            (Scope::All, Some(&police), Some(vec![&police])),
            (Scope::Only(&own), None, Some(vec![&tax])),
            (Scope::Only(&own), Some(&tax), Some(vec![&tax])),
            (Scope::Only(&own), Some(&police), Some(vec![])),
            (Scope::Nothing, None, Some(vec![])),
            (Scope::Nothing, Some(&tax), Some(vec![])),
        ] {
            let expected = expected.map(|names| names.into_iter().cloned().collect());
            assert_eq!(scope.narrowed_to(asked.cloned()), expected, "{scope:?} {asked:?}");
        }
    }
}
