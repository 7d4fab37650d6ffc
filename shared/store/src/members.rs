//! The index by institution: the chatbots and peers of an institution, by name.
//!
//! It has keys only, so that a change of a status does not write it. It lags behind the table by a moment, usually less
//! than a second. The members that it names are read from the table, strongly consistent: a list may lack one that was
//! enrolled just now, but it never shows an outdated one, nor one that belongs to another institution meanwhile.

use std::collections::HashMap;

use centops_domain::chatbots::Name;

use crate::{
    Store, StoreError, attributes, keys,
    table::{self, Item, Key, text, text_of},
};

/// The most members of one query: their keys have less than 1 MB.
const MAX_MEMBERS: usize = 1000;

/// An entry of the index: a chatbot or a peer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    pub(crate) institution: Name,
    pub(crate) name: Name,
    partition: String,
}

impl Member {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let name_of = |attribute| text_of(item, attribute)?.parse::<Name>().map_err(StoreError::unreadable);
        Ok(Self {
            institution: name_of(attributes::INSTITUTION)?,
            name: name_of(attributes::SK)?,
            partition: text_of(item, attributes::PK)?.to_owned(),
        })
    }

    pub(crate) fn is_chatbot(&self) -> bool {
        self.partition == keys::CHATBOTS
    }

    fn key(&self) -> Key {
        table::key(&self.partition, self.name.as_str())
    }
}

impl Store {
    /// Returns up to `limit` members of `institution` by name, after the name `after`, and the name after which more
    /// follow. Half a read unit for each 4 KB of keys.
    pub(crate) async fn members(
        &self,
        institution: &Name,
        after: Option<&Name>,
        limit: usize,
    ) -> Result<(Vec<Member>, Option<Name>), StoreError> {
        let query = self
            .table
            .query()
            .index_name(attributes::INSTITUTION)
            .expression_attribute_names("#institution", attributes::INSTITUTION)
            .expression_attribute_values(":institution", text(institution.as_str()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let query = match after {
            None => query.key_condition_expression("#institution = :institution"),
            Some(after) => query
                .key_condition_expression("#institution = :institution AND sk > :after")
                .expression_attribute_values(":after", text(after.as_str())),
        };
        let output = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
        let members = output.items().iter().map(Member::read).collect::<Result<Vec<_>, _>>()?;
        let more = output.last_evaluated_key().map(Member::read).transpose()?;
        Ok((members, more.map(|last| last.name)))
    }

    /// Returns all members of `institution` by name.
    pub(crate) async fn all_members(&self, institution: &Name) -> Result<Vec<Member>, StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (members, more) = self.members(institution, after.as_ref(), MAX_MEMBERS).await?;
            all.extend(members);
            after = more;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Returns the items of `members` in the same order, strongly consistent. Leaves out those that are no longer there,
    /// or belong to another institution. One read unit each.
    pub(crate) async fn read_members(&self, members: &[Member]) -> Result<Vec<Item>, StoreError> {
        let keys: Vec<_> = members.iter().map(Member::key).collect();
        let mut found = HashMap::new();
        for item in self.table.get_many(&keys).await? {
            found.insert(Member::read(&item)?, item);
        }
        Ok(members.iter().filter_map(|member| found.remove(member)).collect())
    }
}
