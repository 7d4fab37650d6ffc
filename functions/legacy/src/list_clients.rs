//! `GET /integration/clients`: lists the chatbots with their public keys.

use centops_api::{Call, Dmr, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_store::Store;

use crate::{client_list::ClientList, list_size};

/// The default page size, as in the third generation's server.
const DEFAULT_PAGE_SIZE: u32 = 10;
/// The maximum of `page` and `pageSize`.
const MAX_NUMBER: u32 = 1_000_000;

/// Lists the clients.
#[derive(Debug)]
pub struct ListClients;

impl Operation for ListClients {
    const CONTRACT: contract::Operation = operations::LIST_CLIENTS;
    type Caller = Dmr;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let page = number(&call, "page", 1)?;
        let page_size = number(&call, "pageSize", DEFAULT_PAGE_SIZE)?;
        let chatbots = store.chatbots_with_keys(call.audit.now).await?;
        list_size::checked(reply::json(StatusCode::OK, &ClientList::new(chatbots, page, page_size)))
    }
}

/// Parses a query parameter from 1 to [`MAX_NUMBER`].
fn number(call: &Call<'_, ListClients>, name: &str, default: u32) -> Result<u32, Problem> {
    let rule = format!("a number from 1 to {MAX_NUMBER}");
    let number = call.query(name, &rule)?.unwrap_or(default);
    if (1..=MAX_NUMBER).contains(&number) { Ok(number) } else { Err(Problem::invalid(format!("#query/{name}"), rule)) }
}
