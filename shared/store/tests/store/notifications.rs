//! Subscriptions, pending notifications and rounds.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::Status,
    health::{Cause, CheckReason},
    notifications::{
        CodeError, Combined, ConfirmationCode, Content, EndedBy, Enrolment, FIRST_WAIT, InvalidTransition,
        NewSubscription, Notified, PendingNotification, Present, SentCode, Subscription, SubscriptionId, TooManyCodes,
        combine,
    },
};
use centops_store::{
    StoreError,
    chatbots::ChatbotFilter,
    notifications::{ConfirmError, Message, MessageState, RedeliverError, Round, SubscribeError},
};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Table, after, chatbot, name, start};

/// Returns a subscription of `address` to all chatbots of the institution `tax-board`.
fn subscription(address: &str) -> Subscription {
    let new = serde_json::json!({"channel": "email", "address": address, "institution": "tax-board"});
    let new: NewSubscription = serde_json::from_value(new).expect("a request");
    let coverage = new.coverage(|_| None).expect("all of the institution");
    Subscription::new(new.address().expect("an address"), coverage, new.settings, start())
}

/// Returns the notification that the chatbot `tax` went offline or online, `seconds` after the start.
fn notification(is_offline: bool, seconds: i64) -> PendingNotification {
    let chatbot = name("tax");
    let kind = if is_offline {
        EventKind::ChatbotOffline { chatbot, cause: Cause::Unanswered(CheckReason::Silence) }
    } else {
        EventKind::ChatbotOnline { chatbot, was: Status::Offline }
    };
    let event = Event { id: format!("tax-{seconds}"), at: after(seconds), quiet: false, kind };
    let enrolment = Enrolment { name: name("tax"), enrolled_at: start() };
    PendingNotification::of_event(&event, Some(enrolment), after(seconds)).expect("a notification")
}

fn combined(subscription: &Subscription, round: &Round, now: Timestamp) -> Combined {
    let present = centops_domain::notifications::Present { enrolled_at: start(), institution: name("tax-board") };
    combine(subscription, &round.pending, &round.told, &[(name("tax"), present)].into(), &BTreeSet::new(), now)
}

fn message(round: &Round, combined: &Combined, now: Timestamp) -> Message {
    Message {
        id: format!("message-{}", now.as_second()),
        subscription: round.id,
        at: now,
        notifications: combined.told.clone(),
        body: String::new(),
        subject: "tax is offline".to_owned(),
        attempts: 0,
        state: MessageState::Sending,
    }
}

async fn created(table: &Table) -> Subscription {
    let new = subscription("owner@example.ee");
    let created = table.store.create_subscriber(&table.audit_context(start()), new).await.expect("created");
    created.value.subscription
}

/// An address is kept while messages may go there, and for as long as it keeps others from subscribing it.
#[tokio::test]
async fn address_of_a_subscription_that_nobody_uses_expires() {
    let table = Table::new().await;
    let expires = async || {
        let scan = table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan");
        let found = scan.items().iter().find(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("SUBSCRIBERS#")));
        found.expect("the subscription").get("expires").map(|at| at.as_n().expect("a number").clone())
    };
    let change = async |to: &dyn Fn(&Subscription) -> Subscription| {
        let with = |old: &centops_store::notifications::StoredSubscription| Ok(old.with(to(&old.subscription)));
        let id = subscription("owner@example.ee").id;
        table.store.change_subscriber(&table.audit_context(after(1)), id, None, with).await.expect("changed");
    };
    let days =
        |from: Timestamp, days: i64| Some((from + SignedDuration::from_hours(24 * days)).as_second().to_string());
    created(&table).await;
    assert_eq!(expires().await, days(start(), 402), "unless somebody confirms it");
    change(&|old| old.confirmed(after(1)).expect("confirmed")).await;
    assert_eq!(expires().await, None);
    change(&|old| old.ended(EndedBy::Owner, after(2))).await;
    assert_eq!(expires().await, days(after(2), 400));
    table
        .store
        .create_subscriber(&table.audit_context(after(3)), subscription("owner@example.ee"))
        .await
        .expect("renewed");
    change(&|old| old.ended(EndedBy::Recipient, after(4))).await;
    assert_eq!(expires().await, None, "it keeps others from subscribing the address again");
}

