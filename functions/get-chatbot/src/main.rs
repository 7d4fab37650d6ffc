//! `GET /chatbots/{name}`: one chatbot.

use centops_api::{Reply, caller, etag, reply, serve};
use centops_participants::admin;
use centops_store::Store;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    if admin::asked(request) {
        return admin::get(store, request).await;
    }
    let (_, chatbot) = caller::readable_chatbot(store, request).await?;
    if etag::is_known(request.headers(), chatbot.version) {
        return Ok(reply::not_modified(chatbot.version));
    }
    Ok(reply::versioned(StatusCode::OK, chatbot.version, &chatbot.value))
}
