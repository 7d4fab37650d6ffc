//! Role rules: configuration that maps a token's claims to a person's roles and institutions.
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
//! A claim is a JSON pointer (RFC 6901) to a string or a list of strings. Strings are compared exactly.

use std::{collections::BTreeSet, str::FromStr};

use centops_domain::{
    callers::{Person, Role},
    chatbots::Name,
};
use serde::Deserialize;
use serde_json::Value;

/// The claims of a token.
pub type Claims = serde_json::Map<String, Value>;

/// The rules are not valid JSON of the expected form.
#[derive(Debug, thiserror::Error)]
#[error("the role rules are not valid: {0}")]
pub struct InvalidRules(#[from] serde_json::Error);

/// The token does not meet a required condition on this claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claim {0} has none of the values that are required")]
pub struct UnmetRequirement(String);

/// The rules of one issuer's tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRules {
    /// Conditions that every token must meet.
    #[serde(default)]
    require: Vec<Condition>,
    /// Grants of roles. One matching grant of a role is enough.
    roles: Vec<RoleGrant>,
    /// The claim with the institutions of an owner. Without it a person has none.
    #[serde(default)]
    institutions: Option<Pointer>,
}

/// A claim must have one of these values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Condition {
    claim: Pointer,
    one_of: Values,
}

/// A person whose claim has one of these values has the role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RoleGrant {
    role: Role,
    claim: Pointer,
    one_of: Values,
}

/// A JSON pointer to a claim.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Pointer(String);

#[derive(Debug, thiserror::Error)]
#[error("a claim is a JSON pointer, such as /roles; {0:?} is none")]
struct InvalidPointer(String);

impl TryFrom<String> for Pointer {
    type Error = InvalidPointer;

    fn try_from(text: String) -> Result<Self, InvalidPointer> {
        // The only escapes are `~0` and `~1`.
        let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if text.starts_with('/') && escaped { Ok(Self(text)) } else { Err(InvalidPointer(text)) }
    }
}

/// A non-empty list of non-empty strings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Values(Vec<String>);

#[derive(Debug, thiserror::Error)]
#[error("oneOf has one value or more, none of them empty")]
struct InvalidValues;

impl TryFrom<Vec<String>> for Values {
    type Error = InvalidValues;

    fn try_from(values: Vec<String>) -> Result<Self, InvalidValues> {
        let valid = !values.is_empty() && values.iter().all(|value| !value.is_empty());
        if valid { Ok(Self(values)) } else { Err(InvalidValues) }
    }
}

impl Pointer {
    /// Returns the strings of the claim.
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

impl Default for RoleRules {
    /// Requires nothing, and reads the roles from the claim `roles` and the institutions from `institutions`.
    fn default() -> Self {
        let claim = || Pointer("/roles".to_owned());
        let grant = |role: Role| RoleGrant { role, claim: claim(), one_of: Values(vec![role.as_str().to_owned()]) };
        Self {
            require: Vec::new(),
            roles: Role::ALL.map(grant).into(),
            institutions: Some(Pointer("/institutions".to_owned())),
        }
    }
}

impl FromStr for RoleRules {
    type Err = InvalidRules;

    /// Parses the rules from JSON. A blank text gives the default.
    fn from_str(text: &str) -> Result<Self, InvalidRules> {
        if text.trim().is_empty() { Ok(Self::default()) } else { Ok(serde_json::from_str(text)?) }
    }
}

impl RoleRules {
    /// Returns the person `subject` with the roles and institutions of `claims`, possibly none. Values that are not
    /// names of institutions are ignored.
    ///
    /// # Errors
    /// When the claims do not meet a required condition.
    pub fn person(&self, subject: String, claims: &Claims) -> Result<Person, UnmetRequirement> {
        if let Some(unmet) = self.require.iter().find(|condition| !condition.claim.is_one_of(&condition.one_of, claims))
        {
            return Err(UnmetRequirement(unmet.claim.0.clone()));
        }
        let granted = self.roles.iter().filter(|grant| grant.claim.is_one_of(&grant.one_of, claims));
        let roles: BTreeSet<Role> = granted.map(|grant| grant.role).collect();
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

    fn person(rules: &str, claims: &Value) -> Result<Person, UnmetRequirement> {
        let claims = claims.as_object().expect("an object").clone();
        rules.parse::<RoleRules>().expect("good rules").person("EE1".into(), &claims)
    }

    fn roles(rules: &str, claims: &Value) -> Vec<&'static str> {
        person(rules, claims).expect("met").roles.into_iter().map(Role::as_str).collect()
    }

    #[test]
    fn default_rules_read_the_claims_roles_and_institutions() {
        let claims =
            json!({"roles": ["owner", "root", 7, "viewer"], "institutions": ["tax-board", "Not a name", null]});
        let found = person("", &claims).expect("met");
        assert_eq!(found.roles, BTreeSet::from([Role::Owner, Role::Viewer]));
        assert_eq!(found.institutions.iter().map(Name::as_str).collect::<Vec<_>>(), ["tax-board"]);
        assert_eq!(roles(" ", &json!({"roles": "admin"})), ["admin"], "a string counts as a list of one");
        for none in
            [json!({}), json!({"roles": {"admin": true}}), json!({"roles": "Admin"}), json!({"roles": [["admin"]]})]
        {
            assert!(roles("", &none).is_empty(), "{none}");
        }
    }

    #[test]
    fn one_matching_grant_gives_the_role() {
        let with = |more: Value| {
            let mut claims = json!({"acr": "high", "amr": ["mID", "pwd"]});
            claims.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            claims
        };
        assert_eq!(roles(TARA, &with(json!({"sub": "EE60001019906"}))), ["admin"]);
        assert_eq!(roles(TARA, &with(json!({"sub": "EE60001017869"}))), ["viewer"]);
        assert_eq!(roles(TARA, &with(json!({"profile_attributes": {"a/b~c": ["x"]}}))), ["viewer"]);
        assert!(roles(TARA, &with(json!({"sub": "EE6000101990"}))).is_empty());
        assert!(roles(TARA, &with(json!({"roles": ["admin"]}))).is_empty(), "no grant names this claim");
        let found = person(TARA, &with(json!({"institutions": ["tax-board"]}))).expect("met");
        assert!(found.institutions.is_empty(), "the rules name no claim of institutions");
    }

    #[test]
    fn unmet_requirement_names_its_claim() {
        let unmet = |claims| person(TARA, &claims).err().map(|unmet| unmet.0);
        assert_eq!(unmet(json!({"acr": "high", "amr": "idcard"})), None);
        assert_eq!(unmet(json!({"acr": "low", "amr": "idcard"})).as_deref(), Some("/acr"));
        assert_eq!(unmet(json!({"amr": ["idcard"]})).as_deref(), Some("/acr"));
        assert_eq!(unmet(json!({"acr": "high", "amr": []})).as_deref(), Some("/amr"));
    }

    #[test]
    fn invalid_rules_are_rejected_with_the_cause() {
        for (bad, cause) in [
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
            let error = bad.parse::<RoleRules>().expect_err(bad).to_string();
            assert!(error.contains("role rules are not valid") && error.contains(cause), "{bad}: {error}");
        }
    }
}
