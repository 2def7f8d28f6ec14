//! The exports that are understood: one file a format, each with a recogniser and a reader of its rows.
//!
//! A new format is a new file and a line in the list below. Formats are tried in the order of the list, on the first
//! row of a file that tells.

use super::row::{Out, Row};
use crate::history::rejection::Flaw;
pub(super) use snowplow::COLUMNS as SNOWPLOW;

/// Which layer of the business a format tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Where people come from, and what that cost.
    Acquisition,
    /// What they do.
    Engagement,
    /// What they pay.
    Revenue,
    /// What is agreed with companies.
    Business,
}

macro_rules! formats {
    ($($(#[$doc:meta])* $kind:ident: $module:ident),+ $(,)?) => {
        $(mod $module;)+

        /// A format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Format { $($(#[$doc])* $kind),+ }

        impl Format {
            /// All formats, in the order in which they are tried.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Its name, as the command line knows the tool.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $module::NAME),+ }
            }

            /// The tool that writes it.
            #[must_use]
            pub const fn tool(self) -> &'static str {
                match self { $(Self::$kind => $module::TOOL),+ }
            }

            /// The layer it tells of.
            #[must_use]
            pub const fn layer(self) -> Layer {
                match self { $(Self::$kind => $module::LAYER),+ }
            }

            /// Texts that are all it reads of a row that has the first of them, by their paths; none if it reads more.
            #[must_use]
            pub const fn cells(self) -> &'static [&'static str] {
                match self { $(Self::$kind => $module::CELLS),+ }
            }

            fn recognises(self, row: &Row) -> bool {
                match self { $(Self::$kind => $module::recognises(row)),+ }
            }

            /// Reads a row.
            ///
            /// # Errors
            /// What is wrong with it.
            pub fn read(self, row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
                match self { $(Self::$kind => $module::read(row, out)),+ }
            }
        }
    };
}

formats! {
    /// Segment and RudderStack: track, identify, page, screen, group, alias.
    Segment: segment,
    /// Amplitude's export API and its warehouse table.
    Amplitude: amplitude,
    /// Mixpanel's raw export and its warehouse table.
    Mixpanel: mixpanel,
    /// PostHog's batch export.
    PostHog: posthog,
    /// Google Analytics 4, from BigQuery.
    Ga4: ga4,
    /// Snowplow's enriched events.
    Snowplow: snowplow,
    /// Stripe's webhook events and API objects.
    StripeApi: stripe_api,
    /// Stripe's payments export from the dashboard.
    StripePayments: stripe_payments,
    /// Stripe's itemised balance report.
    StripeBalance: stripe_balance,
    /// Stripe's tables in a warehouse.
    StripeTables: stripe_tables,
    /// Meta's Insights API.
    MetaApi: meta_api,
    /// Meta's Ads Manager export.
    MetaCsv: meta_csv,
    /// Meta's tables in a warehouse.
    MetaTables: meta_tables,
    /// Google Ads' tables.
    GoogleAds: google_ads,
    /// Salesforce's tables.
    Salesforce: salesforce,
    /// HubSpot's tables.
    HubSpot: hubspot,
    /// Zendesk's tables.
    Zendesk: zendesk,
    /// Our own columns, or any table with a user, a time and a name of what happened or an amount.
    Generic: generic,
}

/// The tool of tables of one's own.
pub const GENERIC: &str = generic::TOOL;

impl Format {
    /// The format of a row; one of a tool's only, if that is said.
    #[must_use]
    pub fn of(row: &Row, tool: Option<&str>) -> Option<Self> {
        let meant = |format: &&Self| tool.is_none_or(|tool| format.tool() == tool);
        Self::ALL.iter().filter(meant).find(|format| format.recognises(row)).copied()
    }

    /// What a tool exports that is understood, in words.
    #[must_use]
    pub fn listed() -> String {
        Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join("; ")
    }
}
