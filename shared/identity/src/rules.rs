//! What a token's claims make of its bearer: rules, which are configuration.
//!
//! ```json
//! {
//!   "require": [{"claim": "/acr", "oneOf": ["high", "substantial"]}],
//!   "roles": [
//!     {"role": "admin", "claim": "/sub", "oneOf": ["EE60001019906"]},
//!     {"role": "owner", "claim": "/groups", "oneOf": ["chatbot-owners"]}
//!   ],
//!   "institutions": "/institutions"
//! }
//! ```
//!
//! A claim is a JSON pointer (RFC 6901) to a text or a list of texts. Texts are compared as they stand.

use std::{collections::BTreeSet, str::FromStr};

use centops_domain::{
    caller::{Person, Role},
    name::Name,
};
use serde::Deserialize;
use serde_json::Value;

/// The claims of a token.
pub type Claims = serde_json::Map<String, Value>;

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the role rules are not valid: {0}")]
pub struct InvalidRules(#[from] serde_json::Error);

/// A condition that a token does not meet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claim {0} has none of the values that are required")]
pub struct Unmet(String);

/// The rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// What every token must say: all of it.
    #[serde(default)]
    require: Vec<Condition>,
    /// Who has which role: whoever meets one of its rules.
    roles: Vec<RoleRule>,
    /// Where the institutions of an owner stand. Without, nobody has any.
    #[serde(default)]
    institutions: Option<Pointer>,
}

/// A claim has one of some values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Condition {
    claim: Pointer,
    one_of: Values,
}

/// Whoever has a claim of one of some values has a role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RoleRule {
    role: Role,
    claim: Pointer,
    one_of: Values,
}

/// A JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Pointer(String);

#[derive(Debug, thiserror::Error)]
#[error("a claim is a JSON pointer, such as /roles; {0:?} is none")]
struct InvalidPointer(String);

impl TryFrom<String> for Pointer {
    type Error = InvalidPointer;

    fn try_from(text: String) -> Result<Self, InvalidPointer> {
        // Of the escapes there are only `~0` and `~1`.
        let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if text.starts_with('/') && escaped { Ok(Self(text)) } else { Err(InvalidPointer(text)) }
    }
}

/// One or more texts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Values(Vec<String>);

#[derive(Debug, thiserror::Error)]
#[error("oneOf has one value or more, none of them empty")]
struct InvalidValues;

impl TryFrom<Vec<String>> for Values {
    type Error = InvalidValues;

    fn try_from(values: Vec<String>) -> Result<Self, InvalidValues> {
        let good = !values.is_empty() && values.iter().all(|value| !value.is_empty());
        if good { Ok(Self(values)) } else { Err(InvalidValues) }
    }
}

impl Pointer {
    /// The texts that the claim has.
    fn texts<'a>(&self, claims: &'a Claims) -> impl Iterator<Item = &'a str> {
        let (first, rest) = match self.0.get(1..).and_then(|path| path.find('/')) {
            Some(end) => self.0.split_at(end + 1),
            None => (self.0.as_str(), ""),
        };
        let name = first.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
        let value = claims.get(&name).and_then(|value| value.pointer(rest));
        let values = match value {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values.iter().filter_map(Value::as_str)
    }

    fn is_one_of(&self, values: &Values, claims: &Claims) -> bool {
        self.texts(claims).any(|text| values.0.iter().any(|value| value == text))
    }
}

impl Default for Rules {
    /// The claim `roles` has the roles, the claim `institutions` the institutions; nothing is required.
    fn default() -> Self {
        let claim = || Pointer("/roles".to_owned());
        let rule = |role: Role| RoleRule { role, claim: claim(), one_of: Values(vec![role.as_str().to_owned()]) };
        Self {
            require: Vec::new(),
            roles: Role::ALL.map(rule).into(),
            institutions: Some(Pointer("/institutions".to_owned())),
        }
    }
}

impl FromStr for Rules {
    type Err = InvalidRules;

    /// The rules of a JSON text; of an empty one the default.
    fn from_str(text: &str) -> Result<Self, InvalidRules> {
        if text.trim().is_empty() { Ok(Self::default()) } else { Ok(serde_json::from_str(text)?) }
    }
}

impl Rules {
    /// The person `subject` whom the `claims` make. One to whom no rule gives a role has none. What is no
    /// name of an institution gives nothing.
    ///
    /// # Errors
    /// When the claims do not meet what every token must.
    pub fn person(&self, subject: String, claims: &Claims) -> Result<Person, Unmet> {
        if let Some(unmet) = self.require.iter().find(|one| !one.claim.is_one_of(&one.one_of, claims)) {
            return Err(Unmet(unmet.claim.0.clone()));
        }
        let given = self.roles.iter().filter(|rule| rule.claim.is_one_of(&rule.one_of, claims));
        let roles: BTreeSet<Role> = given.map(|rule| rule.role).collect();
        let texts = self.institutions.iter().flat_map(|claim| claim.texts(claims));
        let institutions: BTreeSet<Name> = texts.filter_map(|name| name.parse().ok()).collect();
        Ok(Person { subject, roles, institutions })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TARA: &str = r#"{
        "require": [{"claim": "/acr", "oneOf": ["high", "substantial"]}, {"claim": "/amr", "oneOf": ["mID", "idcard"]}],
        "roles": [
            {"role": "admin", "claim": "/sub", "oneOf": ["EE60001019906"]},
            {"role": "viewer", "claim": "/profile_attributes/a~1b~0c", "oneOf": ["x"]},
            {"role": "viewer", "claim": "/sub", "oneOf": ["EE60001017869"]}
        ]
    }"#;

