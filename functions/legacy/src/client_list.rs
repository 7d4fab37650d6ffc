//! Clients: the third generation's term for chatbots, with their public keys.

use centops_domain::chatbots::{Chatbot, Name};
use centops_store::legacy::ChatbotWithKey;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// The namespace of client ids: the version 5 UUID of `clients.centops` in the DNS namespace.
const NAMESPACE: Uuid = Uuid::from_u128(0xdab9_9f8f_cece_5347_9cc5_2616_8639_2b09);

/// The body of the response.
#[derive(Clone, Debug, Serialize)]
pub struct ClientList {
    /// The page.
    pub response: ClientPage,
}

/// A page. The first page contains all clients, because no client reads another page, and a client that is missing loses
/// its queue.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientPage {
    /// All clients on page 1, none on the others.
    pub items: Vec<Client>,
    /// The page number, from 1.
    pub page: u32,
    /// The requested page size.
    pub page_size: u32,
    /// Always 1.
    pub total_pages: u32,
}

/// A client. Every field is a non-empty string: parsers drop a client, or the whole list, because of one `null`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// The id, which changes when the name is enrolled again.
    pub client_id: Uuid,
    /// The chatbot's name.
    pub name: Name,
    /// The public key as SPKI in PEM. Older clients call this a certificate.
    pub authentication_certificate: String,
    /// The time of enrolment.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

impl ClientList {
    /// Returns page `page` of `chatbots`.
    #[must_use]
    pub fn new(chatbots: Vec<ChatbotWithKey>, page: u32, page_size: u32) -> Self {
        let items = if page == 1 { chatbots.into_iter().map(Client::from).collect() } else { Vec::new() };
        Self { response: ClientPage { items, page, page_size, total_pages: 1 } }
    }
}

impl From<ChatbotWithKey> for Client {
    fn from(ChatbotWithKey { chatbot, public_key }: ChatbotWithKey) -> Self {
        Self {
            client_id: client_id(&chatbot),
            authentication_certificate: public_key,
            created_at: chatbot.created_at,
            updated_at: chatbot.updated_at,
            name: chatbot.name,
        }
    }
}

/// Derives the id from the name and the time of enrolment, so that it need not be stored.
fn client_id(chatbot: &Chatbot) -> Uuid {
    let text = format!("{}#{}", chatbot.name, chatbot.created_at.as_millisecond());
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}
