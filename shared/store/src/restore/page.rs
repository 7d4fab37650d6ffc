//! One page of a copy.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use centops_domain::{
    audit::Subject,
    chatbots::{Chatbot, Name},
    credentials::CertificateId,
    health::PolicyDocument,
    institutions::Institution,
    restore::ChangesSince,
    session::PersonRecord,
};

use super::{
    chatbots::{ControlSince, LostChatbot, RestoredChatbot},
    rows::{self, Row},
};
use crate::{
    Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    chatbots::health_of,
    institutions::institution_item,
    keys,
    peers::peer_item,
    session::person_items,
    table::{self, Condition, Item, Key, Transaction, WriteError, first_version, text_of},
};

/// The most items of one page.
const PAGE: i32 = 500;

/// The copy that is restored from, and what decides about its items.
#[derive(Clone, Copy, Debug)]
pub struct Restoring<'a> {
    /// The copy.
    pub copy: &'a Store,
    /// The changes since it was made.
    pub changes: &'a ChangesSince,
    /// The policy.
    pub policies: &'a PolicyDocument,
    /// False to find what is missing and to write nothing.
    pub apply: bool,
}

/// The result of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestorePage {
    /// The number of items that the table lacked, by the first part of the partition key.
    pub restored: BTreeMap<String, u64>,
    /// The chatbots that the table lacked.
    pub chatbots: Vec<RestoredChatbot>,
    /// The subjects that the table lacks and that stay away, because they changed since.
    pub left_out: Vec<String>,
    /// The number of items of kinds that this release does not know.
    pub unknown: BTreeMap<String, u64>,
    /// The position after the page; `None` at the end of the copy.
    pub next: Option<CopyPosition>,
}

impl RestorePage {
    fn count(&mut self, kind: &str) {
        *self.restored.entry(kind.to_owned()).or_default() += 1;
    }

    /// Adds the page that follows.
    pub fn extend(&mut self, page: Self) {
        for (kind, count) in page.restored {
            *self.restored.entry(kind).or_default() += count;
        }
        for (kind, count) in page.unknown {
            *self.unknown.entry(kind).or_default() += count;
        }
        self.chatbots.extend(page.chatbots);
        self.left_out.extend(page.left_out);
        self.next = page.next;
    }
}

/// A position in a copy. `Display` and `FromStr` are its wire form: the two keys of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyPosition {
    pk: String,
    sk: String,
}

/// Error of parsing a [`CopyPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a copy")]
pub struct InvalidCopyPosition;

impl fmt::Display for CopyPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.pk, self.sk)
    }
}

impl FromStr for CopyPosition {
    type Err = InvalidCopyPosition;

    fn from_str(text: &str) -> Result<Self, InvalidCopyPosition> {
        let (pk, sk) = text.split_once('\n').ok_or(InvalidCopyPosition)?;
        Ok(Self { pk: pk.to_owned(), sk: sk.to_owned() })
    }
}

impl Store {
    /// Returns a store on the table `name`, through the same client.
    #[must_use]
    pub fn of_copy(&self, name: String) -> Self {
        Self::new(self.table.client().clone(), name)
    }

    /// Brings back what the audit trail describes and the table lacks: chatbots, certificates, DMRs, institutions, people
    /// with grants, each as it was at last. Two read units each.
    ///
    /// # Errors
    /// When a table does not answer. A repetition continues.
    pub async fn restore_changed(
        &self,
        audit: &AuditContext<'_>,
        restoring: Restoring<'_>,
    ) -> Result<RestorePage, StoreError> {
        let (mut page, changes) = (RestorePage::default(), restoring.changes);
        for name in changes.chatbots.iter().filter(|(_, last)| last.is_some()).map(|(name, _)| name) {
            self.restore_chatbot_of(audit, restoring, name, &mut page).await?;
        }
        for institution in changes.institutions.values().flatten() {
            self.restore_institution(audit, restoring, institution.clone(), &mut page).await?;
        }
        for peer in changes.peers.values().flatten() {
            let new = Versioned { value: peer.clone(), version: first_version(audit.now) };
            let transaction = self.transaction().put(peer_item(&new)?, Condition::Absent)?;
            let transaction = transaction.audit(&audit.of(peer.name.as_str()), Subject::default(), &(), peer)?;
            self.restore_one(restoring, keys::peer(&peer.name), transaction, &mut page).await?;
        }
        for certificate in changes.certificates.values() {
            let id = CertificateId::from(certificate);
            let transaction = self.transaction().certificate(certificate)?;
            let transaction = transaction.audit(&audit.of(&id.to_string()), Subject::default(), &(), certificate)?;
            self.restore_one(restoring, keys::certificate(&id), transaction, &mut page).await?;
        }
        for person in changes.people.values() {
            let new = Versioned { value: person.clone(), version: first_version(audit.now) };
            let [record, by_id] = person_items(&new)?;
            let transaction = self.transaction().put(record, Condition::Absent)?.put(by_id, Condition::None)?;
            let transaction = transaction.audit(&audit.of(&person.id.to_string()), Subject::default(), &(), person)?;
            self.restore_one(restoring, keys::person(&person.subject), transaction, &mut page).await?;
        }
        Ok(page)
    }

