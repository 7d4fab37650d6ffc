//! Links of accounts of chats, and requests that were taken.

use crate::support::{Table, after, start};
use centops_domain::{
    audit::Actor,
    chat::Account,
    credentials::{Secret, SecretHash},
};
use centops_store::{
    audit::{AuditContext, AuditQuery},
    chat::{LinkError, Take},
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 3600;

fn account(user: &str) -> Account {
    Account { room: "slack".to_owned(), team: "T1".to_owned(), user: user.to_owned() }
}

fn code(number: u8) -> SecretHash {
    Secret::new([number; 32]).hash()
}

fn context<'a>(table: &'a Table, request: &str, now: Timestamp) -> AuditContext<'a> {
    let by = Actor::Unknown(String::new());
    AuditContext::new(&table.audit, by, "receive-chat-request", request.to_owned(), now).via(Some("slack".to_owned()))
}

#[tokio::test]
async fn account_is_linked_by_a_code_once_and_until_the_link_ends() {
    let table = Table::new().await;
    let until = table.store.create_chat_code(&code(1), "EE1", start()).await.expect("a code");
    assert_eq!(until, after(10 * MINUTE));
    let link = table.store.link_chat(&context(&table, "r1", after(1)), &code(1), account("U1")).await.expect("a link");
    assert_eq!(link.subject, "EE1");
    let again = table.store.link_chat(&context(&table, "r2", after(2)), &code(1), account("U2")).await;
    assert!(matches!(again, Err(LinkError::UnknownCode)), "{again:?}");
    let own = account("U1");
    let linked = |at| table.store.chat_link(&own, at);
    assert_eq!(linked(after(30 * DAY)).await.expect("an answer"), Some(link.clone()));
    assert_eq!(linked(after(30 * DAY + 1)).await.expect("an answer"), None);
    assert_eq!(table.store.chat_link(&account("U2"), after(2)).await.expect("an answer"), None);
    table.store.unlink_chat(&context(&table, "r3", after(3)), &link).await.expect("unlinked");
    assert_eq!(linked(after(4)).await.expect("an answer"), None);
    let query = AuditQuery { from: start(), to: after(9), chatbot: None, person: None, limit: 9, after: None };
    let records = table.audit.records(&query, after(9)).await.expect("a page").items;
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record.by == Actor::Person("EE1".to_owned())));
    assert!(records.iter().all(|record| record.via.as_deref() == Some("slack")));
}

#[tokio::test]
async fn code_that_is_over_or_unknown_links_nothing() {
    let table = Table::new().await;
    table.store.create_chat_code(&code(1), "EE1", start()).await.expect("a code");
    for (number, at) in [(1, 10 * MINUTE), (2, 1)] {
        let audit = context(&table, &format!("r{number}"), after(at));
        let refused = table.store.link_chat(&audit, &code(number), account("U1")).await;
        assert!(matches!(refused, Err(LinkError::UnknownCode)), "{refused:?}");
    }
    assert_eq!(table.store.chat_link(&account("U1"), after(1)).await.expect("an answer"), None);
}

#[tokio::test]
async fn one_of_many_concurrent_requests_is_taken() {
    let table = Table::new().await;
    let lifetime = SignedDuration::from_mins(10);
    let takes = (0..20).map(|_| table.store.take_request("a", lifetime, start()));
    let first = join_all(takes).await.into_iter().filter(|take| matches!(take, Ok(Take::First))).count();
    assert_eq!(first, 1);
    let take = async |id: &str, at| table.store.take_request(id, lifetime, at).await.expect("an answer");
    assert_eq!(take("a", after(10 * MINUTE)).await, Take::Running);
    assert_eq!(take("b", start()).await, Take::First);
    assert_eq!(take("a", after(10 * MINUTE + 1)).await, Take::First, "it is over");
    table.store.finish_request("b", SignedDuration::from_hours(72), start()).await.expect("kept");
    assert_eq!(take("b", after(2 * DAY)).await, Take::Finished);
    assert_eq!(take("b", after(4 * DAY)).await, Take::First);
}
