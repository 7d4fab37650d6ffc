//! The chatbots that a planned outage covers.

use centops_domain::{
    chatbots::{Chatbot, Name},
    notifications::Enrolment,
    outages::Covered,
};

use crate::{Store, StoreError, keys, table};

impl Store {
    /// Returns those of the `covered` chatbots that belong to `institution` now, strongly consistent. The newest may be
    /// missing for a moment if all are covered. One read unit each.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn covered_chatbots(&self, institution: &Name, covered: &Covered) -> Result<Vec<Chatbot>, StoreError> {
        let items = match covered {
            Covered::All => {
                let members = self.all_members(institution).await?;
                let chatbots: Vec<_> = members.into_iter().filter(crate::members::Member::is_chatbot).collect();
                self.read_members(&chatbots).await?
            }
            Covered::Chosen(chosen) => {
                let keys: Vec<_> = chosen.iter().map(|chatbot| keys::chatbot(&chatbot.name)).collect();
                self.table.get_many(&keys).await?
            }
        };
        let chatbots: Vec<Chatbot> = items.into_iter().map(table::from_item).collect::<Result<_, _>>()?;
        let is_covered = |chatbot: &Chatbot| covered.includes(&Enrolment::from(chatbot));
        let own = chatbots.into_iter().filter(|chatbot| chatbot.institution == *institution && is_covered(chatbot));
        Ok(own.collect())
    }
}