    /// Brings back what the table lacks of the page of the copy after `after`. Half a read unit for each 4 KB of the page,
    /// one or more for each item of a kind that is brought back, and the writes.
    ///
    /// # Errors
    /// When a table does not answer. A repetition continues.
    pub async fn restore_page(
        &self,
        audit: &AuditContext<'_>,
        restoring: Restoring<'_>,
        after: Option<&CopyPosition>,
    ) -> Result<RestorePage, StoreError> {
        let (items, next) = restoring.copy.scan(after).await?;
        let mut page = RestorePage { next, ..RestorePage::default() };
        let mut as_it_was = Vec::new();
        for item in items {
            let Some(row) = Row::of(&item)? else {
                *page.unknown.entry(rows::kind(&item)?.to_owned()).or_default() += 1;
                continue;
            };
            match row {
                Row::Nothing => {}
                Row::Chatbot(name) if restoring.changes.chatbots.contains_key(&name) => {}
                Row::Chatbot(name) => self.restore_chatbot_of(audit, restoring, &name, &mut page).await?,
                Row::Institution(id) if restoring.changes.institutions.contains_key(&id) => {}
                Row::Institution(_) => {
                    self.restore_institution(audit, restoring, table::from_item(item)?, &mut page).await?;
                }
                Row::Peer(name) if restoring.changes.peers.contains_key(&name) => {}
                Row::Certificate(id) if restoring.changes.certificates.contains_key(&id) => {}
                Row::Person if restoring.changes.people.contains_key(&person_of(&item)?.subject) => {}
                Row::Unless(other) if restoring.changes.others.contains(&other) => {
                    as_it_was.push((item, Some(other.to_string())));
                }
                Row::Peer(_) | Row::Certificate(_) | Row::Person | Row::Unless(_) | Row::AsItWas => {
                    as_it_was.push((item, None));
                }
            }
        }
        self.restore_as_it_was(audit, restoring, as_it_was, &mut page).await?;
        Ok(page)
    }

    /// Returns a page of the items of the table after `after`, eventually consistent, in no order.
    async fn scan(&self, after: Option<&CopyPosition>) -> Result<(Vec<Item>, Option<CopyPosition>), StoreError> {
        let start = after.map(|CopyPosition { pk, sk }| table::key(pk, sk));
        let output = self.table.scan().limit(PAGE).set_exclusive_start_key(start).send().await;
        let output = output.map_err(|error| StoreError::unavailable(&error))?;
        let position = |key: &Key| {
            let (pk, sk) = (text_of(key, attributes::PK)?.to_owned(), text_of(key, attributes::SK)?.to_owned());
            Ok::<_, StoreError>(CopyPosition { pk, sk })
        };
        let next = output.last_evaluated_key.as_ref().map(position).transpose()?;
        Ok((output.items.unwrap_or_default(), next))
    }

