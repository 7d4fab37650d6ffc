//! The spool over restarts, and its limits.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::time::Duration;

use centops_report::{Arrival, DropReason, Limits, Spool, SpoolError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// A time some seconds after the start of a test.
fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(31_536_000 + seconds)
}

fn append(spool: &Spool, offset: u64) {
    spool.append(vec![b'x'; 100], 10, Some(json!(offset)), at(0)).expect("stored");
}

#[test]
fn restart_keeps_batches_their_keys_their_age_and_the_position() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Spool::open(folder.path(), Limits::default()).expect("a spool");
    let spool = open();
    assert!(matches!(Spool::open(folder.path(), Limits::default()), Err(SpoolError::Locked(_))));
    append(&spool, 1);
    append(&spool, 2);
    let sent = spool.begin(at(0)).expect("read").expect("a batch");
    drop(spool);
    // The request may have arrived before the crash: same key, and its age counts from the first request.
    let spool = open();
    assert_eq!(spool.source(), Some(json!(2)));
    let again = spool.begin(at(10)).expect("read").expect("a batch");
    assert_eq!((&again.key, again.sent_at, &again.body), (&sent.key, Some(at(0)), &sent.body));
    spool.settle(&again, Arrival::Accepted, at(10)).expect("written");
    drop(spool);
    let spool = open();
    assert_eq!((spool.status().batches, spool.status().counts.accepted), (1, 10));
    let second = spool.begin(at(11)).expect("read").expect("a batch");
    spool.settle(&second, Arrival::Accepted, at(11)).expect("written");
    drop(spool);
    assert_eq!(open().source(), Some(json!(2)), "the position outlives its batch");
    open().set_source(json!(3)).expect("written");
    assert_eq!(open().source(), Some(json!(3)));
}

#[test]
fn batch_with_a_lost_answer_is_dropped_when_its_key_may_have_expired() {
    let spool = Spool::in_memory(Limits::default());
    append(&spool, 1);
    let first = spool.begin(at(0)).expect("read").expect("a batch");
    spool.settle(&first, Arrival::Unknown, at(0)).expect("written");
    let second = spool.begin(at(270)).expect("read").expect("a batch");
    assert_eq!(second.key, first.key);
    // A later refusal by the gateway does not undo the first request.
    spool.settle(&second, Arrival::NotArrived, at(270)).expect("written");
    assert_eq!(spool.begin(at(271)).expect("read"), None);
    assert_eq!(spool.status().counts.dropped_for(DropReason::AnswerLost), 10);
}

#[test]
fn batch_that_did_not_arrive_is_kept_for_an_hour() {
    let spool = Spool::in_memory(Limits::default());
    append(&spool, 1);
    for second in (0..=3600).step_by(600) {
        let batch = spool.begin(at(second)).expect("read").expect("a batch");
        spool.settle(&batch, Arrival::NotArrived, at(second)).expect("written");
    }
    assert_eq!(spool.begin(at(3601)).expect("read"), None);
    assert_eq!(spool.status().counts.dropped_for(DropReason::TooOld), 10);
}

#[test]
fn oldest_batch_makes_room_but_not_the_one_in_flight() {
    let spool = Spool::in_memory(Limits { max_bytes: 250, ..Limits::default() });
    append(&spool, 1);
    let in_flight = spool.begin(at(0)).expect("read").expect("a batch");
    (2..=4).for_each(|offset| append(&spool, offset));
    assert_eq!(spool.status().batches, 4);
    spool.settle(&in_flight, Arrival::Accepted, at(0)).expect("written");
    assert_eq!((spool.status().batches, spool.status().counts.accepted), (2, 10));
    assert_eq!(spool.status().counts.dropped_for(DropReason::SpoolFull), 10);
}

#[test]
fn refused_batch_and_corrupt_file_are_set_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(folder.path(), Limits::default()).expect("a spool");
    append(&spool, 1);
    append(&spool, 2);
    let batch = spool.begin(at(0)).expect("read").expect("a batch");
    spool.settle(&batch, Arrival::Rejected, at(0)).expect("written");
    assert_eq!(std::fs::read_dir(folder.path().join("rejected")).expect("a folder").count(), 1);
    assert_eq!(spool.status().counts.dropped_for(DropReason::Rejected), 10);
    drop(spool);
    std::fs::write(folder.path().join(format!("{:020}.record", 2)), b"centops-report 1\n").expect("written");
    let spool = Spool::open(folder.path(), Limits::default()).expect("a spool");
    assert_eq!((spool.status().batches, spool.status().corrupt_records), (0, 1));
    assert_eq!(spool.source(), Some(json!(1)), "the source is read again from the last good batch");
}

#[test]
fn key_counts_as_expired_after_the_clock_was_set_back() {
    let spool = Spool::in_memory(Limits { key_life: Duration::from_mins(1), ..Limits::default() });
    append(&spool, 1);
    let batch = spool.begin(at(0)).expect("read").expect("a batch");
    spool.settle(&batch, Arrival::Unknown, at(0)).expect("written");
    assert_eq!(spool.begin(at(-61)).expect("read"), None);
    assert_eq!(spool.status().counts.dropped_for(DropReason::AnswerLost), 10);
}
