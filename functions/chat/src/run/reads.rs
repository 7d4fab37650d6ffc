//! Actions that change nothing.

use centops_chat::{Action, action::Incident};
use centops_contract::operations::{GET_CHATBOT, GET_CHATBOT_HEALTH, GET_HEALTH, LIST_INCIDENTS, LIST_LOGS};
use centops_domain::chatbots::Name;
use centops_why::health::{Health, Status};
use serde_json::Value;

use super::{Outcome, Run};
use crate::invoke::{OperationCall, Operations};

/// The most incidents of an answer.
const MAX_INCIDENTS: usize = 15;
/// The most log entries of an answer.
const MAX_ENTRIES: u8 = 15;
/// The most characters of one log entry.
const MAX_MESSAGE: usize = 300;

impl<O: Operations + Sync> Run<'_, O> {
    /// Says how many chatbots have which status, and lists active incidents. Owners get their incidents only.
    pub(super) async fn network(&self) -> Result<Outcome, Outcome> {
        let incidents = OperationCall::new(&LIST_INCIDENTS).query("active", &true).query("limit", &100);
        let (health, incidents) = futures::join!(self.call(OperationCall::new(&GET_HEALTH)), self.call(incidents));
        let counts = match health {
            Ok(health) => Some(self.texts.counts(counts(&health))),
            Err(refused) if refused.status == 403 && incidents.is_ok() => None,
            Err(failed) => return Err(failed),
        };
        let incidents = incidents?;
        let lines = incidents["incidents"].as_array().into_iter().flatten().take(MAX_INCIDENTS);
        let lines = lines.map(|incident| self.incident_line(incident));
        let text: Vec<_> = counts.into_iter().chain(lines).collect();
        Ok(Outcome::done(if text.is_empty() { self.texts.no_incident() } else { text.join("\n") }))
    }

    fn incident_line(&self, incident: &Value) -> String {
        let subject = incident["chatbot"].as_str().or(incident["id"].as_str()).unwrap_or_default();
        let state = incident["state"].as_str().unwrap_or_default();
        self.texts.incident(subject, state, &self.at_text(&incident["began"]), None)
    }

    pub(super) async fn status(&self, chatbot: &Name) -> Result<Outcome, Outcome> {
        self.sentences(chatbot, 1).await
    }

    pub(super) async fn why(&self, chatbot: &Name) -> Result<Outcome, Outcome> {
        self.sentences(chatbot, usize::MAX).await
    }

    /// Says why a chatbot has its status, in at most so many sentences, and offers what follows.
    async fn sentences(&self, chatbot: &Name, most: usize) -> Result<Outcome, Outcome> {
        let body = self.call(OperationCall::new(&GET_CHATBOT_HEALTH).path("name", chatbot)).await?;
        let health: Health = serde_json::from_value(body).map_err(|error| {
            tracing::error!(%error, "health not readable");
            Outcome { status: 500, text: self.texts.refused(500, None), next: Vec::new() }
        })?;
        let sentences: Vec<_> = centops_why::why(&health, &self.reader()).into_iter().take(most).collect();
        let mut next = Vec::new();
        if health.status == Status::Offline {
            if most == 1 {
                next.push(Action::Why { chatbot: chatbot.clone() });
            }
            next.push(Action::Logs { chatbot: chatbot.clone() });
            next.push(Action::Acknowledge { incident: Incident::Of(chatbot.clone()), hours: None });
        }
        Ok(Outcome { next, ..Outcome::done(format!("{chatbot}: {}", sentences.join("\n"))) })
    }

    /// Shows the latest log entries. Personal data in them was masked before they were stored.
    pub(super) async fn logs(&self, chatbot: &Name) -> Result<Outcome, Outcome> {
        let call = OperationCall::new(&LIST_LOGS).path("name", chatbot).query("limit", &MAX_ENTRIES);
        let body = self.call(call).await?;
        let line = |entry: &Value| {
            let (level, message) = (entry["level"].as_str().unwrap_or_default(), entry["message"].as_str());
            let message: String = message.unwrap_or_default().chars().take(MAX_MESSAGE).collect();
            format!("{} {level} {}", self.at_text(&entry["at"]), message.replace('\n', " "))
        };
        let lines: Vec<_> = body["entries"].as_array().into_iter().flatten().map(line).collect();
        Ok(Outcome::done(if lines.is_empty() { self.texts.no_logs() } else { lines.join("\n") }))
    }

    /// Says whose a chatbot is, and who works on its incident.
    pub(super) async fn owner(&self, chatbot: &Name) -> Result<Outcome, Outcome> {
        let body = self.call(OperationCall::new(&GET_CHATBOT).path("name", chatbot)).await?;
        let field = |name: &str| body[name].as_str().unwrap_or_default();
        let owner = self.texts.owner(chatbot.as_str(), field("institution"), field("contact"));
        let incident = self.active_incident(chatbot, field("institution")).await?;
        let incident = incident.map(|incident| self.incident_line(&incident));
        Ok(Outcome::done([Some(owner), incident].into_iter().flatten().collect::<Vec<_>>().join("\n")))
    }

    /// Returns the active incident of `chatbot`, of the institution that owns it.
    pub(super) async fn active_incident(&self, chatbot: &Name, institution: &str) -> Result<Option<Value>, Outcome> {
        let call = OperationCall::new(&LIST_INCIDENTS).query("active", &true).query("limit", &100);
        let body = self.call(call.query("institution", institution)).await?;
        let found = body["incidents"].as_array().into_iter().flatten();
        Ok(found.into_iter().find(|incident| incident["chatbot"] == chatbot.as_str()).cloned())
    }
}

/// Returns the numbers of chatbots that are online, taken out, forced offline and unknown.
fn counts(health: &Value) -> [u64; 4] {
    let types = || health["types"].as_object().into_iter().flat_map(serde_json::Map::values);
    ["online", "ejected", "offline", "unknown"]
        .map(|state| types().map(|counts| counts[state].as_u64().unwrap_or_default()).sum())
}
