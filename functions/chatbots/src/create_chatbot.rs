//! `POST /chatbots`: enrols a chatbot. Its status is Unknown and a probe is due at once.

use centops_api::{Call, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{AllowedNetworks, Chatbot, NewChatbot},
};
use centops_egress::filter;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct CreateChatbot {
    store: Store,
    networks: AllowedNetworks,
}

impl Operation for CreateChatbot {
    const CONTRACT: contract::Operation = operations::CREATE_CHATBOT;
    type Caller = Person;
    type Body = Json<NewChatbot>;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, networks: setup.allowed_networks()? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        let Json(new) = call.body;
        filter::check(&new.uri, &self.networks).await.map_err(|error| Problem::invalid("#/uri", error))?;
        let created = self.store.create_chatbot(&call.audit, Chatbot::enrol(new, call.audit.now)).await?;
        let location = format!("/chatbots/{}", created.value.name);
        reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
    }
}
