//! Filters of lists of credentials.

use std::fmt::Display;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use centops_domain::{audit::Subject, chatbots::Name, credentials::Profile};

use crate::table::{Table, text};

/// Filter of a list of certificates or API keys.
#[derive(Clone, Debug, Default)]
pub struct CredentialFilter {
    /// Only credentials of this profile.
    pub profile: Option<Profile>,
    /// Only credentials of holders of this name.
    pub name: Option<Name>,
}

impl CredentialFilter {
    pub(crate) fn holder(profile: Profile, name: &Name) -> Self {
        Self { profile: Some(profile), name: Some(name.clone()) }
    }

    /// Returns whether a page of the filtered list can start after `position`.
    #[must_use]
    pub fn includes(&self, position: &impl Display) -> bool {
        position.to_string().starts_with(&self.prefix())
    }

    /// Returns the common prefix of the sort keys.
    fn prefix(&self) -> String {
        match (self.profile, &self.name) {
            (Some(profile), Some(name)) => format!("{profile}#{name}#"),
            (Some(profile), None) => format!("{profile}#"),
            (None, _) => String::new(),
        }
    }

    /// Returns the query of the filtered items of the partition `pk`.
    pub(super) fn query(&self, table: &Table, pk: &str) -> QueryFluentBuilder {
        let query = table.query_prefix(pk, self.prefix());
        match (self.profile, &self.name) {
            (None, Some(name)) => query
                .filter_expression("#name = :name")
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":name", text(name.as_str())),
            _ => query,
        }
    }
}

/// Returns the subject of an audit record about a credential of the holder.
pub(super) fn subject_of(profile: Profile, name: &Name) -> Subject {
    match profile {
        Profile::Chatbot => Subject { chatbot: Some(name.clone()), institution: None },
        Profile::Dmr => Subject::default(),
    }
}
