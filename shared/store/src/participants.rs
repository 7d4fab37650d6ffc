//! What clients of the first and the third generation ask for, put together of what is kept for others.

use std::collections::{BTreeMap, HashMap};

use centops_domain::{
    chatbots::{Chatbot, Name},
    credentials::{Certificate, Profile},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError,
    certificates::CertificateFilter,
    item::{self, Item},
    keys,
};

/// Fewer chatbots than these are read one by one, more with the whole partition.
const FEW: usize = 50;
/// So many of them at a time.
const AT_ONCE: usize = 8;
/// A certificate that was revoked so shortly before its list was read may have a successor in a part of the list
/// that had been read already.
const JUST: SignedDuration = SignedDuration::from_mins(5);

/// A chatbot, and the public key that speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedChatbot {
    /// The chatbot.
    pub chatbot: Chatbot,
    /// The RSA key of the newest certificate that holds, SPKI in PEM.
    pub public_key: String,
}

impl Store {
    /// Every chatbot, of any status, by name, strongly consistent. A read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn all_chatbots(&self) -> Result<Vec<Chatbot>, StoreError> {
        let items = self.query_all(keys::CHATBOTS).await?;
        items.into_iter().map(item::from_item).collect()
    }

    /// The institutions of the chatbots `names`, strongly consistent; of a chatbot that is not enrolled any more
    /// nothing. A read unit each, or one for each 4 KB of all chatbots where they are many.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn institutions_of(&self, names: &[Name]) -> Result<HashMap<Name, Name>, StoreError> {
        if names.len() > FEW {
            let items = self.query_all(keys::CHATBOTS).await?;
            return items.iter().map(name_and_institution).collect();
        }
        let reads: Vec<_> = names.iter().map(|name| self.get(keys::chatbot(name))).collect();
        let found: Vec<Option<Item>> = stream::iter(reads).buffer_unordered(AT_ONCE).try_collect().await?;
        found.iter().flatten().map(name_and_institution).collect()
    }

    /// Every chatbot that holds a certificate of an RSA key at `now`, whatever its status, by name, strongly
    /// consistent. A read unit for each 4 KB of all chatbots and their certificates.
    ///
    /// # Errors
    /// When the table does not answer: never a part of them.
    pub async fn keyed_chatbots(&self, now: Timestamp) -> Result<Vec<KeyedChatbot>, StoreError> {
        let chatbots = self.all_chatbots().await?;
        let mut certificates: BTreeMap<Name, Vec<Certificate>> = BTreeMap::new();
        let all = CertificateFilter { profile: Some(Profile::Chatbot), name: None };
        for certificate in self.all_certificates(&all).await? {
            certificates.entry(certificate.name.clone()).or_default().push(certificate);
        }
        let mut keyed = Vec::with_capacity(chatbots.len());
        for chatbot in chatbots {
            let Some(own) = certificates.get(&chatbot.name) else { continue };
            let public_key = match newest_key(own, now) {
                None if was_just_revoked(own, now) => {
                    let of = CertificateFilter { profile: Some(Profile::Chatbot), name: Some(chatbot.name.clone()) };
                    newest_key(&self.all_certificates(&of).await?, now)
                }
                key => key,
            };
            keyed.extend(public_key.map(|public_key| KeyedChatbot { chatbot, public_key }));
        }
        Ok(keyed)
    }

    async fn all_certificates(&self, filter: &CertificateFilter) -> Result<Vec<Certificate>, StoreError> {
        const PAGE: i32 = 1000;
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.certificates(filter, after.as_ref(), PAGE).await?;
            all.extend(page.certificates);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

/// The RSA key of the newest of `certificates` that holds at `now`.
fn newest_key(certificates: &[Certificate], now: Timestamp) -> Option<String> {
    let holding = certificates.iter().filter(|one| one.rsa_public_key.is_some() && one.check_validity(now).is_ok());
    holding.max_by_key(|one| (one.issued_at, one.serial)).and_then(|one| one.rsa_public_key.clone())
}

fn was_just_revoked(certificates: &[Certificate], now: Timestamp) -> bool {
    certificates.iter().filter_map(|one| one.revoked_at).any(|at| now.duration_since(at) < JUST)
}

fn name_and_institution(item: &Item) -> Result<(Name, Name), StoreError> {
    let read = |attribute| item::text_of(item, attribute)?.parse().map_err(StoreError::unreadable);
    Ok((read(keys::SK)?, read("institution")?))
}
