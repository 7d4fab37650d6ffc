//! Lists of chatbots.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use centops_domain::chatbots::{Chatbot, ChatbotType, Name, Status};

use crate::{Page, Store, StoreError, keys, table};

/// Filter of a list of chatbots.
#[derive(Clone, Debug, Default)]
pub struct ChatbotFilter {
    /// Only chatbots of this status.
    pub status: Option<Status>,
    /// Only chatbots of this type.
    pub kind: Option<ChatbotType>,
    /// Only chatbots of these institutions.
    pub institutions: Option<BTreeSet<Name>>,
}

impl ChatbotFilter {
    /// Adds the filter to `query`, but for the institutions: an owner may have more than the 100 operands that `IN` takes,
    /// and a filter of `DynamoDB` saves no read units.
    fn apply(&self, mut query: QueryFluentBuilder) -> Result<QueryFluentBuilder, StoreError> {
        let mut conditions = Vec::new();
        if let Some(status) = self.status {
            conditions.push("#status = :status".to_owned());
            let status = serde_dynamo::to_attribute_value(status).map_err(StoreError::unreadable)?;
            query =
                query.expression_attribute_names("#status", "status").expression_attribute_values(":status", status);
        }
        if let Some(kind) = self.kind {
            conditions.push("#type = :type".to_owned());
            let kind = serde_dynamo::to_attribute_value(kind).map_err(StoreError::unreadable)?;
            query = query.expression_attribute_names("#type", "type").expression_attribute_values(":type", kind);
        }
        let filter = (!conditions.is_empty()).then(|| conditions.join(" AND "));
        Ok(query.set_filter_expression(filter))
    }
}

impl Store {
    /// Returns a page of up to `limit` chatbots that match `filter`, by name, after the name `after`. One read unit
    /// for each 4 KB read, whether or not the filter drops it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn chatbots(
        &self,
        filter: &ChatbotFilter,
        after: Option<&Name>,
        limit: i32,
    ) -> Result<Page<Chatbot, Name>, StoreError> {
        if filter.institutions.as_ref().is_some_and(BTreeSet::is_empty) {
            return Ok(Page::default());
        }
        let query = self.table.query_partition(keys::CHATBOTS);
        let query = query.set_exclusive_start_key(after.map(keys::chatbot));
        let read = |item| {
            let chatbot: Chatbot = table::from_item(item)?;
            let is_listed = filter.institutions.as_ref().is_none_or(|listed| listed.contains(&chatbot.institution));
            Ok(is_listed.then_some(chatbot))
        };
        table::fetch_page(filter.apply(query)?, limit, read).await
    }
}
