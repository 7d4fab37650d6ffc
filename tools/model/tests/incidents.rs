//! Evaluates the analysis of incidents on a part of the generated data.

use centops_model::incidents::{
    StormKind, World,
    actions::{Figures, MAX_COVERAGE_WITHOUT_SIGNAL, replay, replay_by_institution, replay_worlds},
    causes::evaluate,
};

/// Returns the figures of two worlds.
fn replay_two(world: World, replay: fn(&[centops_model::incidents::Generated]) -> Figures) -> Figures {
    replay_worlds(1, 2, 1000, world, replay).total
}

#[test]
fn common_causes_are_those_that_were_generated() {
    let figures = evaluate(1, 0..160);
    assert!(figures.pass(), "\n{figures}");
    for kind in StormKind::ALL {
        assert_eq!(figures.kinds.get(&kind).map(|counts| counts.storms), Some(20), "{}", kind.as_str());
    }
}

#[test]
fn suggestions_hit_more_often_than_the_baselines() {
    let figures = replay_two(World::Signal, replay);
    assert!(figures.pass(), "\n{figures}");
}

#[test]
fn suggestions_hit_more_often_at_an_institution_that_they_do_not_know() {
    let figures = replay_two(World::Signal, replay_by_institution);
    assert!(figures.pass(), "\n{figures}");
}

#[test]
fn suggestions_about_faint_faults_are_rare_and_right() {
    let figures = replay_two(World::Faint, replay);
    assert!(figures.gain() >= 0.0, "\n{figures}");
}

#[test]
fn nearly_nothing_is_suggested_without_a_signal() {
    let figures = replay_two(World::NoSignal, replay);
    assert!(figures.coverage() <= MAX_COVERAGE_WITHOUT_SIGNAL, "\n{figures}");
    let by_itself = figures.by_itself * 100;
    assert!(by_itself <= 3 * figures.incidents, "\n{figures}");
}
