//! Enrolments: a credential belongs to the enrolment of its holder, not to the holder's name.

use centops_domain::{
    chatbots::Name,
    credentials::{Certificate, CertificateId, Profile},
    peers::PeerKind,
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Store, StoreError, attributes, keys,
    table::{self, Item, Transaction},
};

/// The current enrolment of a chatbot, or the registration of a DMR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The time of the enrolment, which identifies it: a name that is enrolled again has another.
    pub at: Timestamp,
    /// True while the requests of the holder are refused.
    pub is_disabled: bool,
}

/// The attributes of a chatbot or a peer that say whether it is enrolled.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HolderItem {
    created_at: Timestamp,
    /// `ministry` or `institution` for a chatbot.
    #[serde(rename = "type")]
    kind: String,
    /// Peers only.
    #[serde(default)]
    active: bool,
}

impl Store {
    /// Returns the enrolment of the holder, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if no chatbot or DMR of that name is enrolled.
    pub async fn enrolment(&self, profile: Profile, name: &Name) -> Result<Enrolment, StoreError> {
        let names = [("#type", "type"), ("#at", attributes::CREATED_AT), ("#active", "active")];
        let item = self.table.get_projection(keys::holder(profile, name), "#type, #at, #active", &names).await?;
        enrolment_of(profile, item)?.ok_or(StoreError::NotFound)
    }

    /// Returns the certificate `id` and the current enrolment of its holder, for the check of a request. The reads are
    /// concurrent and strongly consistent: a revocation, a removal and a disabled DMR take effect with the next request.
    /// Two read units.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn presented_certificate(
        &self,
        id: &CertificateId,
    ) -> Result<(Option<Certificate>, Option<Enrolment>), StoreError> {
        let (certificate, enrolment) = tokio::join!(self.certificate(id), self.enrolment(id.profile, &id.name));
        Ok((found(certificate)?.map(|read| read.value), found(enrolment)?))
    }
}

impl Transaction<'_> {
    /// Adds the condition that the enrolment of the holder is still the one of the time `at`.
    pub(crate) fn enrolled(self, profile: Profile, name: &Name, at: Timestamp) -> Result<Self, StoreError> {
        self.equals(keys::holder(profile, name), attributes::CREATED_AT, at.to_string())
    }
}

/// Reads the enrolment from the item of a chatbot or a peer. A classifier is not a DMR.
fn enrolment_of(profile: Profile, item: Option<Item>) -> Result<Option<Enrolment>, StoreError> {
    let Some(HolderItem { created_at, kind, active }) = item.map(table::from_item).transpose()? else {
        return Ok(None);
    };
    Ok(match profile {
        Profile::Chatbot => Some(Enrolment { at: created_at, is_disabled: false }),
        Profile::Dmr => (kind == PeerKind::Dmr.as_str()).then_some(Enrolment { at: created_at, is_disabled: !active }),
    })
}

fn found<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
