//! The route of one chatbot.

use centops_domain::{
    chatbots::{ChatbotType, ChatbotUri, Name, Status},
    routes::Route,
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{Store, StoreError, keys, table};

/// Result of looking up the route of a chatbot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteLookup {
    /// The chatbot is Online.
    Routed(Route),
    /// The chatbot is enrolled, and not Online.
    NotRouted {
        /// Its status.
        status: Status,
        /// The time of the last change of its status.
        since: Timestamp,
    },
}

/// The attributes of a chatbot that its route consists of.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteAttributes {
    name: Name,
    uri: ChatbotUri,
    #[serde(rename = "type")]
    kind: ChatbotType,
    status: Status,
    status_since: Timestamp,
}

impl RouteAttributes {
    pub(super) const PROJECTION: &str = "#name, uri, #type, #status, statusSince";
    pub(super) const NAMES: [(&str, &str); 3] = [("#name", "name"), ("#type", "type"), ("#status", "status")];
}

impl From<RouteAttributes> for RouteLookup {
    fn from(RouteAttributes { name, uri, kind, status, status_since }: RouteAttributes) -> Self {
        match status {
            Status::Online => Self::Routed(Route { name, uri, kind }),
            Status::Offline | Status::Unknown => Self::NotRouted { status, since: status_since },
        }
    }
}

impl Store {
    /// Looks up the route of the chatbot `name`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist.
    pub async fn lookup_route(&self, name: &Name) -> Result<RouteLookup, StoreError> {
        let key = keys::chatbot(name);
        let item = self.table.get_projection(key, RouteAttributes::PROJECTION, &RouteAttributes::NAMES).await?;
        let attributes: RouteAttributes = table::from_item(item.ok_or(StoreError::NotFound)?)?;
        Ok(attributes.into())
    }
}
