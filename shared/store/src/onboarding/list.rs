//! Reads of invitations.

use std::cmp::Reverse;

use centops_domain::onboarding::{Invitation, InvitationId, InvitationStatus};
use jiff::Timestamp;

use crate::{
    Page, Store, StoreError, Versioned, attributes, keys,
    table::{self, Item, number, number_of, text},
};

impl Store {
    /// Returns the invitation `id`, strongly consistent. One read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist or is no longer kept.
    pub async fn invitation(&self, id: &InvitationId, now: Timestamp) -> Result<Versioned<Invitation>, StoreError> {
        let item = self.table.get(keys::invitation(id)).await?.ok_or(StoreError::NotFound)?;
        // DynamoDB deletes expired items within days.
        if number_of::<i64>(&item, attributes::EXPIRES)? <= now.as_second() {
            return Err(StoreError::NotFound);
        }
        table::from_json_item(&item, attributes::DOCUMENT)
    }

    /// Returns a page of up to `limit` invitations, newest first, after the position `after`; only those of `status` if
    /// it is given. One read unit for each 4 KB read, whether or not the filter drops it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn invitations(
        &self,
        status: Option<InvitationStatus>,
        after: Option<&InvitationId>,
        limit: i32,
        now: Timestamp,
    ) -> Result<Page<Invitation, InvitationId>, StoreError> {
        let mut query = self
            .table
            .query_partition(keys::INVITATIONS)
            .expression_attribute_names("#expires", attributes::EXPIRES)
            .expression_attribute_values(":second", number(now.as_second()))
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(keys::invitation));
        let mut filter = "#expires > :second".to_owned();
        if let Some(status) = status {
            let (stored, expiry) = match status {
                InvitationStatus::Invited => (status, " AND #until > :now"),
                InvitationStatus::Expired => (InvitationStatus::Invited, " AND #until <= :now"),
                _ => (status, ""),
            };
            filter = format!("{filter} AND #status = :status{expiry}");
            query = query
                .expression_attribute_names("#status", attributes::STATUS)
                .expression_attribute_values(":status", text(stored.as_str()));
            if !expiry.is_empty() {
                query = query
                    .expression_attribute_names("#until", attributes::UNTIL)
                    .expression_attribute_values(":now", number(now.as_millisecond()));
            }
        }
        let read = |item| Ok(Some(table::from_json_item(&item, attributes::DOCUMENT)?.value));
        table::fetch_page(query.filter_expression(filter), limit, read).await
    }

    /// Returns a page of up to `limit` invitations that the person `subject` applied to, newest first, after the position
    /// `after`. One read unit for each 4 KB of keys, and one for each 4 KB of each invitation.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn invitations_of_applicant(
        &self,
        subject: &str,
        after: Option<&InvitationId>,
        limit: i32,
        now: Timestamp,
    ) -> Result<Page<Invitation, InvitationId>, StoreError> {
        let query = self
            .table
            .query_partition(&keys::applications_pk(subject))
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(|id| keys::application(subject, id)));
        let read = |item: Item| {
            let id = table::text_of(&item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
            Ok(Some(id))
        };
        let Page { items: ids, next } = table::fetch_page::<InvitationId, _>(query, limit, read).await?;
        let keys: Vec<_> = ids.iter().map(keys::invitation).collect();
        let mut invitations = Vec::with_capacity(ids.len());
        for item in self.table.get_many(&keys).await? {
            // DynamoDB deletes expired items within days.
            if number_of::<i64>(&item, attributes::EXPIRES)? > now.as_second() {
                invitations.push(table::from_json_item::<Invitation>(&item, attributes::DOCUMENT)?.value);
            }
        }
        invitations.retain(|invitation| invitation.application().is_some_and(|application| application.by == subject));
        invitations.sort_by_key(|invitation| Reverse(invitation.id));
        Ok(Page { items: invitations, next })
    }
}
