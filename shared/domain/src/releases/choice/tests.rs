use proptest::prelude::*;

use super::*;

fn version(text: &str) -> Version {
    text.parse().expect("a good version")
}

fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

fn release(text: &str) -> Candidate {
    Candidate {
        version: text.parse().expect("a good version"),
        is_floor: false,
        blocked_from: vec![],
        requires: BTreeMap::new(),
        withdrawn: None,
    }
}

fn releases(versions: &[&str]) -> Vec<Candidate> {
    versions.iter().map(|text| release(text)).collect()
}

fn floor(text: &str) -> Candidate {
    Candidate { is_floor: true, ..release(text) }
}

fn withdrawn(release: Candidate, replacement: Option<&str>) -> Candidate {
    Candidate { withdrawn: Some(WithdrawnFor { replacement: replacement.map(version) }), ..release }
}

fn requiring(text: &str, component: &str, minimum: &str) -> Candidate {
    Candidate { requires: BTreeMap::from([(name(component), version(minimum))]), ..release(text) }
}

fn running(versions: &[(&str, &str)]) -> Versions {
    let versions: BTreeMap<_, _> = versions.iter().copied().collect();
    serde_json::from_value(serde_json::json!(versions)).expect("good versions")
}

/// Returns what somebody who runs `text` may take next.
fn next<'a>(text: &str, candidates: &'a [Candidate]) -> Choice<'a> {
    choose(&name("bot"), &running(&[("bot", text)]), candidates, None).expect("a component that runs")
}

fn taken(text: &str, candidates: &[Candidate]) -> Option<String> {
    match next(text, candidates) {
        Choice::Take(candidate) => Some(candidate.version.get().to_string()),
        _ => None,
    }
}

#[test]
fn floors_are_passed_one_by_one() {
    let candidates = [release("2.3.0"), floor("2.0.0"), release("1.9.0"), floor("1.5.0")];
    let mut current = "1.4.0".to_owned();
    let mut path = vec![];
    while let Some(next) = taken(&current, &candidates) {
        path.push(next.clone());
        current = next;
    }
    assert_eq!(path, ["1.5.0", "2.0.0", "2.3.0"]);
}

#[test]
fn withdrawn_floor_is_a_dead_end_unless_it_is_replaced() {
    let dead = [release("2.3.0"), withdrawn(floor("2.0.0"), None)];
    assert_eq!(next("1.9.0", &dead), Choice::DeadEnd(&dead[1]));
    assert_eq!(taken("2.0.0", &dead).as_deref(), Some("2.3.0"), "who has passed it goes on");
    let replaced = [release("2.3.0"), withdrawn(floor("2.0.0"), Some("2.0.1")), release("2.0.1")];
    assert_eq!(taken("1.9.0", &replaced).as_deref(), Some("2.0.1"));
    let blocked =
        Candidate { blocked_from: vec![VersionRange { before: Some(version("1.8.0")), from: None }], ..floor("2.0.0") };
    let blocked = [release("2.3.0"), blocked];
    assert_eq!(next("1.7.0", &blocked), Choice::DeadEnd(&blocked[1]));
    assert_eq!(taken("1.8.0", &blocked).as_deref(), Some("2.0.0"));
}

#[test]
fn build_metadata_is_no_update() {
    assert_eq!(next("2.2.0+b1", &releases(&["2.2.0+b2"])), Choice::UpToDate);
    assert_eq!(next("2.2.0+b2", &releases(&["2.2.0+b1"])), Choice::UpToDate);
}

#[test]
fn stable_version_updates_its_pre_releases() {
    assert_eq!(taken("2.2.0-rc.2", &releases(&["2.2.0"])).as_deref(), Some("2.2.0"));
}

#[test]
fn channel_that_is_behind_offers_nothing_until_it_catches_up() {
    assert_eq!(next("3.0.0-rc.1", &releases(&["2.9.0"])), Choice::AheadOfChannel);
    assert_eq!(taken("3.0.0-rc.1", &releases(&["2.9.0", "3.0.0"])).as_deref(), Some("3.0.0"));
}

#[test]
fn withdrawn_release_is_offered_to_nobody() {
    let candidates = [withdrawn(release("2.2.0"), None), release("2.1.0")];
    assert_eq!(taken("2.0.0", &candidates).as_deref(), Some("2.1.0"));
    assert_eq!(next("2.1.0", &candidates), Choice::UpToDate);
    assert_eq!(next("2.2.0", &candidates), Choice::AheadOfChannel);
}

