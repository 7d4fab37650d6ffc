//! `POST /codes`: takes the HTTP codes that a DMR got, and queues them.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::report::CodeReport;
use centops_queues::{InTheFuture, Queue, Receipt, Sender, check_times};
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    centops_api::startup::logs();
    let config = centops_api::startup::config()?;
    let audit = &centops_api::startup::audit(&config)?;
    let client = aws_sdk_sqs::Client::new(&config);
    let queue = &Queue::new(client, centops_api::startup::variable("QUEUE")?);
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { submit(queue, &request).await }).await
}

async fn submit(queue: &Queue, request: &Request) -> Reply {
    let name = caller::dmr(request)?;
    let key = request::idempotency_key(request)?;
    let report: CodeReport = request::body(request)?;
    caller::named(&name, report.dmr.as_ref())?;
    check_times(report.codes.iter().map(|code| code.at), Timestamp::now())
        .map_err(|error @ InTheFuture(place)| Problem::invalid(format!("#/codes/{place}/at"), error))?;
    let message_id = queue.send(&Sender::Dmr(name), key, &report).await.map_err(Problem::unavailable)?;
    Ok(reply::json(StatusCode::ACCEPTED, &Receipt { accepted: report.codes.len(), message_id }))
}
