//! Tests of the area, on a table on dynoxide.

mod notices;
