//! Clients: the third generation's name for chatbots, with the public keys that speak for them.

use centops_domain::{chatbot::Chatbot, name::Name};
use centops_store::participants::KeyedChatbot;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// What client ids are made in: the UUID of version 5 of `clients.centops` in the namespace of DNS.
const NAMESPACE: Uuid = Uuid::from_u128(0xdab9_9f8f_cece_5347_9cc5_2616_8639_2b09);
/// How many a page has where nobody says: what the third generation's server has.
pub const USUAL_PAGE: u32 = 10;

/// The list as it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct ClientList {
    /// The one page.
    pub response: ClientPage,
}

/// A page. The first has everything: no client reads another, and who is missing loses its queue.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientPage {
    /// All clients on page 1, none on the others.
    pub items: Vec<Client>,
    /// Which page it is, from 1.
    pub page: u32,
    /// As it was asked for.
    pub page_size: u32,
    /// Always 1.
    pub total_pages: u32,
}

/// A client. Every field is a text that is not empty: one `null` loses the client, or the whole list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// What it is known by: another one when the name is enrolled again.
    pub client_id: Uuid,
    /// The chatbot's name.
    pub name: Name,
    /// Its public key: SPKI in PEM, which is what clients take for a certificate.
    pub authentication_certificate: String,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

impl ClientList {
    /// Page `page` of `chatbots`.
    #[must_use]
    pub fn new(chatbots: Vec<KeyedChatbot>, page: u32, page_size: u32) -> Self {
        let items = if page == 1 { chatbots.into_iter().map(Client::from).collect() } else { Vec::new() };
        Self { response: ClientPage { items, page, page_size, total_pages: 1 } }
    }
}

impl From<KeyedChatbot> for Client {
    fn from(KeyedChatbot { chatbot, public_key }: KeyedChatbot) -> Self {
        Self {
            client_id: client_id(&chatbot),
            authentication_certificate: public_key,
            created_at: chatbot.created_at,
            updated_at: chatbot.updated_at,
            name: chatbot.name,
        }
    }
}

/// The id of `chatbot`: of its name and its enrolment, so that nothing needs to be kept.
fn client_id(chatbot: &Chatbot) -> Uuid {
    let text = format!("{}#{}", chatbot.name, chatbot.created_at.as_millisecond());
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}
