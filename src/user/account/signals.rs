//! All that a prediction of an account may hang on, as numbers.

use super::AccountModel;
use crate::{base::float::log1p, history::account::MODULES};

/// Signals that are not about one module.
pub const PLAIN: usize = 15;
/// All signals: the plain ones, then the use of each module.
pub const SIGNALS: usize = PLAIN + MODULES;

/// The signals of an account on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signals(pub [f64; SIGNALS]);

impl Signals {
    /// Names of the plain signals, in their order.
    pub const NAMES: [&str; PLAIN] = [
        "adopted_modules",
        "weekly_active_share",
        "usage_trend",
        "sessions_per_seat",
        "severe_tickets_90d",
        "tickets_lately",
        "support_satisfaction",
        "review_sentiment",
        "recommendation",
        "sponsor_changed_180d",
        "sponsor_vacant",
        "late_payments",
        "renewals",
        "shrank",
        "ln_seats",
    ];

    pub(super) fn of(model: &AccountModel, day: i32) -> Self {
        let flag = |holds: bool| f64::from(u8::from(holds));
        let terms = model.terms();
        let seats = terms.map_or(0.0, |terms| f64::from(terms.seats));
        let plain = [
            model.adoption.expected(),
            model.usage.active_share().unwrap_or(0.0),
            model.usage.trend().unwrap_or(0.0),
            model.usage.sessions_per_seat().unwrap_or(0.0),
            f64::from(model.tickets.severe(day)),
            log1p(model.tickets.lately(day)),
            model.sentiment.of_support(day),
            model.sentiment.of_reviews(day),
            model.sentiment.of_surveys(day),
            flag(model.sponsor.changed(day)),
            flag(model.sponsor.is_vacant()),
            model.payments.lately(day),
            terms.map_or(0.0, |terms| log1p(terms.renewals.into())),
            flag(model.commitment.shrank),
            log1p(seats),
        ];
        let mut all = [0.0; SIGNALS];
        all[..PLAIN].copy_from_slice(&plain);
        for (module, signal) in all[PLAIN..].iter_mut().enumerate() {
            *signal = f64::from(model.adoption.probability[module]);
        }
        Self(all)
    }

    /// The name of a signal; those of modules by the names of the product's modules, none beyond them.
    #[must_use]
    pub fn name(place: usize, modules: &[impl AsRef<str>]) -> Option<String> {
        match Self::NAMES.get(place) {
            Some(name) => Some((*name).to_owned()),
            None => modules.get(place - PLAIN).map(|module| format!("uses {}", module.as_ref())),
        }
    }
}
