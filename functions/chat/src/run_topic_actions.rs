//! Runs the actions of messages of the topic `ActionTopic`.
//!
//! Whoever may publish to the topic is decided by IAM. All messages act in the name of one person, within the actions and
//! chatbots that are listed for the topic. A message whose action is refused is logged and not run again; one whose
//! operation does not answer is.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_chat::Action;
use centops_store::{Store, chat::Take};
use centops_why::texts::Language;
use jiff::SignedDuration;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

use crate::{invoke::StackFunctions, people, receive_chat_request::hash, run::Run, settings::ChatSecret, texts::Texts};

/// The time for which a message is not run a second time while it runs. Lambda repeats a failed run after a minute.
const RUNNING: SignedDuration = SignedDuration::from_secs(30);
/// The time for which a message that was run is not run again. SNS repeats for some 23 days at most, in practice for hours.
const FINISHED: SignedDuration = SignedDuration::from_hours(72);

/// The function.
#[derive(Debug)]
pub struct RunTopicActions {
    store: Store,
    secret: ChatSecret,
    operations: StackFunctions,
}

/// The event, as SNS sends it.
#[derive(Debug, Deserialize)]
pub struct Delivery {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "Sns")]
    sns: Notification,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    message_id: String,
    message: String,
}

/// What came of the messages, for whoever invokes the function by hand.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// The number of actions that were carried out.
    done: usize,
    /// The number of messages that were refused.
    refused: usize,
}

impl Consumer for RunTopicActions {
    type Event = Delivery;
    type Answer = Ran;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self {
            store: setup.store().await?,
            secret: ChatSecret::from_setup(setup)?,
            operations: StackFunctions::from_setup(setup)?,
        })
    }

    async fn handle(&self, delivery: Delivery, _invocation: &Invocation) -> Result<Ran, Error> {
        let mut ran = Ran::default();
        for record in delivery.records {
            let id = record.sns.message_id.clone();
            match self.run(&record.sns).await? {
                Ok(text) => {
                    tracing::info!(message = id, "action of a message run: {text}");
                    ran.done += 1;
                }
                Err(reason) => {
                    tracing::warn!(message = id, "action of a message refused: {reason}");
                    ran.refused += 1;
                }
            }
        }
        Ok(ran)
    }
}

impl RunTopicActions {
    /// Runs one message. Returns what was done, or why it was refused.
    async fn run(&self, message: &Notification) -> Result<Result<String, String>, Error> {
        let now = clock::now();
        let settings = self.secret.value(now).await.map_err(|problem| Error::from(problem.to_string()))?;
        let Some(permit) = settings.topic() else { return Ok(Err("the topic is not set up".to_owned())) };
        let action: Action = match serde_json::from_str(&message.message) {
            Ok(action) => action,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if !permit.permits(&action) {
            return Ok(Err("the topic may not do this".to_owned()));
        }
        let id = hash(&[b"topic", message.message_id.as_bytes()]);
        match self.store.take_request(&id, RUNNING, now).await? {
            Take::First => {}
            Take::Running => return Err(Error::from("the message is being run")),
            Take::Finished => return Ok(Ok("it was run before".to_owned())),
        }
        let actor = people::actor(&self.store, &permit.person, "topic".to_owned(), now).await?;
        let run = Run { operations: &self.operations, actor: &actor, texts: Texts(Language::En), now };
        let outcome = run.action(&action).await;
        if outcome.is_done() {
            self.store.finish_request(&id, FINISHED, now).await?;
            return Ok(Ok(outcome.text));
        }
        if outcome.status >= 500 { Err(Error::from(outcome.text)) } else { Ok(Err(outcome.text)) }
    }
}