#[tokio::test]
async fn subscription_is_found_by_institution_and_by_id_and_begins_anew_after_its_end() {
    let table = Table::new().await;
    let (store, first) = (&table.store, created(&table).await);
    let audit = || table.audit_context(after(1));
    let repeated = store.create_subscriber(&audit(), subscription("owner@example.ee")).await;
    assert!(matches!(repeated, Err(SubscribeError::Store(StoreError::Exists))), "{repeated:?}");
    store.create_subscriber(&audit(), subscription("other@example.ee")).await.expect("another");
    assert_eq!(store.subscribers(Some(&name("tax-board"))).await.expect("read").len(), 2);
    assert!(store.subscribers(None).await.expect("read").is_empty());
    let page = store.subscribers_page(Some(&name("tax-board")), None, 1).await.expect("a page");
    let rest = store.subscribers_page(Some(&name("tax-board")), page.next, 1).await.expect("a page");
    assert_eq!((page.items.len(), rest.items.len(), rest.next), (1, 1, None));

    let end = |by| {
        move |old: &centops_store::notifications::StoredSubscription| {
            Ok(centops_store::notifications::StoredSubscription::from(old.subscription.ended(by, after(2))))
        }
    };
    let ended = store.change_subscriber(&audit(), first.id, None, end(EndedBy::Owner)).await.expect("ended");
    let stale = store.change_subscriber(&audit(), first.id, Some(ended.version - 1), end(EndedBy::Owner)).await;
    assert!(matches!(stale, Err(SubscribeError::Store(StoreError::Changed))), "{stale:?}");
    let renewed = store.create_subscriber(&audit(), subscription("owner@example.ee")).await.expect("renewed");
    assert_eq!((renewed.value.subscription.id, renewed.value.subscription.generation), (first.id, 2));
    store.change_subscriber(&audit(), first.id, None, end(EndedBy::Recipient)).await.expect("ended");
    let refused = store.create_subscriber(&audit(), subscription("owner@example.ee")).await;
    assert!(matches!(refused, Err(SubscribeError::Transition(InvalidTransition::EndedByRecipient))), "{refused:?}");
    let unknown: SubscriptionId = "0".repeat(32).parse().expect("an id");
    assert!(matches!(store.subscriber(unknown).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn notification_that_is_queued_again_is_told_once() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let id = subscription.id;
    let offline = notification(true, 0);
    let queued = store.queue_notification(id, &offline).await.expect("queued");
    assert_eq!(queued.wake_at, Some(start() + FIRST_WAIT));
    for _ in 0..2 {
        assert_eq!(store.queue_notification(id, &offline).await.expect("queued").wake_at, None, "it is scheduled");
    }
    assert!(store.due_subscriptions(after(29), 10).await.expect("due").is_empty());
    assert_eq!(store.due_subscriptions(after(30), 10).await.expect("due"), [(after(30), id)]);

    let round = store.round(id).await.expect("a round");
    assert_eq!((&round.pending, &round.told), (&vec![offline.clone()], &Notified::default()));
    let decided = combined(&subscription, &round, after(30));
    let message = message(&round, &decided, after(30));
    let open = store.open_message(&round, &decided, Some(&message), after(30)).await.expect("written").expect("ours");
    assert_eq!(open.message(), Some("message-1790000030"));
    assert_eq!(store.open_message(&round, &decided, Some(&message), after(30)).await.expect("written"), None);
    let busy = store.round(id).await.expect("a round");
    assert_eq!(busy.busy_until(after(31)), Some(after(90)));
    assert_eq!(store.take_over(&busy, after(31)).await.expect("read"), None);
    store.close_message(id, &open, after(31)).await.expect("closed");

    let round = store.round(id).await.expect("a round");
    assert_eq!((round.pending.len(), round.told.chatbots.len(), round.busy_until(after(31))), (0, 1, None));
    assert_eq!(store.put_due(&round, None).await.expect("written").wake_at, None);
    assert!(store.due_subscriptions(after(9999), 10).await.expect("due").is_empty(), "nothing is pending");
    // The stream delivers the event once more.
    store.queue_notification(id, &offline).await.expect("queued");
    let round = store.round(id).await.expect("a round");
    let repeated = combined(&subscription, &round, after(120));
    assert_eq!((repeated.entries.len(), repeated.dropped.len()), (0, 1));
    assert_eq!(store.messages(id, None, 10).await.expect("a page").items, [message]);
}

#[tokio::test]
async fn message_that_its_sender_left_is_taken_over_once() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let id = subscription.id;
    store.queue_notification(id, &notification(true, 0)).await.expect("queued");
    let round = store.round(id).await.expect("a round");
    let decided = combined(&subscription, &round, after(30));
    let message = message(&round, &decided, after(30));
    let left = store.open_message(&round, &decided, Some(&message), after(30)).await.expect("written").expect("ours");
    // Its end is queued while it is delivered.
    store.queue_notification(id, &notification(false, 60)).await.expect("queued");
    let abandoned = store.round(id).await.expect("a round");
    let (one, other) = futures::join!(store.take_over(&abandoned, after(90)), store.take_over(&abandoned, after(90)));
    let taken: Vec<_> = [one, other].into_iter().filter_map(|taken| taken.expect("answered")).collect();
    let [open] = taken.as_slice() else { panic!("one takes it over: {taken:?}") };
    assert_eq!(open.message(), left.message());
    store.close_message(id, open, after(91)).await.expect("closed");
    // Whoever left it comes back: that changes nothing.
    store.close_message(id, &left, after(92)).await.expect("closed");
    let round = store.round(id).await.expect("a round");
    assert_eq!(round.pending.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["tax-60"]);
    assert_eq!(round.schedule.value.due, Some(after(91)), "the next round is due");
    assert_eq!(combined(&subscription, &round, after(100)).entries.len(), 1, "back is told to who was told offline");
}

#[tokio::test]
async fn notification_that_is_queued_while_a_round_ends_is_scheduled() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let id = subscription.id;
    store.queue_notification(id, &notification(true, 0)).await.expect("queued");
    let round = store.round(id).await.expect("a round");
    assert_eq!(store.queue_notification(id, &notification(false, 5)).await.expect("queued").wake_at, None);
    // The round saw only the first, and found that nothing waits for a time.
    assert_eq!(store.put_due(&round, None).await.expect("written").wake_at, Some(after(5) + FIRST_WAIT));
    assert_eq!(store.due_subscriptions(after(35), 10).await.expect("due"), [(after(35), id)]);
}

