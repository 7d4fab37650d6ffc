//! Consumed capacity of notifications, as the table reports it. contract/cost declares it.

use centops_domain::notifications::{Enrolment, SubscriptionId};
use centops_table::{
    Table, declared,
    meter::{Meter, Units, sum},
};
use jiff::SignedDuration;

use super::{
    recipient::Answer,
    world::{World, now},
};

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
        let outage = sum(&[declared::fan_out_events(0.0), declared::FAN_OUT_EVENTS_OUTAGE]);
        assert_eq!(none.fan_out(true).await, outage, "with {others} others");
        for subscriptions in [1, 5] {
            let mut some = Metered::start(subscriptions, others).await;
            let count = f64::from(u32::try_from(subscriptions).expect("a small number"));
            let event = declared::fan_out_events(count);
            let first = sum(&[event, declared::FAN_OUT_EVENTS_OUTAGE, declared::fan_out_events_first(count)]);
            assert_eq!(some.fan_out(true).await, first, "{subscriptions}, {others}");
            // The end of an outage is not counted among the outages of the network.
            let further = sum(&[event, declared::fan_out_events_further(count)]);
            assert_eq!(some.fan_out(false).await, further, "{subscriptions}, {others}");
        }
    }
}

#[tokio::test]
async fn message_is_delivered_at_the_same_cost_whatever_else_there_is() {
    for others in [0, 30] {
        let mut network = Metered::start(1, others).await;
        network.fan_out(true).await;
        // 2 KB about an outage: one notification, one chatbot whose status changed.
        let (kb, notifications, outages, statuses, told) = (2.0, 1.0, 1.0, 1.0, 1.0);
        let delivered = declared::deliver_notifications(kb, notifications, outages, statuses, told);
        assert_eq!(network.round(31).await, delivered, "with {others} others");
        assert_eq!(network.world.recipients.received().len(), 1);
        assert_eq!(network.round(1).await, declared::DELIVER_NOTIFICATIONS_IDLE, "nothing is left");
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
    assert_eq!(again, declared::deliver_notifications_failed(2.0));
    assert!(again.1 < first.1, "{again:?} {first:?}");
}
