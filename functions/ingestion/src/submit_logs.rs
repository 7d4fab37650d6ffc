//! `POST /logs`: masks personal data in the log entries of a chatbot and queues them with counts of further entries.

use centops_api::{
    Call, Chatbot, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, callers, reply,
};
use centops_contract::{self as contract, operations};
use centops_domain::ingestion::LogReport;
use centops_queues::{Queue, Receipt, SendError, Sender, TimeInFuture, check_times};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct SubmitLogs {
    queue: Queue,
    store: Store,
}

impl FromSetup for SubmitLogs {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let client = aws_sdk_sqs::Client::new(setup.config());
        Ok(Self { queue: Queue::new(client, setup.variable("QUEUE")?), store: setup.store().await? })
    }
}

impl Operation for SubmitLogs {
    const CONTRACT: contract::Operation = operations::SUBMIT_LOGS;
    type Caller = Chatbot;
    type Body = Json<LogReport>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let (key, now) = (call.idempotency_key()?.to_owned(), call.now());
        let (Chatbot(name), Json(report)) = (call.caller, call.body);
        callers::check_sender(&name, report.chatbot.as_ref())?;
        check_times(report.logs.iter().map(|entry| entry.at), now)
            .map_err(|error @ TimeInFuture(index)| Problem::invalid(format!("#/logs/{index}/at"), error))?;
        check_times(report.counts.iter().map(|count| count.at), now)
            .map_err(|error @ TimeInFuture(index)| Problem::invalid(format!("#/counts/{index}/at"), error))?;
        let masked = report.masked(centops_masking::mask);
        let sent = state.queue.send_once(&state.store, &Sender::Chatbot(name), &key, &masked, now).await;
        let message_id = sent.map_err(|error| match error {
            SendError::TooLarge => Problem::too_large("The entries are too large once they are masked: send fewer."),
            SendError::KeyReused => Problem::key_reused(error),
            SendError::Unavailable(_) => Problem::unavailable(error),
        })?;
        Ok(reply::json(StatusCode::ACCEPTED, &Receipt { accepted: masked.total(), message_id }))
    }
}