#[tokio::test]
async fn something_critical_is_not_held_up_by_a_digest_but_by_the_message_before() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let id = subscription.id;
    // A digest is due tomorrow.
    assert_eq!(store.schedule_by(id, after(86_400)).await.expect("written").wake_at, Some(after(86_400)));
    let offline = notification(true, 0);
    assert_eq!(store.queue_notification(id, &offline).await.expect("queued").wake_at, Some(after(30)));

    let round = store.round(id).await.expect("a round");
    let decided = combined(&subscription, &round, after(30));
    let message = message(&round, &decided, after(30));
    let open = store.open_message(&round, &decided, Some(&message), after(30)).await.expect("written").expect("ours");
    let online = notification(false, 40);
    assert_eq!(store.queue_notification(id, &online).await.expect("queued").wake_at, None, "it follows the message");
    // The recipient did not accept the message: it is tried again in an hour, but what is new is ready before.
    let postponed = store.postpone_message(id, &open, after(3630), after(330)).await.expect("written");
    assert_eq!(postponed.wake_at, Some(after(330)));
    let again = store.postpone_message(id, &open, after(9999), after(330)).await.expect("written");
    assert_eq!(again.wake_at, None, "another has taken it over");
    let waiting = store.round(id).await.expect("a round");
    assert_eq!(waiting.busy_until(after(329)), Some(after(330)));
    assert_eq!(store.take_over(&waiting, after(329)).await.expect("read"), None);
    let retry = store.take_over(&waiting, after(330)).await.expect("written").expect("it is due");
    assert_eq!(retry.message(), open.message());
    // It fails once more. Nothing is new since, until something is.
    store.close_message(id, &retry, after(331)).await.expect("closed");
    let round = store.round(id).await.expect("a round");
    let decided = combined(&subscription, &round, after(400));
    let message = self::message(&round, &decided, after(400));
    let open = store.open_message(&round, &decided, Some(&message), after(400)).await.expect("written").expect("ours");
    let postponed = store.postpone_message(id, &open, after(4000), after(700)).await.expect("written");
    assert_eq!(postponed.wake_at, Some(after(4000)));
    assert_eq!(store.queue_notification(id, &notification(true, 450)).await.expect("queued").wake_at, Some(after(700)));
}

