//! Units, time, chance and the RON codec: what every other floor is written in.

pub mod codec;
pub mod float;
pub mod gamma;
pub mod luck;
pub mod matrix;
pub mod partition;
pub mod time;
pub mod units;
