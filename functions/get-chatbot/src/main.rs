//! `GET /chatbots/{name}`: one chatbot.

use centops_domain::caller::Role;
use centops_http::{Problem, Reply, caller, etag, reply, request, serve};
use centops_store::Store;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_startup::store().await?;
    serve(|request| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &[Role::Admin, Role::Operator, Role::Viewer, Role::Owner])?;
    let chatbot = store.chatbot(&request::name(request)?).await?;
    if !person.reaches(&chatbot.value.institution) {
        return Err(Problem::forbidden("The chatbot is another institution's."));
    }
    if etag::is_known(request.headers(), chatbot.version) {
        return Ok(reply::not_modified(chatbot.version));
    }
    Ok(reply::versioned(StatusCode::OK, chatbot.version, &chatbot.value))
}
