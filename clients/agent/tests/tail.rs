//! The log through rotation, restarts and truncation.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use centops_agent::position::Position;
use centops_agent::tail::{Start, Tail};

/// Lines long enough that two files never begin with the same bytes.
fn write(path: &Path, lines: std::ops::Range<u32>) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a file");
    for line in lines {
        writeln!(file, "{line} {}", format!("{line};").repeat(100)).expect("written");
    }
}

fn open(path: &Path, position: Option<Position>) -> Tail {
    Tail::open(path.to_owned(), Duration::ZERO, position, Start::Beginning).expect("a log")
}

/// Returns the numbers of the lines that are new.
fn read(tail: &mut Tail) -> Vec<u32> {
    tail.check(Instant::now()).expect("checked");
    let mut lines = Vec::new();
    while let Some(line) = tail.next_line().expect("read") {
        let text = String::from_utf8_lossy(line);
        lines.push(text.split(' ').next().and_then(|number| number.parse().ok()).expect("a number"));
    }
    lines
}

#[test]
fn lines_are_read_once_through_rotations_with_and_without_the_agent() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("centops.log");
    let rotate = |number: u32| fs::rename(&path, folder.path().join(format!("centops.log.{number}"))).expect("renamed");
    write(&path, 0..3);
    let mut tail = open(&path, None);
    assert_eq!(read(&mut tail), [0, 1, 2]);
    rotate(1);
    write(&folder.path().join("centops.log.1"), 3..4);
    write(&path, 4..6);
    assert_eq!(read(&mut tail), [3, 4, 5], "the old file first");
    let position = tail.position();
    drop(tail);
    rotate(2);
    write(&path, 6..8);
    rotate(3);
    write(&path, 8..9);
    let mut tail = open(&path, Some(position));
    assert_eq!(read(&mut tail), [6, 7, 8], "two rotations without the agent");
    assert_eq!(read(&mut tail), [0; 0]);
    assert_eq!((tail.status().lost_files, tail.status().truncated), (0, 0));
}

#[test]
fn file_truncated_in_place_is_refused_until_it_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("centops.log");
    write(&path, 0..3);
    let mut tail = open(&path, None);
    assert_eq!(read(&mut tail), [0, 1, 2]);
    fs::copy(&path, folder.path().join("centops.log.1")).expect("copied");
    File::create(&path).expect("truncated");
    write(&path, 3..9);
    assert_eq!(read(&mut tail), [0; 0]);
    assert!(tail.status().is_refused);
    fs::rename(&path, folder.path().join("centops.log.2")).expect("renamed");
    write(&path, 9..10);
    assert_eq!(read(&mut tail).last(), Some(&9));
}
