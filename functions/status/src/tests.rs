//! Tests of the area, on a table on dynoxide.

mod publish_status;
