//! Runs actions: which operations each calls, and what is said of their answers.

mod changes;
mod reads;
#[cfg(test)]
mod tests;

use centops_chat::{Action, action::Kind};
use centops_domain::{chatbots::Name, notifications::Zone};
use centops_why::{Reader, texts::moment};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    invoke::{NoAnswer, OperationAnswer, OperationCall, Operations},
    people::Actor,
    texts::Texts,
};

/// The result of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status: that of the operation that decided, or 503 without an answer.
    pub status: u16,
    /// What came of it, as plain text.
    pub text: String,
    /// The actions that may follow.
    pub next: Vec<Action>,
}

impl Outcome {
    /// Returns whether the action was carried out.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn done(text: String) -> Self {
        Self { status: 200, text, next: Vec::new() }
    }
}

/// Runs actions for one actor.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a, O> {
    pub operations: &'a O,
    pub actor: &'a Actor,
    pub texts: Texts,
    pub now: Timestamp,
}

impl<O: Operations + Sync> Run<'_, O> {
    /// Runs `action`. What fails is an outcome too.
    pub async fn action(&self, action: &Action) -> Outcome {
        // The futures of the calls are large: on the heap.
        Box::pin(self.calls(action)).await.unwrap_or_else(|failed| failed)
    }

    async fn calls(&self, action: &Action) -> Result<Outcome, Outcome> {
        match action {
            Action::Status { chatbot: None } => self.network().await,
            Action::Status { chatbot: Some(chatbot) } => self.status(chatbot).await,
            Action::Why { chatbot } => self.why(chatbot).await,
            Action::Logs { chatbot } => self.logs(chatbot).await,
            Action::Owner { chatbot } => self.owner(chatbot).await,
            Action::Hold { chatbot, minutes, reason }
            | Action::Offline { chatbot, minutes, reason }
            | Action::Online { chatbot, minutes, reason } => {
                self.control(action.kind(), chatbot, minutes.map(u32::from), reason).await
            }
            Action::Release { chatbot } => self.release(chatbot).await,
            Action::Acknowledge { incident, hours } => self.acknowledge(incident, hours.map(u8::from)).await,
            Action::Resolve { incident } => self.resolve(incident).await,
            Action::Outage { chatbot, day, from, to, reason } => self.outage(chatbot, *day, *from, *to, reason).await,
        }
    }

    /// Returns what `action` would do, for a question.
    pub fn intent(&self, action: &Action) -> String {
        let reason = match action {
            Action::Hold { reason, .. }
            | Action::Offline { reason, .. }
            | Action::Online { reason, .. }
            | Action::Outage { reason, .. } => Some(reason.as_str()),
            _ => None,
        };
        let subject = action.chatbot().map(Name::as_str).unwrap_or_default();
        self.by(&self.texts.done(action.kind(), subject, None, reason))
    }

    /// Calls an operation. An answer that is no success is the outcome.
    async fn call(&self, call: OperationCall) -> Result<Value, Outcome> {
        let answer = self.operations.call(self.actor, call).await;
        answer.map_err(|error| self.no_answer(&error)).and_then(|answer| self.success(answer))
    }

    fn success(&self, answer: OperationAnswer) -> Result<Value, Outcome> {
        let OperationAnswer { status, body } = answer;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let text = self.texts.refused(status, body["detail"].as_str());
        Err(Outcome { status, text, next: Vec::new() })
    }

    fn no_answer(&self, error: &NoAnswer) -> Outcome {
        tracing::error!(%error, "operation did not answer");
        Outcome { status: 503, text: self.texts.no_answer(), next: Vec::new() }
    }

    /// Returns the outcome of a change: with the name of the person, because everybody in the channel sees it.
    fn changed(&self, kind: Kind, subject: &str, until: Option<Timestamp>, reason: Option<&str>) -> Outcome {
        let until = until.map(|until| self.at(until));
        Outcome::done(self.by(&self.texts.done(kind, subject, until.as_deref(), reason)))
    }

    fn by(&self, text: &str) -> String {
        self.actor.name.as_ref().map_or_else(|| text.to_owned(), |name| format!("{name} – {text}"))
    }

    fn reader(&self) -> Reader {
        Reader { now: self.now, zone: Zone::default().time_zone(), language: self.texts.0 }
    }

    /// Returns a time as people read it.
    pub fn at(&self, time: Timestamp) -> String {
        moment(time, self.now, &Zone::default().time_zone(), self.texts.0)
    }

    /// Returns a time of an answer as people read it; the text itself where it is none.
    fn at_text(&self, value: &Value) -> String {
        let text = value.as_str().unwrap_or_default();
        text.parse().map_or_else(|_| text.to_owned(), |time| self.at(time))
    }
}