    async fn restore_chatbot_of(
        &self,
        audit: &AuditContext<'_>,
        Restoring { copy, changes, policies, apply }: Restoring<'_>,
        name: &Name,
        page: &mut RestorePage,
    ) -> Result<(), StoreError> {
        let key = [keys::chatbot(name), keys::health(name)];
        if self.table.get_many(&key).await?.len() == key.len() {
            return Ok(());
        }
        let [chatbot, health] = key;
        let chatbot = copy.table.get(chatbot).await?.map(table::from_item::<Chatbot>).transpose()?;
        let health = copy.table.get(health).await?.as_ref().map(health_of).transpose()?;
        let copied = chatbot.map(|chatbot| (chatbot, health.map(|health| health.value)));
        let changed = changes.chatbots.get(name).cloned().flatten();
        let control = ControlSince::of(changes.controls.get(name));
        let Some(lost) = LostChatbot::new(copied, changed, control) else { return Ok(()) };
        let policy = policies.for_chatbot(name);
        let restored = if apply {
            self.restore_chatbot(&audit.of(name.as_str()), &lost, policy).await?
        } else {
            Some(lost.settled(policy, audit).view())
        };
        if let Some(restored) = restored {
            page.count(keys::CHATBOTS);
            page.chatbots.push(restored);
        }
        Ok(())
    }

    async fn restore_institution(
        &self,
        audit: &AuditContext<'_>,
        restoring: Restoring<'_>,
        institution: Institution,
        page: &mut RestorePage,
    ) -> Result<(), StoreError> {
        let (id, name) = (institution.id.clone(), keys::institution_name(&institution.name));
        let new = Versioned { value: institution, version: first_version(audit.now) };
        let transaction = self
            .transaction()
            .put(institution_item(&new)?, Condition::Absent)?
            .put(name, Condition::None)?
            .audit(&audit.of(id.as_str()), Subject::default(), &(), &new.value)?;
        self.restore_one(restoring, keys::institution(&id), transaction, page).await
    }

    /// Writes `transaction`, whose first write is the item of `key`, if the table lacks it.
    async fn restore_one(
        &self,
        Restoring { apply, .. }: Restoring<'_>,
        key: Key,
        transaction: Transaction<'_>,
        page: &mut RestorePage,
    ) -> Result<(), StoreError> {
        let kind = rows::kind(&key)?.to_owned();
        if self.table.get(key).await?.is_some() {
            return Ok(());
        }
        match if apply { transaction.commit().await } else { Ok(()) } {
            Ok(()) => page.count(&kind),
            // Somebody made it anew meanwhile.
            Err(WriteError::Condition { .. }) => {}
            Err(error) => return Err(error.or(StoreError::Contended)),
        }
        Ok(())
    }

    /// Puts those of `items` that the table lacks, and names those that are left out. One record says which come back.
    async fn restore_as_it_was(
        &self,
        audit: &AuditContext<'_>,
        Restoring { apply, .. }: Restoring<'_>,
        items: Vec<(Item, Option<String>)>,
        page: &mut RestorePage,
    ) -> Result<(), StoreError> {
        let keys = items.iter().map(|(item, _)| key_of(item)).collect::<Result<Vec<_>, _>>()?;
        let present = self.table.get_many(&keys).await?;
        let present = present.iter().map(place).collect::<Result<BTreeSet<_>, _>>()?;
        let mut lost = Vec::new();
        for (item, changed) in items {
            match changed {
                _ if present.contains(&place(&item)?) => {}
                Some(subject) => page.left_out.push(subject),
                None => lost.push(item),
            }
        }
        if apply && let Some(first) = lost.first() {
            let named = lost.iter().map(place).collect::<Result<Vec<_>, _>>()?;
            let [pk, sk] = place(first)?;
            let record = self.transaction().audit(&audit.of(&format!("{pk}/{sk}")), Subject::default(), &(), &named)?;
            // A repetition of the page writes the same record, or one of the items that are still missing.
            record.commit().await.map_err(|error| error.or(StoreError::Contended))?;
        }
        for item in lost {
            let kind = rows::kind(&item)?.to_owned();
            match if apply { self.table.put(item, Condition::Absent).await } else { Ok(()) } {
                Ok(()) => page.count(&kind),
                Err(WriteError::Condition { .. }) => {}
                Err(error) => return Err(error.or(StoreError::Contended)),
            }
        }
        Ok(())
    }
}

fn person_of(item: &Item) -> Result<PersonRecord, StoreError> {
    table::from_json_item(item, attributes::DOCUMENT).map(|person| person.value)
}

/// Returns the keys of `item` as text.
fn place(item: &Item) -> Result<[String; 2], StoreError> {
    Ok([text_of(item, attributes::PK)?.to_owned(), text_of(item, attributes::SK)?.to_owned()])
}

fn key_of(item: &Item) -> Result<Key, StoreError> {
    let [pk, sk] = place(item)?;
    Ok(table::key(pk, sk))
}
