//! The life of a planned outage: who confirms it, what is told and when, changes, early and late ends.

use super::{
    super::{
        EarlyEnd, GRACE, InvalidOutage, MAX_RUNS,
        OutageChange::{self, *},
        OutageConflict, OutageRefusal, OutageState, Phase, PlannedOutageUpdate, Window,
    },
    *,
};
use crate::notifications::Enrolment;

const NIGHT: &str = "2027-03-02T20:00:00";

fn once(start: &str, minutes: u16) -> serde_json::Value {
    serde_json::json!({"start": start, "zone": "UTC", "minutes": minutes})
}

fn weekly() -> serde_json::Value {
    serde_json::json!({
        "start": "2027-03-07T03:30:00", "minutes": 90, "repeat": {"weekly": {"every": 1, "weekdays": ["sunday"]}},
    })
}

fn changes(simulation: &Simulation) -> Vec<OutageChange> {
    simulation.told.iter().map(|(_, reported)| reported.change).collect()
}

fn update(json: serde_json::Value) -> PlannedOutageUpdate {
    serde_json::from_value(json).expect("an update")
}

fn windows(outage: &PlannedOutage) -> Vec<Window> {
    outage.windows().collect()
}

#[test]
fn owner_confirms_a_day_ahead_and_staff_at_any_time() {
    for (staff, now, state) in [
        (false, "2027-03-01T20:00:00Z", OutageState::Confirmed),
        (false, "2027-03-01T20:00:01Z", OutageState::Requested),
        (true, "2027-03-02T19:59:59Z", OutageState::Confirmed),
    ] {
        let (outage, reported) = outage(&once(NIGHT, 60), staff, now);
        assert_eq!(outage.state(at(now)), state, "{now}");
        let is_confirmed = state == OutageState::Confirmed;
        assert_eq!(reported.map(|reported| reported.change), is_confirmed.then_some(Confirmed));
        assert_eq!(windows(&outage).len(), usize::from(is_confirmed), "only what is confirmed has a window");
    }
}

#[test]
fn request_in_the_past_or_of_a_bad_rule_is_refused() {
    let new = |rule, now| PlannedOutage::new(&request(&rule), id(), Covered::All, true, at(now)).map(|_| ());
    assert_eq!(new(once(NIGHT, 60), "2027-03-02T20:00:00Z"), Err(InvalidOutage::Past));
    assert!(matches!(new(once(NIGHT, 0), "2027-03-01T20:00:00Z"), Err(InvalidOutage::Rule(_))));
}

#[test]
fn each_step_is_told_once_at_its_time() {
    let (outage, _) = outage(&once(NIGHT, 120), false, "2027-03-01T12:00:00Z");
    let mut simulation = Simulation::new(outage);
    simulation.run_until(at("2027-03-05T00:00:00Z"));
    let told = [
        (Reminder, "2027-03-02T08:00:00Z"),
        (Reminder, "2027-03-02T18:00:00Z"),
        (Started, "2027-03-02T20:00:00Z"),
        (Ending, "2027-03-02T21:50:00Z"),
        (Completed, "2027-03-02T22:00:00Z"),
    ];
    assert_eq!(simulation.told(), told.map(|(change, at)| (change, at.to_owned())));
    assert_eq!(simulation.outage.state(at("2027-03-05T00:00:00Z")), OutageState::Completed);
    assert_eq!(simulation.outage.due(), None, "nothing follows");
}

/// Case 3.
#[test]
fn reminder_is_twelve_hours_before_though_clocks_show_thirteen() {
    let rule = serde_json::json!({"start": "2027-03-28T09:00:00", "minutes": 60});
    let mut simulation = Simulation::new(outage(&rule, false, "2027-03-20T00:00:00Z").0);
    simulation.run_until(at("2027-03-28T05:59:59Z"));
    let told = [(Reminder, "2027-03-27T18:00:00Z"), (Reminder, "2027-03-28T04:00:00Z")];
    assert_eq!(simulation.told(), told.map(|(change, at)| (change, at.to_owned())), "case 3");
}

/// Case 29.
#[test]
fn confirmed_an_hour_before_is_told_without_reminders_and_its_cancellation_once() {
    let (requested, reported) = outage(&once(NIGHT, 60), false, "2027-03-02T15:00:00Z");
    assert_eq!(reported, None);
    let (confirmed, reported) = requested.confirmed(at("2027-03-02T19:00:00Z")).expect("confirmed");
    assert_eq!(reported.map(|reported| reported.change), Some(Confirmed));
    let mut simulation = Simulation::new(confirmed);
    simulation.run_until(at("2027-03-02T19:50:00Z"));
    assert_eq!(changes(&simulation), [], "case 29: neither 12 h nor 2 h");
    let (cancelled, reported) = simulation.outage.cancelled(at("2027-03-02T19:50:00Z")).expect("cancelled");
    assert_eq!(reported.map(|reported| reported.change), Some(Cancelled));
    assert_eq!(windows(&cancelled), [], "alerts are live");
    assert_eq!(cancelled.due(), None);
    let (again, reported) = cancelled.cancelled(at("2027-03-02T19:51:00Z")).expect("the same");
    assert_eq!((again, reported), (cancelled, None));
}

