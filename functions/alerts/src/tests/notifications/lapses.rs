//! An acknowledgement that ends: whoever covers the chatbot is told that nobody looks at its outage any more.

use centops_domain::notifications::{Coverage, SubscriptionId};
use jiff::{SignedDuration, Timestamp};

use super::world::{World, now};

const HALF_HOUR: SignedDuration = SignedDuration::from_mins(30);

/// Returns how many entries about the end of an acknowledgement `subscription` got.
fn told(world: &World, subscription: SubscriptionId) -> usize {
    let received = world.recipients.received();
    let own = received.iter().filter(|one| one.subscription == subscription);
    let entries = own.flat_map(|one| one.body["entries"].as_array().expect("entries"));
    entries.filter(|entry| entry["type"] == "acknowledgement-lapsed" && entry["chatbot"] == "tax").count()
}

/// Returns a network with a chatbot that is offline since the time, of the institution `aa`.
async fn outage(seed: u64) -> (World, centops_domain::notifications::Enrolment, Timestamp) {
    let mut world = World::new(seed).await;
    let bot = world.enrol("tax", "aa").await;
    let since = now();
    world.status(&bot, true);
    (world, bot, since)
}

#[tokio::test]
async fn owner_and_operations_centre_are_told_once_and_nobody_else() {
    for seed in 1..5 {
        let (mut world, bot, since) = outage(seed).await;
        world.crash_permille = 300;
        let owner = world.subscribe("owner", "aa", None).await;
        let operations = world.subscribe_to("operations", Coverage::Operations).await;
        let other = world.subscribe("other", "bb", None).await;
        world.run_for(HALF_HOUR).await;
        world.lapse(&bot, since);
        world.run_for(HALF_HOUR).await;
        let counts = [owner, operations, other].map(|subscription| told(&world, subscription));
        // A crash between the attempt and its record repeats the message.
        assert!(counts[0] >= 1 && counts[1] >= 1 && counts[2] == 0, "{counts:?}");
        if world.crashes == 0 {
            assert_eq!(counts, [1, 1, 0]);
        }
    }
}

#[tokio::test]
async fn nobody_is_told_of_an_outage_that_is_over_when_the_message_is_made() {
    let (mut world, bot, since) = outage(1).await;
    let owner = world.subscribe("owner", "aa", None).await;
    world.run_for(HALF_HOUR).await;
    world.lapse(&bot, since);
    world.status(&bot, false);
    world.run_for(HALF_HOUR).await;
    assert_eq!(told(&world, owner), 0);
    // The outage after it is another one, and may lapse too.
    let again = now();
    world.status(&bot, true);
    world.run_for(HALF_HOUR).await;
    world.lapse(&bot, again);
    world.run_for(HALF_HOUR).await;
    assert_eq!(told(&world, owner), 1);
}