#[test]
fn pin_hides_newer_releases_and_floors() {
    let candidates = [release("2.3.0"), floor("2.0.0"), release("1.9.0")];
    let pin = VersionRange { from: None, before: Some(version("2.0.0")) };
    let choice = |text: &str| choose(&name("bot"), &running(&[("bot", text)]), &candidates, Some(&pin));
    assert_eq!(choice("1.4.0"), Some(Choice::Take(&candidates[2])));
    assert_eq!(choice("1.9.0"), Some(Choice::Held));
    let exact = VersionRange { from: Some(version("2.3.0")), before: None };
    let choice = choose(&name("bot"), &running(&[("bot", "1.9.0")]), &candidates, Some(&exact));
    assert_eq!(choice, Some(Choice::DeadEnd(&candidates[1])), "no pin leads past a floor");
}

#[test]
fn component_that_does_not_run_gets_nothing() {
    assert_eq!(choose(&name("classifier"), &running(&[("bot", "1.0.0")]), &releases(&["2.0.0"]), None), None);
}

#[test]
fn required_component_comes_first() {
    let candidates = [requiring("2.0.0", "classifier", "3.0.0")];
    let choice = |classifier: &[(&str, &str)]| {
        let versions = running(&[&[("bot", "1.0.0")], classifier].concat());
        choose(&name("bot"), &versions, &candidates, None).expect("a component that runs")
    };
    for classifier in [&[][..], &[("classifier", "2.8.0")], &[("classifier", "3.0.0-rc.1")]] {
        assert!(matches!(choice(classifier), Choice::WaitsFor { .. }), "{classifier:?}");
    }
    assert_eq!(choice(&[("classifier", "3.0.0+b")]), Choice::Take(&candidates[0]));
}

#[test]
fn requirements_that_nothing_meets_are_found() {
    let catalogue = BTreeMap::from([
        (name("classifier"), vec![requiring("3.0.0", "bot", "2.0.0"), requiring("2.0.0", "bot", "1.0.0")]),
        (name("bot"), vec![release("1.0.0")]),
    ]);
    let unreachable = |release: &Candidate| {
        let found = unreachable_requirement(&name("bot"), release, &catalogue);
        found.map(|(component, minimum)| format!("{component} {minimum}"))
    };
    // The classifier 3.0.0 needs the bot 2.0.0, which needs the classifier.
    assert_eq!(unreachable(&requiring("2.0.0", "classifier", "3.0.0")).as_deref(), Some("classifier 3.0.0"));
    assert_eq!(unreachable(&requiring("2.0.0", "classifier", "2.0.0")), None);
    assert_eq!(unreachable(&requiring("2.0.0", "classifier", "4.0.0")).as_deref(), Some("classifier 4.0.0"));
    assert_eq!(unreachable(&requiring("2.0.0", "widget", "0.1.0")).as_deref(), Some("widget 0.1.0"));
}

fn any_version() -> impl Strategy<Value = String> {
    let pre = prop_oneof![4 => Just(""), 1 => Just("-rc.1"), 1 => Just("-rc.2")];
    let build = prop_oneof![3 => Just(""), 1 => Just("+a")];
    (0..4u8, 0..4u8, pre, build).prop_map(|(major, minor, pre, build)| format!("{major}.{minor}.0{pre}{build}"))
}

fn any_candidate() -> impl Strategy<Value = Candidate> {
    (any_version(), prop::bool::weighted(0.3), prop::bool::weighted(0.2)).prop_map(|(text, is_floor, is_withdrawn)| {
        let candidate = Candidate { is_floor, ..release(&text) };
        if is_withdrawn { withdrawn(candidate, None) } else { candidate }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_older_is_offered_and_no_floor_is_skipped(
        candidates in prop::collection::vec(any_candidate(), 0..12),
        start in any_version(),
    ) {
        let mut current = version(&start);
        for _ in 0..=candidates.len() {
            let Choice::Take(next) = next(&current.to_string(), &candidates) else { return Ok(()) };
            let target = next.version.get();
            prop_assert!(current.cmp_precedence(target).is_lt(), "{current} to {target}");
            prop_assert!(next.withdrawn.is_none());
            let skipped = candidates.iter().find(|one| {
                one.is_floor && one.is_newer_than(&current) && next.is_newer_than(one.version.get())
            });
            prop_assert!(skipped.is_none(), "{current} to {target} past {skipped:?}");
            current = target.clone();
        }
        prop_assert!(false, "it never ends");
    }
}
