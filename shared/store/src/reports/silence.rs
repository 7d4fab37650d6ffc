//! When chatbots and DMRs were last heard.

use centops_domain::{chatbots::Chatbot, peers::PeerKind, reports::SilenceFacts};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{Store, StoreError, chatbots::ChatbotFilter};

/// The items that are read at once.
const CONCURRENCY: usize = 16;
/// The chatbots of a page.
const PAGE: i32 = 1000;

impl Store {
    /// Returns the facts of the report about silence: of all chatbots, DMRs and subscriptions. One read unit for each
    /// chatbot, DMR and institution, and one for each 4 KB of chatbots and subscriptions.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn silence_facts(&self) -> Result<SilenceFacts, StoreError> {
        let mut facts = SilenceFacts::default();
        let mut after = None;
        loop {
            let page = self.chatbots(&ChatbotFilter::default(), after.as_ref(), PAGE).await?;
            let heard = page.items.into_iter().map(|chatbot| self.last_heard(chatbot));
            let heard = stream::iter(heard).buffered(CONCURRENCY).try_collect::<Vec<_>>().await?;
            facts.chatbots.extend(heard.into_iter().flatten());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for peer in self.peers().await?.into_iter().filter(|peer| peer.kind == PeerKind::Dmr) {
            let state = self.dmr_state(&peer.name).await?;
            let last_heard = state.and_then(|state| state.value.last_heard());
            facts.dmrs.push((peer.name, peer.created_at, last_heard));
        }
        for institution in self.subscribing_institutions().await? {
            let stored = self.subscribers(institution.as_ref()).await?;
            facts.subscriptions.extend(stored.into_iter().map(|stored| stored.subscription));
        }
        Ok(facts)
    }

    /// Returns when `chatbot` was last heard; nothing if it was removed since it was listed.
    async fn last_heard(&self, chatbot: Chatbot) -> Result<Option<(Chatbot, Option<jiff::Timestamp>)>, StoreError> {
        match self.health(&chatbot.name).await {
            Ok(health) => Ok(Some((chatbot, health.value.last_heard()))),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
