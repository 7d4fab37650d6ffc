//! The list of the subscriptions of several institutions.

use std::{fmt, str::FromStr};

use centops_domain::{chatbots::Name, notifications::SubscriptionId};

use super::subscriptions::StoredSubscription;
use crate::{Page, Store, StoreError};

/// The most institutions that are queried for one page.
const MOST_QUERIES: usize = 20;

/// A position in a list of subscriptions: an institution (none is the operations centre), and the id after which the page
/// starts. As text `institution#id`; either can be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriberPosition {
    institution: Option<Name>,
    after: Option<SubscriptionId>,
}

/// A text that is not a [`SubscriberPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a list of subscriptions")]
pub struct InvalidSubscriberPosition;

impl fmt::Display for SubscriberPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let institution = self.institution.as_ref().map_or("", Name::as_str);
        let after = self.after.map(|id| id.to_string()).unwrap_or_default();
        write!(f, "{institution}#{after}")
    }
}

impl FromStr for SubscriberPosition {
    type Err = InvalidSubscriberPosition;

    fn from_str(text: &str) -> Result<Self, InvalidSubscriberPosition> {
        let (institution, after) = text.split_once('#').ok_or(InvalidSubscriberPosition)?;
        Ok(Self { institution: parse(institution)?, after: parse(after)? })
    }
}

/// Returns the value of `text`; none if it is empty.
fn parse<T: FromStr>(text: &str) -> Result<Option<T>, InvalidSubscriberPosition> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| InvalidSubscriberPosition) }
}

impl Store {
    /// Returns a page of up to `limit` subscriptions of `institutions`, ascending, from the position `from` on: by
    /// institution and id. None among them is the operations centre. Half a read unit for each institution, and for each
    /// 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn subscribers_of(
        &self,
        institutions: &[Option<Name>],
        from: Option<&SubscriberPosition>,
        limit: i32,
    ) -> Result<Page<StoredSubscription, SubscriberPosition>, StoreError> {
        let mut items = Vec::new();
        let rest = institutions.iter().filter(|institution| from.is_none_or(|from| **institution >= from.institution));
        for (queries, institution) in rest.enumerate() {
            let left = limit.saturating_sub(i32::try_from(items.len()).unwrap_or(i32::MAX));
            if left <= 0 || queries == MOST_QUERIES {
                let next = SubscriberPosition { institution: institution.clone(), after: None };
                return Ok(Page { items, next: Some(next) });
            }
            let after = from.filter(|from| from.institution == *institution).and_then(|from| from.after);
            let page = self.subscribers_page(institution.as_ref(), after, left).await?;
            items.extend(page.items);
            if let Some(id) = page.next {
                let next = SubscriberPosition { institution: institution.clone(), after: Some(id) };
                return Ok(Page { items, next: Some(next) });
            }
        }
        Ok(Page { items, next: None })
    }
}
