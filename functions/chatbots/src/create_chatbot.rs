//! `POST /chatbots`: enrols a chatbot. Its status is Unknown and a probe is due at once.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{AllowedNetworks, Chatbot, NewChatbot},
};
use centops_egress::filter;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct CreateChatbot;

impl Operation for CreateChatbot {
    const CONTRACT: contract::Operation = operations::CREATE_CHATBOT;
    type Caller = Person;
    type Body = Json<NewChatbot>;
    type State = (Store, AllowedNetworks);

    async fn call((store, networks): &Self::State, call: Call<'_, Self>) -> Reply {
        let Json(new) = call.body;
        filter::check(&new.uri, networks).await.map_err(|error| Problem::invalid("#/uri", error))?;
        let created = store.create_chatbot(&call.audit, Chatbot::enrol(new, call.audit.now)).await?;
        let location = format!("/chatbots/{}", created.value.name);
        reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
    }
}