#[test]
fn cancellation_of_a_request_is_not_told() {
    let (requested, _) = outage(&once(NIGHT, 60), false, "2027-03-02T15:00:00Z");
    let (cancelled, reported) = requested.cancelled(at("2027-03-02T16:00:00Z")).expect("cancelled");
    assert_eq!((cancelled.state(at("2027-03-02T16:00:00Z")), reported), (OutageState::Cancelled, None));
}

#[test]
fn request_that_nobody_confirms_in_time_is_cancelled_silently() {
    let mut simulation = Simulation::new(outage(&once(NIGHT, 60), false, "2027-03-02T15:00:00Z").0);
    simulation.run_until(at("2027-03-03T00:00:00Z"));
    assert_eq!((changes(&simulation), simulation.outage.due()), (vec![], None));
    assert_eq!(simulation.outage.state(at("2027-03-03T00:00:00Z")), OutageState::Cancelled);
    let late = simulation.outage.confirmed(at("2027-03-03T00:00:00Z"));
    assert_eq!(late.map(|_| ()), Err(OutageConflict::Ended(OutageState::Cancelled).into()));
}

#[test]
fn chatbots_that_are_out_after_the_grace_are_an_overrun() {
    let (outage, _) = outage(&once(NIGHT, 60), true, "2027-03-02T18:30:00Z");
    let mut overrun = Simulation::new(outage.clone());
    overrun.out = true;
    overrun.run_until(at("2027-03-03T00:00:00Z"));
    assert_eq!(changes(&overrun), [Started, Ending, Overrun]);
    assert_eq!(overrun.told()[2].1, "2027-03-02T21:05:00Z");
    assert!(overrun.outage.runs()[0].overrun);
    let mut back = Simulation::new(outage);
    back.out = true;
    back.run_until(at("2027-03-02T21:04:59Z"));
    back.out = false;
    back.run_until(at("2027-03-03T00:00:00Z"));
    assert_eq!(changes(&back), [Started, Ending, Completed], "they came back within the grace");
    assert!(!back.outage.runs()[0].overrun);
}

#[test]
fn extension_is_told_and_asked_about_again() {
    let mut simulation = Simulation::new(outage(&once(NIGHT, 60), true, "2027-03-01T12:00:00Z").0);
    simulation.run_until(at("2027-03-02T20:55:00Z"));
    let until = |until: &str| update(serde_json::json!({ "until": until }));
    let now = at("2027-03-02T20:55:00Z");
    let refused = |update: &PlannedOutageUpdate| simulation.outage.updated(update, None, false, now).map(|_| ());
    assert_eq!(refused(&until("2027-03-02T20:55:00Z")), Err(InvalidOutage::Until.into()));
    assert_eq!(refused(&until("2027-03-04T20:00:01Z")), Err(InvalidOutage::Until.into()));
    let (longer, reported) =
        simulation.outage.updated(&until("2027-03-02T22:00:00Z"), None, false, now).expect("longer");
    assert_eq!(reported.map(|told| (told.change, told.end)), Some((Confirmed, at("2027-03-02T22:00:00Z"))));
    let window = &windows(&longer)[0];
    assert_eq!((window.end, window.planned_end), (at("2027-03-02T22:00:00Z"), at("2027-03-02T21:00:00Z")));
    assert_eq!(window.excluded(), Some((at("2027-03-02T20:00:00Z"), at("2027-03-02T21:00:00Z"))));
    simulation.outage = longer;
    simulation.run_until(at("2027-03-03T00:00:00Z"));
    assert_eq!(changes(&simulation), [Reminder, Reminder, Started, Ending, Ending, Completed]);
    assert_eq!(simulation.told()[4].1, "2027-03-02T21:50:00Z");
}

