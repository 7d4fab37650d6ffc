//! From the queue of codes: folds each DMR's report into the health of the chatbots that it is about.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::SqsEvent;
use centops_domain::{observation::Observer, report::CodeReport};
use centops_queues::{Reports, Sender, ingest};
use centops_store::policies::Policies;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("codes come from DMRs")]
    NotADmr,
    #[error("not a report of codes: {0}")]
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
    let Sender::Dmr(name) = sender else { return Err(Unreadable::NotADmr) };
    let report: CodeReport = serde_json::from_str(body)?;
    let mut seen: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for code in report.codes.iter() {
        seen.entry(code.chatbot.clone()).or_default().push(code.observation());
    }
    Ok(Reports { observer: Observer::Dmr(name.clone()), seen, entries: Vec::new() })
}
