//! `POST /chatbots/{name}/probe`: makes a chatbot due for a probe at once. The prober probes it in its next run.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{Store, health::ProbeRequestError};

/// The operation.
#[derive(Debug)]
pub struct ProbeChatbot;

impl Operation for ProbeChatbot {
    const CONTRACT: contract::Operation = operations::PROBE_CHATBOT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let name = call.name()?;
        let policies = store.policy().await?.value;
        match store.request_probe(&call.audit, &name, &policies).await {
            Ok(probe) => Ok(reply::json(StatusCode::ACCEPTED, &probe)),
            Err(ProbeRequestError::Refused(refusal)) => Err(Problem::refused(refusal)),
            Err(ProbeRequestError::Store(error)) => Err(error.into()),
        }
    }
}
