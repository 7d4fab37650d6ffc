//! Chatbots whose routes changed after a revision.

use std::collections::BTreeSet;

use centops_domain::{
    chatbots::{Chatbot, Name},
    routes::{ChangeLogEntry, Revision},
};

use crate::{Consistency, Store, StoreError, keys, table};

/// The most chatbots that one call reads. If more have changed, the whole list is read.
pub const MOST_CHANGED: usize = 1000;

/// The chatbots whose routes changed after a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatbotChanges {
    /// The revision up to which changes are included. What is read is as new, or newer.
    pub revision: Revision,
    /// The chatbots as they are now, by name.
    pub chatbots: Vec<Chatbot>,
    /// The names that are no longer enrolled, or no longer of the requested institutions.
    pub removed: Vec<Name>,
}

impl Store {
    /// Returns the chatbots whose routes changed after the revision `since`: of `institutions` if they are given, which
    /// are the institutions at the time of the change. A name that left them is in `removed`; any other name is not.
    ///
    /// One read unit for the head, one for each 4 KB of the change log, and one for each chatbot.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the change log does not hold all changes or not their institutions, if `since` is ahead of
    /// the table, or if more than [`MOST_CHANGED`] chatbots changed.
    pub async fn chatbot_changes(
        &self,
        since: Revision,
        institutions: Option<&BTreeSet<Name>>,
    ) -> Result<ChatbotChanges, StoreError> {
        let revision = self.head(Consistency::Strong).await?.revision;
        let log = Box::pin(self.change_log(since, revision)).await?;
        let mut removed = changed(&log, institutions).ok_or(StoreError::Gone)?;
        if removed.len() > MOST_CHANGED {
            return Err(StoreError::Gone);
        }
        // Read after the log, so that each chatbot is as new as the revision.
        let keys: Vec<_> = removed.iter().map(|name| keys::chatbot(name)).collect();
        let read = self.table.get_many(&keys).await?.into_iter().map(table::from_item::<Chatbot>);
        let mut chatbots = read.collect::<Result<Vec<_>, _>>()?;
        chatbots.retain(|chatbot| institutions.is_none_or(|institutions| institutions.contains(&chatbot.institution)));
        chatbots.sort_by(|one, other| one.name.cmp(&other.name));
        for chatbot in &chatbots {
            removed.remove(&chatbot.name);
        }
        Ok(ChatbotChanges { revision, removed: removed.into_iter().cloned().collect(), chatbots })
    }
}

/// Returns the names whose routes changed, of `institutions` if they are given; `None` if the institutions of an entry are
/// not known.
fn changed<'a>(log: &'a [ChangeLogEntry], institutions: Option<&'a BTreeSet<Name>>) -> Option<BTreeSet<&'a Name>> {
    let mut names = BTreeSet::new();
    for entry in log {
        match institutions {
            None => names.extend(entry.changes.iter().map(|change| &change.name)),
            Some(institutions) => names.extend(entry.names_of(institutions)?),
        }
    }
    Some(names)
}
