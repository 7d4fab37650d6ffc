//! Finds the chatbot for a message, sends it, and says the result: an answer, or why there is none.

use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use network_understanding::Language;
use serde_json::{Value, json};
use tracing::error;
use uuid::Uuid;

use crate::classifier::Classifier;
use crate::dmrs::{Attempt, Dmrs, Outcome, message};
use crate::posts::{Post, Posts};
use crate::sharing::Publisher;

/// What a chatbot says if it does not understand.
const UNKNOWN: &str = "UNKNOWN";

/// The parts of a chat.
#[derive(Debug)]
pub struct Conversation {
    /// Decides which chatbot is meant.
    pub classifier: Classifier,
    /// The DMRs.
    pub dmrs: Dmrs,
    /// The posts of this instance.
    pub posts: Arc<Posts>,
    /// Sends posts to the other instance.
    pub publisher: Publisher,
    /// One line of JSON for each try.
    pub ledger: Option<Mutex<File>>,
}

/// A sentence of the chat itself, in Estonian and English.
struct Said(&'static str, &'static str);

const WHICH: Said = Said("Millise teenuse kohta sa küsid?", "Which service do you ask about?");
const NOT_UNDERSTOOD: Said = Said(
    "Juturobot ei saanud küsimusest aru. Kas küsid mõne teise teenuse kohta või sõnastad ümber?",
    "The chatbot did not understand. Do you ask about another service, or can you put it differently?",
);
const OFFLINE: Said = Said(
    "See juturobot on praegu rivist väljas. Proovi mõne minuti pärast uuesti.",
    "This chatbot is out of service at the moment. Try again in some minutes.",
);
const FAILED: Said = Said(
    "Juturobotiga ei saanud ühendust. Sinu sõnum ei jõudnud vastuseni, palun saada see uuesti.",
    "The chatbot could not be reached. Your message got no answer, please send it again.",
);

impl Said {
    fn text(&self, language: Language) -> String {
        match language {
            Language::Et => self.0.to_owned(),
            Language::En => self.1.to_owned(),
        }
    }
}

/// For whom a message is.
enum Recipient {
    Chatbot(String, String),
    Unclear,
}

impl Conversation {
    /// Adds the visitor's message and returns it. The answer follows as another post.
    pub fn receive(self: &Arc<Self>, chat: &str, text: &str, language: Language) -> Post {
        let recipient = self.recipient(chat, text, language);
        let post = self.post(chat, "visitor", text.to_owned(), Vec::new(), None);
        let (conversation, asked) = (Arc::clone(self), post.clone());
        tokio::spawn(async move { conversation.answer(&asked, recipient, language).await });
        post
    }

    /// `/@maks` is the button of a chatbot: the former message is for it. `/intent` is a button of the chatbot that spoke
    /// last. Both are read from the posts, so that either instance can answer.
    fn recipient(&self, chat: &str, text: &str, language: Language) -> Recipient {
        let said = self.posts.from(chat, 0);
        let is_bot = |name: &str| self.classifier.names().iter().any(|one| one == name);
        if let Some(chosen) = text.strip_prefix("/@").filter(|chosen| is_bot(chosen)) {
            let asked = said.iter().rev().find(|post| post.from == "visitor" && !post.text.starts_with('/'));
            return asked.map_or(Recipient::Unclear, |post| Recipient::Chatbot(chosen.to_owned(), post.text.clone()));
        }
        if text.starts_with('/') {
            let last = said.iter().rev().find(|post| is_bot(&post.from));
            return last.map_or(Recipient::Unclear, |post| Recipient::Chatbot(post.from.clone(), text.to_owned()));
        }
        let classified = self.classifier.classify(text, language);
        classified.map_or(Recipient::Unclear, |name| Recipient::Chatbot(name, text.to_owned()))
    }

    async fn answer(&self, asked: &Post, recipient: Recipient, language: Language) {
        let Recipient::Chatbot(name, text) = recipient else {
            self.say(asked, WHICH.text(language), self.choices());
            return;
        };
        let body = message(&asked.chat, &text, &language.to_string());
        let attempts = self.dmrs.send(&name, &body).await;
        for attempt in &attempts {
            self.record(asked, &name, attempt);
        }
        match attempts.into_iter().last().map(|attempt| attempt.outcome) {
            Some(Outcome::Answered(messages)) if messages.iter().all(|message| message.text == UNKNOWN) => {
                self.say(asked, NOT_UNDERSTOOD.text(language), self.choices());
            }
            Some(Outcome::Answered(messages)) => {
                for message in messages {
                    self.post(&asked.chat, &name, message.text, message.buttons, Some(asked.id.clone()));
                }
            }
            Some(Outcome::NoRoute) => self.say(asked, OFFLINE.text(language), Vec::new()),
            Some(Outcome::Failed(_) | Outcome::Unreachable | Outcome::Lost) | None => {
                self.say(asked, FAILED.text(language), Vec::new());
            }
        }
    }

    fn choices(&self) -> Vec<Value> {
        let button = |name: &String| json!({"title": name, "payload": format!("/@{name}")});
        self.classifier.names().iter().map(button).collect()
    }

    fn say(&self, asked: &Post, text: String, buttons: Vec<Value>) {
        self.post(&asked.chat, "chat", text, buttons, Some(asked.id.clone()));
    }

    fn post(&self, chat: &str, from: &str, text: String, buttons: Vec<Value>, answers: Option<String>) -> Post {
        let id = Uuid::new_v4().simple().to_string();
        let post = Post { id, chat: chat.to_owned(), from: from.to_owned(), text, buttons, answers };
        self.posts.add(post.clone());
        self.publisher.publish(&post);
        post
    }

    fn record(&self, asked: &Post, chatbot: &str, attempt: &Attempt) {
        let Some(file) = &self.ledger else { return };
        let status = if let Outcome::Failed(status) = attempt.outcome { Some(status) } else { None };
        let line = json!({
            "at": attempt.at.to_string(), "post": asked.id, "chatbot": chatbot, "dmr": attempt.dmr,
            "outcome": attempt.outcome.word(), "status": status,
        });
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
            error!(%error, "failed to write the ledger");
        }
    }
}
