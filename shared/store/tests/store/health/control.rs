//! Manual control.

use centops_domain::{
    chatbots::Status,
    health::{Control, ControlMode, Lane, NewControl, ProbeOutcome},
};
use centops_store::{StoreError, health::DueItem};
use jiff::Timestamp;

use crate::support::{Table, after, batch, outage, start};

pub fn control(mode: ControlMode, until: Option<Timestamp>) -> Control {
    let mut new = serde_json::json!({"mode": mode, "reason": "maintenance"});
    if let Some(until) = until {
        new["until"] = until.to_string().into();
    }
    Control::new(serde_json::from_value(new).expect("a good control"), "EE30303039914".into(), after(5))
}

#[tokio::test]
async fn forced_status_holds_until_it_ends() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let offline = control(ControlMode::ForceOffline, Some(after(100)));
    let health = table
        .store
        .set_control(&table.audit_context(after(5)), &tax, Some(offline), &table.policy)
        .await
        .expect("forced");
    assert_eq!(health.routing_state().status(), Status::Offline);
    assert!(table.routes().await.is_empty());
    assert!(table.due_probe(&tax, after(99)).await.is_none(), "nothing changes by itself");
    assert_eq!(table.due(Lane::Recovery, after(99)).await, []);
    assert_eq!(table.due(Lane::Recovery, after(100)).await, [DueItem::Chatbot(tax.clone())]);
    assert_eq!(table.probe(&tax, true, after(100)).await, ProbeOutcome::Closed);
    assert!(table.routes().await.contains_key(&tax));

    let hold = control(ControlMode::Hold, None);
    table.store.set_control(&table.audit_context(after(110)), &tax, Some(hold), &table.policy).await.expect("held");
    table.store.observe(&tax, &outage(1, after(111)), &table.policy, after(111), 0.0).await.expect("observed");
    assert!(table.routes().await.contains_key(&tax), "it is held");
    table.store.set_control(&table.audit_context(after(112)), &tax, None, &table.policy).await.expect("released");
    let more = [batch("dmr:tallinn", 2, 1, true, after(113))];
    table.store.observe(&tax, &more, &table.policy, after(113), 0.0).await.expect("observed");
    assert!(table.routes().await.is_empty(), "what was seen meanwhile counts");
    let notified: Vec<_> = table.events().await.into_iter().filter(|event| !event.quiet).collect();
    assert_eq!(notified.len(), 4, "online, offline, online, offline: {notified:?}");
}

#[tokio::test]
async fn control_of_another_is_not_replaced() {
    let table = Table::new().await;
    let bot = table.online("tax", start()).await;
    let control = |by: &str, until: Option<Timestamp>| {
        let new = serde_json::json!({"mode": "force-offline", "reason": "r", "until": until.unwrap_or(after(900))});
        Control::new(serde_json::from_value::<NewControl>(new).expect("a control"), by.to_owned(), start())
    };
    let own = |control: Option<&Control>| control.is_none_or(|control| control.is_by_chatbot(&bot));
    let set = async |at, control| {
        table.store.set_control_if(&table.audit_context(at), &bot, control, &table.policy, own).await.map(drop)
    };
    let reason = "r".to_owned().try_into().expect("a reason");
    let by_itself = Control::by_chatbot(&bot, reason, start());
    set(after(1), Some(by_itself.clone())).await.expect("its own");
    assert!(table.routes().await.is_empty(), "it is out of routing");
    set(after(2), None).await.expect("its own");
    table
        .store
        .set_control(&table.audit_context(after(3)), &bot, Some(control("EE1", Some(after(60)))), &table.policy)
        .await
        .expect("set");
    assert!(matches!(set(after(4), None).await, Err(StoreError::Exists)));
    // A person whose `sub` reads like the chatbot's name.
    let alike = control("chatbot:tax", Some(after(60)));
    table.store.set_control(&table.audit_context(after(4)), &bot, Some(alike), &table.policy).await.expect("set");
    assert!(matches!(set(after(4), None).await, Err(StoreError::Exists)));
    assert!(matches!(set(after(4), Some(by_itself.clone())).await, Err(StoreError::Exists)));
    set(after(61), Some(by_itself)).await.expect("the other one has ended");
}