#[tokio::test]
async fn notification_that_is_queued_while_a_round_decides_to_wait_is_not_held_up() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let id = subscription.id;
    store.queue_notification(id, &notification(true, 0)).await.expect("queued");
    let round = store.round(id).await.expect("a round");
    // The round that is due would have seen it.
    assert_eq!(store.queue_notification(id, &notification(false, 5)).await.expect("queued").wake_at, None);
    assert_eq!(store.put_due(&round, Some(after(9999))).await.expect("written").wake_at, Some(after(35)));
    let waiting = store.round(id).await.expect("a round");
    assert_eq!(store.put_due(&waiting, waiting.schedule.value.due).await.expect("written").wake_at, None, "once");
}

#[tokio::test]
async fn text_messages_are_counted_for_each_institution_and_month() {
    let table = Table::new().await;
    let (store, tax, now) = (&table.store, name("tax-board"), start());
    let counted = futures::join!(store.count_sms(Some(&tax), now), store.count_sms(Some(&tax), now));
    assert!(counted.0.is_ok() && counted.1.is_ok(), "{counted:?}");
    let left = async |institution, now| store.sms_budget(institution, 3, now).await.expect("read").left;
    assert_eq!((left(Some(&tax), now).await, left(None, now).await), (1, 3));
    let renews_at = store.sms_budget(Some(&tax), 3, now).await.expect("read").renews_at;
    assert_eq!(renews_at.to_string(), "2026-10-01T00:00:00Z");
    assert_eq!(left(Some(&tax), renews_at).await, 3);
}

#[tokio::test]
async fn index_by_institution_has_no_subscriptions() {
    let table = Table::new().await;
    created(&table).await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let institutions = [name("tax-board")].into();
    let listed = table.store.chatbots_of(&institutions, &ChatbotFilter::default(), None, 10).await.expect("a page");
    assert_eq!(listed.items.len(), 1);
    let names = [name("tax"), name("nobody")].into();
    let present = table.store.present_chatbots(&names).await.expect("read");
    let tax = Present { enrolled_at: start(), institution: name("tax-board") };
    assert_eq!(present, [(name("tax"), tax)].into());
}

/// Opens and closes a message that is sent at `after(30)`. Returns its id.
async fn sent(table: &Table, subscription: &Subscription) -> String {
    let (store, id) = (&table.store, subscription.id);
    store.queue_notification(id, &notification(true, 0)).await.expect("queued");
    let round = store.round(id).await.expect("a round");
    let decided = combined(subscription, &round, after(30));
    let message = message(&round, &decided, after(30));
    let open = store.open_message(&round, &decided, Some(&message), after(30)).await.expect("written").expect("ours");
    let stored = store.message(id, &message.id).await.expect("stored");
    let sent = MessageState::Sent { at: after(31), provider_id: None };
    let new = Message { state: sent, attempts: 1, ..stored.value.clone() };
    assert!(store.update_message(&stored, new).await.expect("written"));
    store.close_message(id, &open, after(31)).await.expect("closed");
    message.id
}

#[tokio::test]
async fn message_is_delivered_again_with_the_same_id_and_one_at_a_time() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let message = sent(&table, &subscription).await;
    let audit = || table.audit_context(after(100));
    let unknown = store.redeliver(&audit(), &subscription, "message-0").await;
    assert!(matches!(unknown, Err(RedeliverError::Store(StoreError::NotFound))), "{unknown:?}");
    let queued = store.redeliver(&audit(), &subscription, &message).await.expect("opened");
    assert_eq!(queued.wake_at, Some(after(100)));
    let again = store.redeliver(&audit(), &subscription, &message).await;
    assert!(matches!(again, Err(RedeliverError::Underway)), "{again:?}");
    assert_eq!(store.due_subscriptions(after(100), 10).await.expect("due"), [(after(100), subscription.id)]);

    let round = store.round(subscription.id).await.expect("a round");
    let open = store.take_over(&round, after(100)).await.expect("read").expect("its lease has expired");
    assert_eq!(open.message(), Some(message.as_str()));
    let stored = store.message(subscription.id, &message).await.expect("stored");
    assert_eq!((stored.value.state, stored.value.attempts), (MessageState::Sending, 0));
    store.close_message(subscription.id, &open, after(101)).await.expect("closed");
    let round = store.round(subscription.id).await.expect("a round");
    assert_eq!((round.busy_until(after(101)), round.pending.len()), (None, 0));
}