#[test]
fn early_end_by_completion_cancellation_or_a_shorter_time_ends_the_hold_at_once() {
    let mut simulation = Simulation::new(outage(&once(NIGHT, 60), true, "2027-03-01T12:00:00Z").0);
    simulation.run_until(at("2027-03-02T20:10:00Z"));
    let (running, now) = (&simulation.outage, at("2027-03-02T20:30:00Z"));
    let shorter = update(serde_json::json!({"until": "2027-03-02T20:40:00Z"}));
    let (completed, told) = running.completed(now).expect("completed");
    assert_eq!(told.map(|told| (told.change, told.end)), Some((Completed, now)));
    assert_eq!(completed.state(now), OutageState::Completed);
    for (outage, end, why) in [
        (completed, now, EarlyEnd::Completed),
        (running.cancelled(now).expect("cancelled").0, now, EarlyEnd::Cancelled),
        (
            running.updated(&shorter, None, false, now).expect("shorter").0,
            at("2027-03-02T20:40:00Z"),
            EarlyEnd::Shortened,
        ),
    ] {
        let window = &windows(&outage)[0];
        assert_eq!((window.end, window.early_end, window.held_until()), (end, Some(why), end));
        assert_eq!(window.excluded(), Some((at("2027-03-02T20:00:00Z"), end)));
    }
    let not_running = outage(&once(NIGHT, 60), true, "2027-03-01T12:00:00Z").0;
    let before = not_running.completed(at("2027-03-02T19:59:59Z"));
    assert_eq!(before.map(|_| ()), Err(OutageConflict::NotInProgress.into()));
    assert!(matches!(not_running.updated(&shorter, None, true, now), Err(OutageRefusal::Conflict(_))));
}

/// Whoever takes chatbots out notes it afterwards, and may have stopped in between.
#[test]
fn early_end_releases_chatbots_although_it_was_not_noted_that_they_are_out() {
    let mut request = request(&once(NIGHT, 60));
    request.take_out = true;
    let (outage, _) =
        PlannedOutage::new(&request, id(), Covered::All, true, at("2027-03-01T12:00:00Z")).expect("a good request");
    let now = at("2027-03-02T20:00:30Z");
    let kept = update(serde_json::json!({"takeOut": false}));
    for changed in [
        outage.cancelled(now).expect("cancelled").0,
        outage.completed(now).expect("completed").0,
        outage.updated(&kept, None, true, now).expect("kept").0,
    ] {
        assert!(matches!(changed.task(now), Task::Release(_)), "{changed:?}");
        let (released, reported) = changed.advanced(false, now);
        assert!(reported.is_none() && !matches!(released.task(now), Task::Release(_)));
    }
}

/// The function of the minute has not taken the step of the start yet.
#[test]
fn change_in_the_seconds_after_the_start_finds_it_in_progress() {
    let (running, _) = outage(&once(NIGHT, 60), true, "2027-03-01T12:00:00Z");
    let now = at("2027-03-02T20:00:05Z");
    for (ended, why) in [
        (running.cancelled(now).expect("cancelled"), EarlyEnd::Cancelled),
        (running.completed(now).expect("completed"), EarlyEnd::Completed),
    ] {
        assert_eq!(ended.1.map(|told| told.start), Some(at("2027-03-02T20:00:00Z")));
        let [window] = &windows(&ended.0)[..] else { panic!("{:?}", windows(&ended.0)) };
        assert_eq!((window.end, window.early_end, window.held_until()), (now, Some(why), now));
        assert_eq!(ended.0.due(), None, "nothing follows");
    }
    let mut rule = once("2027-03-09T20:00:00", 60);
    rule["minutes"] = 90.into();
    let tax = Enrolment { name: "tax".parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH };
    let chosen = Some(Covered::Chosen([tax].into()));
    let (moved, _) = running.updated(&update(serde_json::json!({"rule": rule})), chosen, true, now).expect("moved");
    let windows = windows(&moved);
    assert_eq!(
        windows.iter().map(|window| window.end).collect::<Vec<_>>(),
        [at("2027-03-02T21:00:00Z"), at("2027-03-09T21:30:00Z")]
    );
    assert_eq!(windows[0].chatbots, Covered::All, "it takes place as it was");
}

#[test]
fn change_touches_runs_that_have_not_begun() {
    let mut simulation = Simulation::new(outage(&weekly(), true, "2027-03-01T12:00:00Z").0);
    simulation.run_until(at("2027-03-14T02:00:00Z"));
    let now = at("2027-03-14T02:00:00Z");
    let tax = Enrolment { name: "tax".parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH };
    let chosen = Covered::Chosen([tax].into());
    let mut rule = weekly();
    rule["minutes"] = 60.into();
    rule["exceptions"] = serde_json::json!(["2027-03-21"]);
    let change = update(serde_json::json!({"rule": rule, "chatbots": ["tax"]}));
    let (changed, reported) = simulation.outage.updated(&change, Some(chosen.clone()), false, now).expect("changed");
    assert_eq!(reported.map(|told| (told.change, told.start)), Some((Confirmed, at("2027-03-14T01:30:00Z"))));
    let running = changed.runs().iter().find(|run| run.phase == Phase::InProgress).expect("running");
    let running = windows(&changed).into_iter().find(|window| window.start == running.start).expect("its window");
    assert_eq!((running.chatbots, running.end), (Covered::All, at("2027-03-14T03:00:00Z")));
    let next = windows(&changed).into_iter().find(|window| window.start > now).expect("the next");
    // Clocks show it, a week later because of the exception, and clocks change that night.
    assert_eq!((next.start, next.end), (at("2027-03-28T00:30:00Z") + hours(1), at("2027-03-28T02:30:00Z")));
    assert_eq!((next.chatbots, next.confirmed_at), (chosen, now));
    assert_eq!(changed.sequence, 1);
}

