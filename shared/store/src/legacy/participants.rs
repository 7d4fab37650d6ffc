//! Views for clients of the first and the third generation, made from items that are stored for other purposes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use centops_domain::{
    chatbots::{Chatbot, Name},
    credentials::{Certificate, Profile},
    peers::Peer,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, attributes,
    credentials::CredentialFilter,
    keys,
    members::Member,
    table::{self, Item, text_of},
};

/// Up to this number, chatbots are read one by one; more are read with the whole partition.
const FEW: usize = 50;
/// The most concurrent reads.
const CONCURRENCY: usize = 8;
/// A certificate that was revoked this shortly before its list was read may have a successor in a part of the list
/// that was read already.
const JUST_REVOKED: SignedDuration = SignedDuration::from_mins(5);

/// A chatbot and its current public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatbotWithKey {
    /// The chatbot.
    pub chatbot: Chatbot,
    /// The RSA key of the newest valid certificate, SPKI in PEM.
    pub public_key: String,
}

impl Store {
    /// Returns all chatbots of any status by name, strongly consistent. One read unit for each 4 KB.
    async fn all_chatbots(&self) -> Result<Vec<Chatbot>, StoreError> {
        self.table.all(keys::CHATBOTS).await?.into_iter().map(table::from_item).collect()
    }

    /// Returns the chatbots and the peers of `institutions`, each by institution and name. Half a read unit for each institution, and one
    /// for each chatbot and peer. One that was created less than a second ago may be missing (see [`crate::members`]).
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn participants_of(
        &self,
        institutions: &BTreeSet<Name>,
    ) -> Result<(Vec<Chatbot>, Vec<Peer>), StoreError> {
        let queries: Vec<_> = institutions.iter().map(|institution| self.all_members(institution)).collect();
        let members: Vec<_> = stream::iter(queries).buffered(CONCURRENCY).try_concat().await?;
        let (chatbots, peers): (Vec<_>, Vec<_>) = members.into_iter().partition(Member::is_chatbot);
        let (chatbots, peers) = tokio::try_join!(self.read_members(&chatbots), self.read_members(&peers))?;
        let chatbots = chatbots.into_iter().map(table::from_item).collect::<Result<Vec<Chatbot>, _>>()?;
        let peers = peers.into_iter().map(table::from_item).collect::<Result<Vec<Peer>, _>>()?;
        Ok((chatbots, peers))
    }

    /// Returns the institutions of the chatbots `names`, strongly consistent. A chatbot that is no longer enrolled is
    /// missing from the result. One read unit each, or one for each 4 KB of all chatbots if there are many names.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn institutions_of(&self, names: &[Name]) -> Result<HashMap<Name, Name>, StoreError> {
        if names.len() > FEW {
            return self.table.all(keys::CHATBOTS).await?.iter().map(name_and_institution).collect();
        }
        let reads: Vec<_> = names.iter().map(|name| self.table.get(keys::chatbot(name))).collect();
        let found: Vec<Option<Item>> = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
        found.iter().flatten().map(name_and_institution).collect()
    }

    /// Returns all chatbots of any status that have a valid certificate of an RSA key at `now`, by name, strongly
    /// consistent. One read unit for each 4 KB of all chatbots and their certificates.
    ///
    /// # Errors
    /// When the table does not answer. The result is never incomplete.
    pub async fn chatbots_with_keys(&self, now: Timestamp) -> Result<Vec<ChatbotWithKey>, StoreError> {
        let chatbots = self.all_chatbots().await?;
        let mut certificates: BTreeMap<Name, Vec<Certificate>> = BTreeMap::new();
        let filter = CredentialFilter { profile: Some(Profile::Chatbot), name: None };
        for certificate in self.all_certificates(&filter).await? {
            certificates.entry(certificate.name.clone()).or_default().push(certificate);
        }
        let mut result = Vec::with_capacity(chatbots.len());
        for chatbot in chatbots {
            let Some(own) = certificates.get(&chatbot.name) else { continue };
            let public_key = match newest_key(own, &chatbot, now) {
                None if is_just_revoked(own, now) => {
                    let filter = CredentialFilter { profile: Some(Profile::Chatbot), name: Some(chatbot.name.clone()) };
                    newest_key(&self.all_certificates(&filter).await?, &chatbot, now)
                }
                key => key,
            };
            result.extend(public_key.map(|public_key| ChatbotWithKey { chatbot, public_key }));
        }
        Ok(result)
    }
}

/// Returns the RSA key of the newest of `certificates` that is valid at `now` and of the current enrolment of
/// `chatbot`.
fn newest_key(certificates: &[Certificate], chatbot: &Chatbot, now: Timestamp) -> Option<String> {
    let own = certificates.iter().filter(|one| one.enrolled_at == chatbot.created_at);
    let valid = own.filter(|one| one.rsa_public_key.is_some() && one.check_validity(now).is_ok());
    valid.max_by_key(|one| (one.issued_at, one.serial)).and_then(|one| one.rsa_public_key.clone())
}

fn is_just_revoked(certificates: &[Certificate], now: Timestamp) -> bool {
    certificates.iter().filter_map(|one| one.revoked_at).any(|at| now.duration_since(at) < JUST_REVOKED)
}

fn name_and_institution(item: &Item) -> Result<(Name, Name), StoreError> {
    let read = |attribute| text_of(item, attribute)?.parse().map_err(StoreError::unreadable);
    Ok((read(attributes::SK)?, read(attributes::INSTITUTION)?))
}
