//! `POST /logs`: takes a chatbot's own log entries, and queues their times and levels. Their text may
//! hold personal data and goes no further.

use centops_domain::report::{LogMark, LogMarks, LogReport};
use centops_http::{Problem, Reply, caller, reply, request, serve};
use centops_ingestion::{InTheFuture, Queue, Receipt, Sender, check_times};
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    centops_startup::logs();
    let client = aws_sdk_sqs::Client::new(&centops_startup::config()?);
    let queue = &Queue::new(client, centops_startup::variable("QUEUE")?);
    serve(|request| async move { submit(queue, &request).await }).await
}

async fn submit(queue: &Queue, request: &Request) -> Reply {
    let sender = Sender::Chatbot(caller::chatbot(request)?);
    let key = request::idempotency_key(request)?;
    let report: LogReport = request::body(request)?;
    check_times(report.logs.iter().map(|entry| entry.at), Timestamp::now())
        .map_err(|error @ InTheFuture(place)| Problem::invalid(format!("#/logs/{place}/at"), error))?;
    let marks = LogMarks { logs: report.logs.iter().map(LogMark::from).collect() };
    let message_id = queue.send(&sender, key, &marks).await.map_err(Problem::unavailable)?;
    Ok(reply::json(StatusCode::ACCEPTED, &Receipt { accepted: marks.logs.len(), message_id }))
}
