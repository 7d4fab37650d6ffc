//! `POST /logs`: takes a chatbot's own log entries, masks the personal data in them, and queues them.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::report::LogReport;
use centops_queues::{InTheFuture, Queue, Receipt, SendError, Sender, check_times};
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
    let name = caller::chatbot(request)?;
    let key = request::idempotency_key(request)?;
    let report: LogReport = request::body(request)?;
    caller::named(&name, report.chatbot.as_ref())?;
    check_times(report.logs.iter().map(|entry| entry.at), Timestamp::now())
        .map_err(|error @ InTheFuture(place)| Problem::invalid(format!("#/logs/{place}/at"), error))?;
    let masked = report.masked(centops_masking::mask);
    let message_id = queue.send(&Sender::Chatbot(name), key, &masked).await.map_err(|error| match error {
        SendError::TooLarge => Problem::too_large("The entries are too large once they are masked: send fewer."),
        SendError::Unavailable(_) => Problem::unavailable(error),
    })?;
    Ok(reply::json(StatusCode::ACCEPTED, &Receipt { accepted: masked.logs.len(), message_id }))
}
