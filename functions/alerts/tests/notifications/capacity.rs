//! Consumed capacity of notifications, as the table reports it. docs/cost.md has these figures.

use centops_domain::notifications::{Enrolment, SubscriptionId};
use centops_table::{
    Table,
    meter::{Meter, Units},
};
use jiff::SignedDuration;

use crate::{
    recipient::Answer,
    world::{World, now},
};

/// The cost of an event without subscriptions, as read and write units.
const FANNED_OUT: Units = (2.0, 1.0);
/// The cost of a first notification for a subscription.
const FIRST: Units = (1.0, 3.0);
/// The cost of a further one before the message.
const FURTHER: Units = (1.0, 1.0);
/// The cost of a message of 2 KB with one notification of an outage, delivered at the first attempt.
const DELIVERED: Units = (10.0, 23.0);
/// The cost of a further attempt that fails.
const FAILED: Units = (5.0, 9.0);
/// The cost of a round with nothing to do.
const IDLE: Units = (2.0, 0.0);

/// A network whose requests to the table are metered, with an institution, a chatbot and subscriptions.
struct Metered {
    world: World,
    meter: Meter,
    bot: Enrolment,
    subscriptions: Vec<SubscriptionId>,
}

impl Metered {
    /// Starts it with `others` more chatbots, and as many subscriptions of another institution.
    async fn start(subscriptions: usize, others: usize) -> Self {
        let table = Table::start().await.expect("a table");
        let (meter, client) = Meter::of(&table.client);
        let world = World::on(Table::with(client, table.address), 1);
        let bot = world.enrol("tax", "aa").await;
        for number in 0..others {
            world.enrol(&format!("other-{number}"), "bb").await;
            world.subscribe(&format!("other-{number}"), "bb", None).await;
        }
        let mut metered = Self { world, meter, bot, subscriptions: vec![] };
        for number in 0..subscriptions {
            metered.subscriptions.push(metered.world.subscribe(&format!("own-{number}"), "aa", None).await);
        }
        let _ = metered.meter.take();
        metered
    }

    /// Fans out that the chatbot went offline or online, once. Returns the cost.
    async fn fan_out(&mut self, is_offline: bool) -> Units {
        let message = self.world.status_message(&self.bot, is_offline);
        self.world.fan_out(&message).await;
        self.meter.take()
    }

    /// Runs the round of a subscription `seconds` from now. Returns the cost.
    async fn round(&mut self, seconds: i64) -> Units {
        let at = now() + SignedDuration::from_secs(seconds);
        assert!(self.world.round(self.subscriptions[0], at, usize::MAX).await);
        self.meter.take()
    }
}

#[tokio::test]
async fn event_is_fanned_out_at_the_cost_of_its_own_subscriptions() {
    for others in [0, 30] {
        let mut none = Metered::start(0, others).await;
        let (read, written) = none.fan_out(true).await;
        assert_eq!((read, written), FANNED_OUT, "with {others} others");
        for subscriptions in [1, 5] {
            let mut some = Metered::start(subscriptions, others).await;
            let count = f64::from(u32::try_from(subscriptions).expect("a small number"));
            let first = some.fan_out(true).await;
            assert_eq!(first, (read + count * FIRST.0, written + count * FIRST.1), "{subscriptions}, {others}");
            let further = some.fan_out(false).await;
            // The end of an outage is not counted among the outages of the network.
            let expected = (read + count * FURTHER.0, written - 1.0 + count * FURTHER.1);
            assert_eq!(further, expected, "{subscriptions}, {others}");
        }
    }
}

#[tokio::test]
async fn message_is_delivered_at_the_same_cost_whatever_else_there_is() {
    for others in [0, 30] {
        let mut network = Metered::start(1, others).await;
        network.fan_out(true).await;
        assert_eq!(network.round(31).await, DELIVERED, "with {others} others");
        assert_eq!(network.world.recipients.received().len(), 1);
        assert_eq!(network.round(1).await, IDLE, "nothing is left");
    }
}

#[tokio::test]
async fn attempt_that_fails_costs_less_than_a_message() {
    let mut network = Metered::start(1, 0).await;
    let id = network.subscriptions[0];
    network.world.recipients.answer(id, Answer::Refuses(500));
    network.fan_out(true).await;
    let first = network.round(31).await;
    let again = network.round(10).await;
    assert_eq!(again, FAILED);
    assert!(again.1 < first.1, "{again:?} {first:?}");
}