#[tokio::test]
async fn message_waits_with_its_redelivery_while_another_is_delivered() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let (id, first) = (subscription.id, sent(&table, &subscription).await);
    store.queue_notification(id, &notification(false, 60)).await.expect("queued");
    let round = store.round(id).await.expect("a round");
    let decided = combined(&subscription, &round, after(90));
    let second = message(&round, &decided, after(90));
    let open = store.open_message(&round, &decided, Some(&second), after(90)).await.expect("written").expect("ours");
    let busy = store.redeliver(&table.audit_context(after(91)), &subscription, &first).await;
    assert!(matches!(busy, Err(RedeliverError::Busy)), "{busy:?}");
    store.close_message(id, &open, after(92)).await.expect("closed");
    store.redeliver(&table.audit_context(after(93)), &subscription, &first).await.expect("opened");
}

#[tokio::test]
async fn test_is_queued_once_a_minute_and_each_request_is_answered() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let at = |seconds| table.audit_context(after(seconds));
    let first = store.queue_test(&at(0), &subscription).await.expect("queued");
    assert_eq!(first.wake_at, Some(start() + FIRST_WAIT));
    assert_eq!(store.queue_test(&at(1), &subscription).await.expect("queued").wake_at, None);
    assert_eq!(store.round(subscription.id).await.expect("a round").pending.len(), 1);
    store.queue_test(&at(60), &subscription).await.expect("queued");
    let pending = store.round(subscription.id).await.expect("a round").pending;
    assert_eq!(pending.len(), 2);
    assert!(pending.iter().all(|one| one.content == Content::Test));
}

#[tokio::test]
async fn code_confirms_within_its_tries_and_address_gets_three_a_day() {
    let table = Table::new().await;
    let (store, subscription) = (&table.store, created(&table).await);
    let (id, address) = (subscription.id, &subscription.address);
    let code = |text: &str| text.parse::<ConfirmationCode>().expect("a code");
    let put = async |text: &str, seconds| {
        let sent = SentCode::new(id, 1, &code(text), [7; 16], after(seconds));
        store.put_code(id, address, &sent, after(seconds)).await
    };
    let none = store.try_code(id, 1, &code("123456"), after(0)).await;
    assert!(matches!(none, Err(ConfirmError::Code(CodeError::Expired))), "{none:?}");
    put("123456", 0).await.expect("stored");
    // Six requests at once have five tries.
    let tries = (0..6).map(|_| async {
        loop {
            match store.try_code(id, 1, &code("000000"), after(1)).await {
                Err(ConfirmError::Store(StoreError::Contended)) => {}
                other => return other,
            }
        }
    });
    let tries = futures::future::join_all(tries).await;
    let wrong = tries.iter().filter(|tried| matches!(tried, Err(ConfirmError::Code(CodeError::Wrong)))).count();
    assert_eq!(wrong, 5, "{tries:?}");
    let exhausted = store.try_code(id, 1, &code("123456"), after(2)).await;
    assert!(matches!(exhausted, Err(ConfirmError::Code(CodeError::TooManyTries))), "{exhausted:?}");

    put("234567", 3).await.expect("stored");
    let replaced = store.try_code(id, 1, &code("123456"), after(4)).await;
    assert!(matches!(replaced, Err(ConfirmError::Code(CodeError::Wrong))), "{replaced:?}");
    store.try_code(id, 1, &code("234567"), after(5)).await.expect("the code");
    put("345678", 6).await.expect("stored");
    let fourth = put("456789", 7).await;
    assert!(
        matches!(fourth, Err(ConfirmError::TooMany(TooManyCodes { until })) if until == after(86_400)),
        "{fourth:?}"
    );
    store.try_code(id, 1, &code("345678"), after(8)).await.expect("the third is still valid");
    put("456789", 86_400).await.expect("stored");
    // Another institution's subscription of the same address shares the limit.
    let other = SubscriptionId::new(Some(&name("police")), address);
    let sent = SentCode::new(other, 1, &code("123456"), [7; 16], after(86_401));
    assert!(store.put_code(other, address, &sent, after(86_401)).await.is_err());
}