    fn person(rules: &str, claims: &Value) -> Result<Person, Unmet> {
        let claims = claims.as_object().expect("an object").clone();
        rules.parse::<Rules>().expect("good rules").person("EE1".into(), &claims)
    }

    fn roles(rules: &str, claims: &Value) -> Vec<&'static str> {
        person(rules, claims).expect("met").roles.into_iter().map(Role::as_str).collect()
    }

    #[test]
    fn without_rules_the_claims_roles_and_institutions_count() {
        let claims =
            json!({"roles": ["owner", "root", 7, "viewer"], "institutions": ["tax-board", "Not a name", null]});
        let found = person("", &claims).expect("met");
        assert_eq!(found.roles, BTreeSet::from([Role::Owner, Role::Viewer]));
        assert_eq!(found.institutions.iter().map(Name::as_str).collect::<Vec<_>>(), ["tax-board"]);
        assert_eq!(roles(" ", &json!({"roles": "admin"})), ["admin"], "a text is a list of one");
        for none in
            [json!({}), json!({"roles": {"admin": true}}), json!({"roles": "Admin"}), json!({"roles": [["admin"]]})]
        {
            assert!(roles("", &none).is_empty(), "{none}");
        }
    }

    #[test]
    fn whoever_meets_one_rule_of_a_role_has_it() {
        let with = |more: Value| {
            let mut claims = json!({"acr": "high", "amr": ["mID", "pwd"]});
            claims.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            claims
        };
        assert_eq!(roles(TARA, &with(json!({"sub": "EE60001019906"}))), ["admin"]);
        assert_eq!(roles(TARA, &with(json!({"sub": "EE60001017869"}))), ["viewer"]);
        assert_eq!(roles(TARA, &with(json!({"profile_attributes": {"a/b~c": ["x"]}}))), ["viewer"]);
        assert!(roles(TARA, &with(json!({"sub": "EE6000101990"}))).is_empty());
        assert!(roles(TARA, &with(json!({"roles": ["admin"]}))).is_empty(), "no rule names that claim");
        let found = person(TARA, &with(json!({"institutions": ["tax-board"]}))).expect("met");
        assert!(found.institutions.is_empty(), "nor that one");
    }

    #[test]
    fn all_that_is_required_must_be_there() {
        let unmet = |claims| person(TARA, &claims).err().map(|unmet| unmet.0);
        assert_eq!(unmet(json!({"acr": "high", "amr": "idcard"})), None);
        assert_eq!(unmet(json!({"acr": "low", "amr": "idcard"})).as_deref(), Some("/acr"));
        assert_eq!(unmet(json!({"amr": ["idcard"]})).as_deref(), Some("/acr"));
        assert_eq!(unmet(json!({"acr": "high", "amr": []})).as_deref(), Some("/amr"));
    }

    #[test]
    fn wrong_rules_are_told_and_not_guessed_at() {
        for (bad, told) in [
            ("{}", "missing field `roles`"),
            ("[", "EOF"),
            (r#"{"roles": [], "role": []}"#, "unknown field `role`"),
            (r#"{"roles": [{"role": "root", "claim": "/a", "oneOf": ["b"]}]}"#, "unknown variant `root`"),
            (r#"{"roles": [{"role": "admin", "claim": "roles", "oneOf": ["b"]}]}"#, "JSON pointer"),
            (r#"{"roles": [{"role": "admin", "claim": "/a~2", "oneOf": ["b"]}]}"#, "JSON pointer"),
            (r#"{"roles": [{"role": "admin", "claim": "", "oneOf": ["b"]}]}"#, "JSON pointer"),
            (r#"{"roles": [{"role": "admin", "claim": "/a", "oneOf": []}]}"#, "one value or more"),
            (r#"{"roles": [{"role": "admin", "claim": "/a", "oneOf": [""]}]}"#, "one value or more"),
            (r#"{"roles": [{"role": "admin", "claim": "/a"}]}"#, "missing field `oneOf`"),
            (r#"{"roles": [], "require": [{"claim": "/a", "oneof": ["b"]}]}"#, "unknown field `oneof`"),
            (r#"{"roles": []} x"#, "trailing characters"),
        ] {
            let error = bad.parse::<Rules>().expect_err(bad).to_string();
            assert!(error.contains("role rules are not valid") && error.contains(told), "{bad}: {error}");
        }
    }
}
