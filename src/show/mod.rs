//! What people get to see: charts, tables, the report, and the folder that holds them.

pub mod chart;
pub mod number;
