//! Lists of chatbots: all of them by name, and those of some institutions.

use std::{
    collections::BTreeSet,
    fmt,
    ops::Bound::{Included, Unbounded},
    str::FromStr,
};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use centops_domain::chatbots::{Chatbot, ChatbotType, Name, Status};

use crate::{Page, Store, StoreError, keys, members::Member, table};

/// The most queries of the index for one page of a list by institution.
const MOST_QUERIES: usize = 100;

/// Filter of a list of chatbots.
#[derive(Clone, Debug, Default)]
pub struct ChatbotFilter {
    /// Only chatbots of this status.
    pub status: Option<Status>,
    /// Only chatbots of this type.
    pub kind: Option<ChatbotType>,
}

impl ChatbotFilter {
    fn includes(&self, chatbot: &Chatbot) -> bool {
        self.status.is_none_or(|status| chatbot.status == status) && self.kind.is_none_or(|kind| chatbot.kind == kind)
    }

    /// Adds the filter to `query`.
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

/// Position in a list by institution: in `institution` after a name, or before its first chatbot. `Display` and `FromStr`
/// are its wire form. It stays valid when the institutions of the list change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstitutionPosition {
    institution: Name,
    after: Option<Name>,
}

impl InstitutionPosition {
    fn after(member: &Member) -> Self {
        Self { institution: member.institution.clone(), after: Some(member.name.clone()) }
    }
}

/// Error of parsing an [`InstitutionPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a list by institution")]
pub struct InvalidInstitutionPosition;

impl fmt::Display for InstitutionPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.institution, self.after.as_ref().map_or("", Name::as_str))
    }
}

impl FromStr for InstitutionPosition {
    type Err = InvalidInstitutionPosition;

    fn from_str(text: &str) -> Result<Self, InvalidInstitutionPosition> {
        let (institution, name) = text.split_once('#').ok_or(InvalidInstitutionPosition)?;
        let parse = |text: &str| text.parse::<Name>().map_err(|_| InvalidInstitutionPosition);
        let after = if name.is_empty() { None } else { Some(parse(name)?) };
        Ok(Self { institution: parse(institution)?, after })
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
        let query = self.table.query_partition(keys::CHATBOTS);
        let query = query.set_exclusive_start_key(after.map(keys::chatbot));
        table::fetch_page(filter.apply(query)?, limit, |item| table::from_item(item).map(Some)).await
    }

    /// Returns a page of up to `limit` chatbots of `institutions` that match `filter`, by institution and name, from the
    /// position `from` on. Half a read unit for each institution, and one for each chatbot. A chatbot that was enrolled
    /// less than a second ago may be missing (see [`crate::members`]).
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn chatbots_of(
        &self,
        institutions: &BTreeSet<Name>,
        filter: &ChatbotFilter,
        from: Option<&InstitutionPosition>,
        limit: i32,
    ) -> Result<Page<Chatbot, InstitutionPosition>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(0);
        let (members, next) = self.members_of(institutions, from, limit).await?;
        let chatbots = self.read_members(&members).await?.into_iter().map(table::from_item);
        let chatbots = chatbots.filter(|read| read.as_ref().map_or(true, |chatbot| filter.includes(chatbot)));
        Ok(Page { items: chatbots.collect::<Result<_, _>>()?, next })
    }

    /// Returns up to `limit` chatbots of `institutions` in the index, and the position of the next one.
    async fn members_of(
        &self,
        institutions: &BTreeSet<Name>,
        from: Option<&InstitutionPosition>,
        limit: usize,
    ) -> Result<(Vec<Member>, Option<InstitutionPosition>), StoreError> {
        let first = from.map_or(Unbounded, |from| Included(&from.institution));
        let (mut listed, mut queries) = (Vec::<Member>::new(), 0);
        for institution in institutions.range::<Name, _>((first, Unbounded)) {
            let mut after = from.filter(|from| from.institution == *institution).and_then(|from| from.after.clone());
            loop {
                if queries == MOST_QUERIES {
                    return Ok((listed, Some(InstitutionPosition { institution: institution.clone(), after })));
                }
                queries += 1;
                // One more than the page has, so that a full page that ends the list has no next one.
                let (members, more) = self.members(institution, after.as_ref(), limit + 1 - listed.len()).await?;
                listed.extend(members.into_iter().filter(Member::is_chatbot));
                if listed.len() > limit {
                    listed.truncate(limit);
                    let next = listed.last().map(InstitutionPosition::after);
                    return Ok((listed, next));
                }
                after = more;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok((listed, None))
    }
}
