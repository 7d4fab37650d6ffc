//! The file of the last good table: whole, cut and changed.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use centops_routes::disk::{self, DiskError};
use centops_routes::keeper::{Answer, Ask, Saved};
use centops_routes::simulation::{Network, Signer};
use centops_routes::{Keeper, Keys, Refusal, Rules, Signed};
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Two pages and two deltas.
fn keeper() -> (Network, Keeper) {
    let mut network = Network::new(Signer::new().expect("a key"), NOW);
    network.set_page(2);
    for name in ["a", "b", "c"] {
        network.put(name, "https://x", NOW);
    }
    let mut keeper = Keeper::new(Rules::default(), keys(&network));
    for name in ["d", "e"] {
        let asked = keeper.ask();
        keeper.take(asked, network.answer(asked).expect("an answer"), NOW).expect("it is believed");
        network.put(name, "https://y", NOW);
    }
    network.remove("a", NOW);
    let asked = keeper.ask();
    keeper.take(asked, network.answer(asked).expect("an answer"), NOW).expect("it is believed");
    (network, keeper)
}

fn keys(network: &Network) -> Keys {
    Keys::from_jwks(network.jwks().as_bytes()).expect("keys")
}

fn saved(path: &Path) -> Saved {
    disk::load(path).expect("it can be read").expect("it is there")
}

#[test]
fn what_was_saved_comes_back_verified_and_goes_on_from_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("routes");
    let (mut network, keeper) = keeper();
    assert!(disk::load(&path).expect("no file is no error").is_none());
    disk::save(&path, &keeper.saved().expect("a table")).expect("it is written");
    for keys in [keys(&network), Keys::default()] {
        let back = Keeper::restored(Rules::default(), keys, saved(&path), NOW).expect("it is believed");
        assert_eq!(back.view(), keeper.view());
        assert_eq!(back.ask(), Ask::Since(network.revision()));
    }
    let mut back = Keeper::restored(Rules::default(), keys(&network), saved(&path), NOW).expect("it is believed");
    network.put("f", "https://z", NOW);
    let asked = back.ask();
    back.take(asked, network.answer(asked).expect("an answer"), NOW).expect("it is believed");
    assert_eq!(back.view().map(|view| view.table.revision()), Some(network.revision()));
    let files = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(files, 1, "no temporary file is left");
}

#[test]
fn a_file_cut_anywhere_or_changed_anywhere_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("routes");
    disk::save(&path, &keeper().1.saved().expect("a table")).expect("it is written");
    let whole = std::fs::read(&path).expect("the file");
    let refused = |bytes: &[u8], what: &str| {
        assert!(matches!(disk::parse(bytes), Err(DiskError::Damaged)), "{what}");
    };
    for end in 0..whole.len() {
        refused(&whole[..end], &format!("cut at {end}"));
    }
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 1;
        refused(&changed, &format!("changed at {position}"));
    }
    refused(&[whole.as_slice(), b"\n"].concat(), "longer");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("it is cut");
    assert!(matches!(disk::load(&path), Err(DiskError::Damaged)));
}

#[test]
fn a_folder_that_is_not_there_is_an_error_and_the_old_file_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = keeper().1.saved().expect("a table");
    let nowhere = folder.path().join("nowhere").join("routes");
    assert!(matches!(disk::save(&nowhere, &table), Err(DiskError::Io { done: "written", .. })));
    assert!(matches!(disk::load(folder.path()), Err(DiskError::Io { done: "read", .. })));
}

#[test]
fn a_file_made_anew_with_other_documents_is_refused_by_its_signatures() {
    let (network, keeper) = keeper();
    let good = keeper.saved().expect("a table");
    let restored = |saved: Saved| Keeper::restored(Rules::default(), keys(&network), saved, NOW).map(|_| ());
    assert_eq!(restored(good.clone()), Ok(()));

    let mut without_a_page = good.clone();
    without_a_page.pages.pop();
    assert_eq!(restored(without_a_page), Err(Refusal::Pages));

    let mut without_a_delta = good.clone();
    without_a_delta.deltas.remove(0);
    assert!(restored(without_a_delta).is_err(), "the second delta does not begin where the table ends");

    let mut forged = good.clone();
    forged.pages[0] = Signed::new(forged.pages[0].signature.clone(), &b"{}"[..]);
    assert_eq!(restored(forged), Err(Refusal::Signature));

    let stranger = Signer::new().expect("a key");
    let mut strange = good;
    strange.pages[0].signature = stranger.sign(&strange.pages[0].body).expect("a signature");
    assert_eq!(restored(strange), Err(Refusal::UnknownKey(stranger.kid().to_owned())));
}

#[test]
fn a_file_from_the_future_ages_from_now_on() {
    let (network, keeper) = keeper();
    let mut future = keeper.saved().expect("a table");
    future.confirmed = NOW + SignedDuration::from_hours(1000);
    let back = Keeper::restored(Rules::default(), keys(&network), future, NOW).expect("it is believed");
    let later = NOW + SignedDuration::from_hours(73);
    assert!(back.status(later).expired);
    let answer = Answer::Unchanged;
    let mut back = back;
    let asked = back.ask();
    back.take(asked, answer, later).expect("confirmed");
    assert!(!back.status(later).expired);
}
