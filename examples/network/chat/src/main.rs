//! The command line of the chat.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use aws_config::BehaviorVersion;
use clap::Parser;
use network_chat::classifier::Classifier;
use network_chat::conversation::Conversation;
use network_chat::dmrs::{Dmr, Dmrs, Kind};
use network_chat::posts::Posts;
use network_chat::server::router;
use network_chat::sharing::{Publisher, receive};
use tokio::net::TcpListener;

/// The chat of the sample network.
#[derive(Debug, Parser)]
#[command(name = "network-chat", version)]
struct Options {
    /// The address to listen on.
    #[arg(long)]
    listen: SocketAddr,
    /// The folder of the folders of chatbots.
    #[arg(long)]
    bots: PathBuf,
    /// A DMR that is nginx: name=URL.
    #[arg(long, value_parser = dmr(Kind::Nginx))]
    nginx: Vec<Dmr>,
    /// A DMR that is `centops-dmr`: name=URL.
    #[arg(long, value_parser = dmr(Kind::Sample))]
    sample: Vec<Dmr>,
    /// The SNS topic (ARN) and the SQS queue (URL) by which instances share posts.
    #[arg(long, requires = "queue")]
    topic: Option<String>,
    /// See `topic`.
    #[arg(long, requires = "topic")]
    queue: Option<String>,
    /// The file to which it appends what became of each message.
    #[arg(long)]
    ledger: Option<PathBuf>,
}

fn dmr(kind: Kind) -> impl Fn(&str) -> Result<Dmr, String> + Clone + Send + Sync + 'static {
    move |text| {
        let (name, url) = text.split_once('=').ok_or("must be name=URL")?;
        Ok(Dmr { name: name.to_owned(), kind, url: url.trim_end_matches('/').to_owned() })
    }
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Training(#[from] network_understanding::LoadError),
    #[error("cannot make requests: {0}")]
    Client(#[from] reqwest::Error),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("name a DMR: --nginx name=URL or --sample name=URL")]
    NoDmr,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("network-chat: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), RunError> {
    let dmrs: Vec<Dmr> = options.nginx.into_iter().chain(options.sample).collect();
    if dmrs.is_empty() {
        return Err(RunError::NoDmr);
    }
    let posts = Arc::new(Posts::default());
    let publisher = match (options.topic, options.queue) {
        (Some(topic), Some(queue)) => {
            let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
            tokio::spawn(receive(aws_sdk_sqs::Client::new(&config), queue, Arc::clone(&posts)));
            Publisher::start(aws_sdk_sns::Client::new(&config), topic)
        }
        _ => Publisher::alone(),
    };
    let open = |path: PathBuf| File::options().create(true).append(true).open(path).map(Mutex::new);
    let conversation = Conversation {
        classifier: Classifier::load(&options.bots)?,
        dmrs: Dmrs::new(dmrs)?,
        posts,
        publisher,
        ledger: options.ledger.map(open).transpose()?,
    };
    let listener = TcpListener::bind(options.listen).await?;
    tracing::info!(address = %options.listen, "chat started");
    Ok(axum::serve(listener, router(Arc::new(conversation))).await?)
}