#[test]
fn times_that_a_change_leaves_as_they_are_stay_confirmed() {
    let (outage, _) = outage(&weekly(), false, "2027-03-01T12:00:00Z");
    let mut rule = weekly();
    rule["until"] = "2027-03-31".into();
    let now = at("2027-03-05T12:00:00Z");
    let (changed, _) = outage.updated(&update(serde_json::json!({ "rule": rule })), None, false, now).expect("changed");
    let starts: Vec<_> = windows(&changed).iter().map(|window| window.start).collect();
    assert_eq!(starts.len(), 4, "those of March");
    assert!(windows(&changed).iter().all(|window| window.confirmed_at == at("2027-03-01T12:00:00Z")));
}

#[test]
fn owner_who_moves_it_to_less_than_a_day_ahead_requests_it_anew() {
    let (confirmed, _) = outage(&once(NIGHT, 60), false, "2027-03-01T12:00:00Z");
    let now = at("2027-03-02T12:00:00Z");
    let sooner = update(serde_json::json!({"rule": once("2027-03-02T18:00:00", 60)}));
    let (requested, reported) = confirmed.updated(&sooner, None, false, now).expect("changed");
    assert_eq!((requested.state(now), windows(&requested), reported), (OutageState::Requested, vec![], None));
    let (by_staff, reported) = confirmed.updated(&sooner, None, true, now).expect("changed");
    assert_eq!((by_staff.state(now), reported.is_some()), (OutageState::Confirmed, true));
    assert_eq!(windows(&by_staff)[0].excluded(), None, "availability counts it: it was confirmed too late");
    let past = update(serde_json::json!({"rule": once("2027-03-02T11:00:00", 60)}));
    assert_eq!(confirmed.updated(&past, None, true, now).map(|_| ()), Err(InvalidOutage::NoOccurrence.into()));
    let (same, reported) =
        confirmed.updated(&update(serde_json::json!({"takeOut": false})), None, false, now).expect("same");
    assert_eq!((same, reported), (confirmed, None));
}

#[test]
fn chatbots_are_taken_out_from_the_start_to_the_end() {
    let mut request = request(&once(NIGHT, 60));
    request.take_out = true;
    let (outage, _) =
        PlannedOutage::new(&request, id(), Covered::All, true, at("2027-03-01T12:00:00Z")).expect("a good request");
    let mut simulation = Simulation::new(outage);
    simulation.run_until(at("2027-03-02T20:00:00Z"));
    assert!(matches!(simulation.tasks.last(), Some(Task::TakeOut(window)) if window.end == at("2027-03-02T21:00:00Z")));
    let longer = update(serde_json::json!({"until": "2027-03-02T22:00:00Z"}));
    let now = at("2027-03-02T20:30:00Z");
    simulation.outage = simulation.outage.updated(&longer, None, true, now).expect("longer").0;
    let task = simulation.outage.task(now);
    assert!(matches!(task, Task::TakeOut(window) if window.end == at("2027-03-02T22:00:00Z")), "for longer");
    simulation.out = true;
    simulation.run_until(at("2027-03-02T22:00:00Z"));
    assert!(matches!(simulation.tasks.last(), Some(Task::Release(_))), "probed within the grace");
    simulation.out = false;
    simulation.run_until(at("2027-03-02T22:00:00Z") + GRACE);
    assert_eq!(changes(&simulation).last(), Some(&Completed));
    assert_eq!(simulation.outage.due(), None);
}

#[test]
fn daily_runs_are_limited_and_written_ahead_each_day() {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let rule = serde_json::json!({
        "start": "2027-03-03T03:30:00", "minutes": 90, "repeat": {"weekly": {"every": 1, "weekdays": days}},
    });
    let (outage, _) = outage(&rule, true, "2027-03-01T12:00:00Z");
    assert_eq!(outage.runs().len(), MAX_RUNS);
    let mut simulation = Simulation::new(outage);
    simulation.run_until(at("2027-06-01T12:00:00Z"));
    let runs = simulation.outage.runs();
    assert_eq!(runs.iter().filter(|run| !run.is_over()).count(), MAX_RUNS);
    assert!(runs.len() <= MAX_RUNS + 2, "those of the last day are kept");
    let started = simulation.told.iter().filter(|(_, told)| told.change == Started).count();
    assert_eq!(started, 91, "3 March to 1 June");
}
