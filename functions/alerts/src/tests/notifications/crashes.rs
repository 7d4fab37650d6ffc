//! A crash after each step of a round, one after the other.

use centops_domain::notifications::{EndedBy, State};
use centops_store::notifications::MessageState;
use jiff::SignedDuration;

use super::{
    recipient::Answer,
    world::{World, now},
};

/// No round takes as many steps.
const MOST_STEPS: usize = 200;

/// The first round after a chatbot went offline crashes after `steps`; then everything goes on. Its recipient gives
/// `answer`. Returns false if the round has fewer steps.
async fn message_that_is_given_up(answer: Answer, steps: usize) -> bool {
    let mut world = World::new(1).await;
    let bot = world.enrol("tax", "aa").await;
    let failing = world.subscribe("failing", "aa", None).await;
    let other = world.subscribe("other", "aa", None).await;
    world.recipients.answer(failing, answer);
    world.status(&bot, true);
    world.run_until(now() + SignedDuration::from_secs(20)).await;
    let crashed = !world.round(failing, now() + SignedDuration::from_secs(15), steps).await;
    world.run_until(now() + SignedDuration::from_mins(30)).await;

    let messages = world.table.store.messages(failing, None, 10).await.expect("a page").items;
    let states: Vec<_> = messages.iter().map(|message| &message.state).collect();
    assert!(matches!(states.as_slice(), [MessageState::Failed { .. }]), "{steps}: {states:?}");
    let stored = world.table.store.subscriber(failing).await.expect("read").value.subscription;
    let is_right = match stored.state {
        State::Failing { .. } => answer == Answer::Rejects,
        State::Ended { by: EndedBy::Recipient, .. } => answer == Answer::Refuses(410),
        _ => false,
    };
    assert!(is_right, "{answer:?} {steps}: {:?}", stored.state);
    let received = world.recipients.received();
    let entries = received.iter().filter(|one| one.subscription == other);
    let told = entries.flat_map(|one| one.body["entries"].as_array().expect("entries"));
    let told = told.filter(|entry| entry["type"] == "subscription-failing").count();
    assert_eq!(told, 1, "{answer:?} {steps}: the institution's other subscription is told once");
    crashed
}

#[test]
fn failure_is_told_whatever_the_step_after_which_a_round_crashes() {
    for answer in [Answer::Rejects, Answer::Refuses(410)] {
        let crashed = |steps: &usize| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(Box::pin(message_that_is_given_up(answer, *steps)))
        };
        let steps = (0..MOST_STEPS).take_while(crashed).count();
        assert!((10..MOST_STEPS).contains(&steps), "a round has another number of steps: {steps}");
    }
}
