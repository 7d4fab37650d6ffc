//! Lines without personal data.

use std::collections::BTreeSet;

use centops_masking::mask;

#[test]
fn harmless_lines_stay_as_they_are() {
    let lines: Vec<&str> =
        include_str!("harmless.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect();
    let distinct: BTreeSet<&str> = lines.iter().copied().collect();
    assert!(distinct.len() >= 300 && distinct.len() == lines.len(), "{} of {}", distinct.len(), lines.len());
    let changed: Vec<String> =
        lines.iter().filter(|line| mask(line) != **line).map(|line| format!("{line} became {}", mask(line))).collect();
    assert!(changed.is_empty(), "{}", changed.join("\n"));
    let text = lines.join("\n");
    assert_eq!(mask(&text), text, "all lines in one text");
}
