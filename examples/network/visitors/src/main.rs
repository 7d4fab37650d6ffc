//! An open-loop generator of visitors.
//!
//! Arrivals are planned before the run, from a seed; a visitor comes at the planned time whether or not earlier ones have been
//! answered, and latency counts from the planned time. So a stall of the network shows as latency, not as fewer visitors.
//! Each visitor sends one held-out sentence to one instance of the chat and follows the events of another instance.

mod events;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use jiff::Timestamp;
use network_understanding::Language;
use network_understanding::training::{Training, TrainingError};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use crate::events::{FollowError, Follower};

/// Longer than the chat waits for a DMR, twice, with what a loaded machine adds.
const PATIENCE: Duration = Duration::from_secs(25);

/// Sends visitors to the chat, and writes what became of each.
#[derive(Debug, Parser)]
#[command(name = "network-visitors", version)]
struct Options {
    /// The base URLs of the instances of the chat.
    #[arg(long, required = true)]
    chat: Vec<String>,
    /// The folder of the folders of chatbots: visitors say the held-out sentences.
    #[arg(long)]
    bots: PathBuf,
    /// Visitors a second, on average.
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// The duration of the plan, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// The seed of the plan.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file of results: one line of JSON a visitor.
    #[arg(long)]
    results: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("{path}: {1}", path = .0.display())]
    File(PathBuf, std::io::Error),
    #[error("{path}: {1}", path = .0.display())]
    Training(PathBuf, TrainingError),
    #[error("the folder has no sentences")]
    NoSentences,
    #[error("the rate must be a positive number")]
    Rate,
    #[error("cannot make requests: {0}")]
    Client(#[from] reqwest::Error),
}

/// One visitor of the plan.
#[derive(Clone, Debug)]
struct Visit {
    after: Duration,
    chatbot: String,
    language: Language,
    text: String,
    /// The instances that take the message and send the events.
    instances: (usize, usize),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("network-visitors: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), RunError> {
    let visits = plan(&options)?;
    let file = File::create(&options.results).map_err(|error| RunError::File(options.results.clone(), error))?;
    let (sender, mut results) = mpsc::unbounded_channel::<Value>();
    let http = Client::builder().no_proxy().build()?;
    let (began, chats) = (Instant::now(), Arc::new(options.chat));
    tokio::spawn(async move {
        for visit in visits {
            sleep_until(began + visit.after).await;
            let (sender, http, chats) = (sender.clone(), http.clone(), Arc::clone(&chats));
            tokio::spawn(async move { sender.send(attend(visit, began, &http, &chats).await) });
        }
    });
    let mut out = BufWriter::new(file);
    while let Some(result) = results.recv().await {
        writeln!(out, "{result}").map_err(|error| RunError::File(options.results.clone(), error))?;
    }
    out.flush().map_err(|error| RunError::File(options.results.clone(), error))
}

/// Plans arrivals: the time between two is exponentially distributed.
fn plan(options: &Options) -> Result<Vec<Visit>, RunError> {
    if !(options.rate.is_finite() && options.rate > 0.0) {
        return Err(RunError::Rate);
    }
    let sentences = sentences(&options.bots)?;
    let mut random = fastrand::Rng::with_seed(options.seed);
    let (mut visits, mut at, instances) = (Vec::new(), 0.0, options.chat.len());
    loop {
        at -= (1.0 - random.f64()).ln() / options.rate;
        if at >= f64::from(options.seconds) {
            return Ok(visits);
        }
        let (chatbot, language, text) = random.choice(&sentences).cloned().ok_or(RunError::NoSentences)?;
        let first = random.usize(..instances);
        visits.push(Visit {
            after: Duration::from_secs_f64(at),
            chatbot,
            language,
            text,
            instances: (first, (first + 1) % instances),
        });
    }
}

/// Returns all held-out sentences but greetings, with their chatbot and language.
fn sentences(folder: &std::path::Path) -> Result<Vec<(String, Language, String)>, RunError> {
    let failed = |error| RunError::File(folder.to_owned(), error);
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder).map_err(failed)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    names.sort();
    let mut found = Vec::new();
    for path in names.into_iter().filter(|path| path.is_dir()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for language in Language::ALL {
            let file = path.join(format!("held-out.{language}.yml"));
            let text = std::fs::read_to_string(&file).map_err(|error| RunError::File(file.clone(), error))?;
            let training = Training::parse(&text).map_err(|error| RunError::Training(file, error))?;
            let kept = training.sentences.into_iter().filter(|sentence| sentence.intent != "greet");
            found.extend(kept.map(|sentence| (name.clone(), language, sentence.text)));
        }
    }
    Ok(found)
}

/// Sends the message and waits for the post that answers it.
async fn attend(visit: Visit, began: Instant, http: &Client, chats: &[String]) -> Value {
    let (chat, planned) = (format!("v-{}", Uuid::new_v4().simple()), began + visit.after);
    let started = Timestamp::now();
    let result = timeout(PATIENCE, converse(&visit, &chat, http, chats)).await;
    let (outcome, from) = match result {
        Ok(Ok(from)) if from == "chat" => ("told", from),
        Ok(Ok(from)) => ("answered", from),
        Ok(Err(error)) => ("error", error.to_string()),
        Err(_) => ("nothing", String::new()),
    };
    let milliseconds = u64::try_from(planned.elapsed().as_millis()).unwrap_or(u64::MAX);
    json!({
        "at": started.to_string(), "chatbot": visit.chatbot, "language": visit.language.to_string(), "outcome": outcome,
        "from": from, "milliseconds": milliseconds,
    })
}

async fn converse(visit: &Visit, chat: &str, http: &Client, chats: &[String]) -> Result<String, FollowError> {
    let url = |instance: usize, path: &str| format!("{}/chats/{chat}/{path}", chats[instance]);
    let mut follower = Follower::start(http, &url(visit.instances.1, "events")).await?;
    let body = json!({"text": visit.text, "language": visit.language.to_string()});
    let response = http.post(url(visit.instances.0, "messages")).json(&body).send().await?.error_for_status()?;
    let receipt: Value = response.json().await?;
    follower.answer_to(receipt["id"].as_str().unwrap_or_default()).await
}
