//! `GET /integration/clients`: lists the chatbots with their public keys.

use centops_api::{Problem, Reply, caller, reply, request};
use centops_store::{Store, audit::Act};
use lambda_http::{Request, http::StatusCode};

use crate::{client_list::ClientList, list_size};

/// The default page size, as in the third generation's server.
const DEFAULT_PAGE_SIZE: u32 = 10;
/// The maximum of `page` and `pageSize`.
const MAX_NUMBER: u32 = 1_000_000;

/// Lists the clients.
///
/// # Errors
/// 400 that names the parameter; 403; errors of the store.
pub async fn list(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::dmr(request)?;
    let page = number(request, "page", 1)?;
    let page_size = number(request, "pageSize", DEFAULT_PAGE_SIZE)?;
    let chatbots = store.keyed_chatbots(act.now).await?;
    list_size::checked(reply::json(StatusCode::OK, &ClientList::new(chatbots, page, page_size)))
}

/// Parses a query parameter from 1 to [`MAX_NUMBER`].
fn number(request: &Request, name: &str, default: u32) -> Result<u32, Problem> {
    let rule = format!("a number from 1 to {MAX_NUMBER}");
    let number = request::query(request, name, &rule)?.unwrap_or(default);
    if (1..=MAX_NUMBER).contains(&number) { Ok(number) } else { Err(Problem::invalid(format!("#query/{name}"), rule)) }
}
