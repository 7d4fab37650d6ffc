//! `POST /codes`: queues the HTTP codes that a DMR got from chatbots.

use centops_api::{
    Call, Dmr, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, callers, reply,
};
use centops_contract::{self as contract, operations};
use centops_domain::ingestion::CodeReport;
use centops_queues::{Queue, Receipt, SendError, Sender, TimeInFuture, check_times};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct SubmitCodes {
    queue: Queue,
    store: Store,
}

impl FromSetup for SubmitCodes {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let client = aws_sdk_sqs::Client::new(setup.config());
        Ok(Self { queue: Queue::new(client, setup.variable("QUEUE")?), store: setup.store().await? })
    }
}

impl Operation for SubmitCodes {
    const CONTRACT: contract::Operation = operations::SUBMIT_CODES;
    type Caller = Dmr;
    type Body = Json<CodeReport>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let key = call.idempotency_key()?;
        let (Dmr(name), Json(report)) = (&call.caller, &call.body);
        callers::check_sender(name, report.dmr.as_ref())?;
        check_times(report.codes.iter().map(|code| code.at), call.now())
            .map_err(|error @ TimeInFuture(index)| Problem::invalid(format!("#/codes/{index}/at"), error))?;
        let sent = state.queue.send_once(&state.store, &Sender::Dmr(name.clone()), key, report, call.now()).await;
        let message_id = sent.map_err(|error| match error {
            SendError::KeyReused => Problem::key_reused(error),
            SendError::TooLarge | SendError::Unavailable(_) => Problem::unavailable(error),
        })?;
        Ok(reply::json(StatusCode::ACCEPTED, &Receipt { accepted: report.codes.len(), message_id }))
    }
}
