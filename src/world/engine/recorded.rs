//! Recorded streams in blocks.
