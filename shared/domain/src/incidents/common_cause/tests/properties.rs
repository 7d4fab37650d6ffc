//! Properties of all storms of small networks.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::world::{World, dmr, enrolment, minutes, now, reported};
use crate::{
    chatbots::ChatbotType,
    incidents::{AtRisk, CommonCause, MIN_MEMBERS, MIN_PERCENT, MIN_RATIO, Opening, Shared, WINDOW},
    ingestion::Observer,
};

/// The drawn facts of a chatbot: its institution, host, DMRs and version, and its failure, if any.
type Drawn = (u8, u8, u8, Option<i64>, Option<(i64, u8)>);

const DMRS: [&str; 3] = ["narva", "parnu", "tartu"];

fn worlds() -> impl Strategy<Value = World> {
    let failure = prop::option::weighted(0.5, (0_i64..15, 0_u8..16));
    let chatbot = (0_u8..4, 0_u8..5, 0_u8..8, prop::option::of(1_i64..3000), failure);
    (prop::collection::vec(chatbot, 0..60), prop::option::of(1_u32..20)).prop_map(|(drawn, cap)| {
        let mut world = World::default();
        for one in &drawn {
            add(&mut world, one);
        }
        world.caps.extend(cap.map(|cap| (ChatbotType::Institution, cap)));
        world
    })
}

fn add(world: &mut World, (institution, host, dmrs, version, failure): &Drawn) {
    let chosen = |bits: u8| DMRS.into_iter().zip(0..).filter(move |(_, bit)| bits >> bit & 1 == 1);
    let place = world.add(1, |facts| {
        facts.institution = format!("owner-{institution}").parse().expect("a name");
        facts.host = format!("host-{host}.example.ee");
        facts.dmrs = chosen(*dmrs).map(|(name, _)| name.parse().expect("a name")).collect();
        facts.versions = version.iter().map(|ago| reported("ruuter", "2.2.0", *ago)).collect();
        facts.kind = if *host == 0 { ChatbotType::Ministry } else { ChatbotType::Institution };
    });
    if let Some((ago, witnesses)) = failure {
        let own_log = (witnesses & 8 != 0).then_some(Observer::Chatbot);
        let witnesses = chosen(*witnesses & 7).map(|(name, _)| dmr(name)).chain(own_log).collect();
        world.openings.push(Opening { chatbot: enrolment(place), at: now() - minutes(*ago), witnesses });
    }
}

/// Returns whether the chatbot shares it, the plain way.
fn shares(facts: &AtRisk, opening: Option<&Opening>, shared: &Shared) -> bool {
    match shared {
        Shared::Dmr { dmr } => facts.dmrs.contains(dmr) && facts.dmrs.len() > 1,
        Shared::Host { host } => facts.host == *host,
        Shared::Institution { institution } => facts.institution == *institution,
        Shared::Version { component, version } => facts.versions.iter().any(|reported| {
            let reference = opening.map_or(now(), |opening| opening.at);
            let age = reference.duration_since(reported.since);
            let is_recent = !age.is_negative() && age <= minutes(24 * 60);
            reported.component == *component && reported.version == *version && is_recent
        }),
        Shared::Everything { types } => types.contains(&facts.kind),
    }
}

/// Returns the failures that may have this cause.
fn is_explained(opening: &Opening, shared: &Shared) -> bool {
    match shared {
        Shared::Dmr { dmr } => opening.witnesses == BTreeSet::from([Observer::Dmr(dmr.clone())]),
        _ => true,
    }
}

/// Counts the first cause the plain way: members, population, affected others, others.
fn count(world: &World, shared: &Shared) -> [usize; 4] {
    let recent = |facts: &AtRisk| {
        let of = |one: &&Opening| one.chatbot == facts.chatbot && now().duration_since(one.at) < WINDOW;
        world.openings.iter().find(of)
    };
    let mut counts = [0; 4];
    for facts in &world.population {
        let opening = recent(facts);
        let inside = shares(facts, opening, shared);
        let is_member = inside && opening.is_some_and(|opening| is_explained(opening, shared));
        let is_other = match shared {
            Shared::Dmr { dmr } => facts.dmrs.iter().any(|other| other != dmr),
            _ => !inside,
        };
        let affected_other = is_other && opening.is_some() && !is_member;
        for (count, is_counted) in counts.iter_mut().zip([is_member, inside, affected_other, is_other]) {
            *count += usize::from(is_counted);
        }
    }
    counts
}

fn numbers(cause: &CommonCause) -> [usize; 4] {
    let CommonCause { members, population, others_affected, others, .. } = cause;
    [members.len(), *population as usize, *others_affected as usize, *others as usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn numbers_of_the_first_cause_are_those_of_the_plain_count(world in worlds()) {
        if let Some(cause) = world.causes().first() {
            prop_assert_eq!(numbers(cause), count(&world, &cause.shared));
            for same in &cause.also {
                prop_assert_eq!(numbers(cause)[..2].to_vec(), count(&world, same)[..2].to_vec());
            }
        }
    }

    #[test]
    fn every_cause_satisfies_the_rule(world in worlds()) {
        for cause in world.causes() {
            let [members, population, others_affected, others] = numbers(&cause).map(|number| number as u64);
            prop_assert!(members >= MIN_MEMBERS as u64 && members <= population && others_affected <= others);
            if !matches!(cause.shared, Shared::Everything { .. }) {
                prop_assert!(members * 100 >= MIN_PERCENT * population);
                prop_assert!(others > 0 && members * others >= MIN_RATIO * others_affected * population);
            }
        }
    }

    #[test]
    fn members_failed_in_the_window_and_have_one_cause(world in worlds()) {
        let mut seen = BTreeSet::new();
        for cause in world.causes() {
            for member in cause.members {
                let opening = world.openings.iter().find(|opening| opening.chatbot == member);
                prop_assert!(opening.is_some_and(|opening| now().duration_since(opening.at) < WINDOW));
                prop_assert!(seen.insert(member), "two causes");
            }
        }
    }

    #[test]
    fn order_of_the_input_does_not_matter(
        (world, population, openings) in worlds().prop_flat_map(|world| {
            let population = Just(world.population.clone()).prop_shuffle();
            let openings = Just(world.openings.clone()).prop_shuffle();
            (Just(world), population, openings)
        }),
    ) {
        let shuffled = World { population, openings, caps: world.caps.clone() };
        prop_assert_eq!(world.causes(), shuffled.causes());
    }

    /// It makes the others healthier. Another cause may then fit better, so not each cause remains.
    #[test]
    fn healthy_chatbot_that_shares_nothing_leaves_a_cause(world in worlds(), count in 1_usize..50) {
        let mut larger = world.clone();
        larger.add(count, |facts| facts.dmrs.clear());
        larger.caps.clear();
        let uncapped = World { caps: larger.caps.clone(), ..world };
        prop_assert!(uncapped.causes().is_empty() || !larger.causes().is_empty());
    }

    #[test]
    fn failure_outside_the_population_changes_nothing(world in worlds(), number in 1000_usize..2000) {
        let mut other = world.clone();
        other.openings.push(Opening { chatbot: enrolment(number), at: now(), witnesses: BTreeSet::new() });
        prop_assert_eq!(world.causes(), other.causes());
    }
}
