//! What people get to see: charts, tables, the report, and the folder that holds them.
//!
//! [`chart`] turns plain data into pictures, [`table`] into aligned text, CSV and Parquet. A
//! [`document`] is the report's content; [`html`] and [`markdown`] write it. A [`folder`] appears whole or
//! not at all.

pub mod accounts_report;
pub mod accounts_run_report;
pub mod backtest_report;
pub mod brief_report;
pub mod chart;
pub mod check_report;
pub mod document;
pub mod experiment_report;
pub mod explain_report;
pub mod folder;
pub mod forecast_report;
pub mod html;
pub mod insight_report;
pub mod markdown;
pub mod number;
pub mod past_change_report;
pub mod plan_report;
pub mod replay_report;
pub mod run_report;
pub mod table;
pub mod why_report;
