//! From the queue of logs: folds a chatbot's own log into its health, and keeps its entries.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::SqsEvent;
use centops_domain::{
    observation::Observer,
    report::{MaskedEntry, MaskedReport},
};
use centops_queues::{Reports, Sender, ingest};
use centops_store::policies::Policies;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("logs come from chatbots")]
    NotAChatbot,
    #[error("not a report of logs: {0}")]
    NotAReport(#[from] serde_json::Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_api::startup::store().await?;
    let policies = &Policies::default();
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(ingest(store, policies, event.payload, read).await)
    }))
    .await
}

fn read(sender: &Sender, body: &str) -> Result<Reports, Unreadable> {
    let Sender::Chatbot(name) = sender else { return Err(Unreadable::NotAChatbot) };
    let report: MaskedReport = serde_json::from_str(body)?;
    let seen = report.logs.iter().map(MaskedEntry::observation).collect();
    Ok(Reports { observer: Observer::Chatbot, seen: BTreeMap::from([(name.clone(), seen)]), entries: report.logs })
}
