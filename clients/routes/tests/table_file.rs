//! The table file: complete, truncated, changed and forged.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::path::Path;

use centops_routes::simulation::{Signer, SimulatedNetwork};
use centops_routes::table_file::{self, TableFileError};
use centops_routes::{
    Keys, RouteRequest, RouteResponse, SavedTable, SignatureError, SignedBody, UpdateError, UpdatePolicy, Updater,
};
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// An updater with two pages and two deltas.
fn updater() -> (SimulatedNetwork, Updater) {
    let mut network = SimulatedNetwork::new(Signer::new().expect("a key"), NOW);
    network.set_page_size(2);
    for name in ["a", "b", "c"] {
        network.put(name, "https://x", NOW);
    }
    let mut updater = Updater::new(UpdatePolicy::default(), keys(&network));
    for name in ["d", "e"] {
        refresh(&mut updater, &network);
        network.put(name, "https://y", NOW);
    }
    network.remove("a", NOW);
    refresh(&mut updater, &network);
    (network, updater)
}

fn refresh(updater: &mut Updater, network: &SimulatedNetwork) {
    let request = updater.next_request();
    let response = network.respond(request).expect("a response");
    updater.apply_response(request, response, NOW).expect("the response is accepted");
}

fn keys(network: &SimulatedNetwork) -> Keys {
    Keys::from_jwks(network.jwks().as_bytes()).expect("keys")
}

fn load(path: &Path) -> SavedTable {
    table_file::load(path).expect("the file is readable").expect("the file exists")
}

fn restore(network: &SimulatedNetwork, saved: SavedTable) -> Result<Updater, UpdateError> {
    Updater::restore(UpdatePolicy::default(), keys(network), saved, NOW)
}

#[test]
fn saved_table_is_restored_and_continues_with_deltas() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("routes");
    let (mut network, updater) = updater();
    assert!(table_file::load(&path).expect("a missing file is no error").is_none());
    table_file::save(&path, &updater.saved().expect("a table")).expect("the file is written");
    for keys in [keys(&network), Keys::default()] {
        let restored = Updater::restore(UpdatePolicy::default(), keys, load(&path), NOW).expect("a valid file");
        assert_eq!(restored.current(), updater.current());
        assert_eq!(restored.next_request(), RouteRequest::ChangesSince(network.revision()));
    }
    let mut restored = restore(&network, load(&path)).expect("a valid file");
    network.put("f", "https://z", NOW);
    refresh(&mut restored, &network);
    assert_eq!(restored.current().map(|current| current.table.revision()), Some(network.revision()));
    let files = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(files, 1, "no temporary file is left");
}

#[test]
fn file_truncated_or_changed_at_any_byte_is_rejected() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("routes");
    table_file::save(&path, &updater().1.saved().expect("a table")).expect("the file is written");
    let content = std::fs::read(&path).expect("the file");
    let assert_corrupt = |bytes: &[u8], change: &str| {
        assert!(matches!(table_file::parse(bytes), Err(TableFileError::Corrupt)), "{change}");
    };
    for end in 0..content.len() {
        assert_corrupt(&content[..end], &format!("truncated at {end}"));
    }
    for position in 0..content.len() {
        let mut changed = content.clone();
        changed[position] ^= 1;
        assert_corrupt(&changed, &format!("changed at {position}"));
    }
    assert_corrupt(&[content.as_slice(), b"\n"].concat(), "extended");
    std::fs::write(&path, &content[..content.len() / 2]).expect("the file is truncated");
    assert!(matches!(table_file::load(&path), Err(TableFileError::Corrupt)));
}

#[test]
fn io_error_is_returned_for_a_missing_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = updater().1.saved().expect("a table");
    let missing = folder.path().join("missing").join("routes");
    assert!(matches!(table_file::save(&missing, &table), Err(TableFileError::Io { action: "write", .. })));
    assert!(matches!(table_file::load(folder.path()), Err(TableFileError::Io { action: "read", .. })));
}

#[test]
fn forged_documents_are_rejected_by_their_signatures() {
    let (network, updater) = updater();
    let valid = updater.saved().expect("a table");
    let error = |saved: SavedTable| restore(&network, saved).map(|_| ());
    assert_eq!(error(valid.clone()), Ok(()));

    let mut without_page = valid.clone();
    without_page.pages.pop();
    assert_eq!(error(without_page), Err(UpdateError::InconsistentPages));

    let mut without_delta = valid.clone();
    without_delta.deltas.remove(0);
    assert!(error(without_delta).is_err(), "the second delta does not begin at the table's revision");

    let mut changed_body = valid.clone();
    changed_body.pages[0] = SignedBody::new(changed_body.pages[0].signature.clone(), &b"{}"[..]);
    assert_eq!(error(changed_body), Err(UpdateError::Signature(SignatureError::Mismatch)));

    let other_signer = Signer::new().expect("a key");
    let mut other_key = valid;
    other_key.pages[0].signature = other_signer.sign(&other_key.pages[0].body).expect("a signature");
    assert_eq!(
        error(other_key),
        Err(UpdateError::Signature(SignatureError::UnknownKey(other_signer.key_id().to_owned())))
    );
}

#[test]
fn file_from_the_future_ages_from_its_restoration() {
    let (network, updater) = updater();
    let mut saved = updater.saved().expect("a table");
    saved.confirmed_at = NOW + SignedDuration::from_hours(1000);
    let mut restored = restore(&network, saved).expect("a valid file");
    let later = NOW + SignedDuration::from_hours(73);
    assert!(restored.status(later).expired);
    let request = restored.next_request();
    restored.apply_response(request, RouteResponse::Unchanged, later).expect("the table is confirmed");
    assert!(!restored.status(later).expired);
}
