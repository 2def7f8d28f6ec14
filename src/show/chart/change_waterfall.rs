//! A change in parts, from what was to what is, as a waterfall.
//!
//! Each part's bar begins where the one before ends; the whisker around its beginning shows how far the part would reach
//! by chance alone. A bar that ends outside it is no chance.

use super::{
    Chart, ChartError, Headline, Picture,
    canvas::Canvas,
    rows::{self, Row},
    style::{CONTROL, GREY, VERMILION, series},
};
use crate::show::number::Unit;

/// A part of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name.
    pub label: String,
    /// How much of the change it is.
    pub amount: f64,
    /// How far it would reach by chance alone; none if that is not known.
    pub reach: Option<f64>,
    /// Told strongly: it is beyond chance.
    pub counts: bool,
}

/// From what was to what is.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeWaterfall {
    /// What stands above.
    pub headline: Headline,
    /// What the values are.
    pub unit: Unit,
    /// What the values measure, with their unit.
    pub axis: String,
    /// Name and value at the beginning.
    pub from: (String, f64),
    /// In their order.
    pub steps: Vec<Step>,
    /// Name and value at the end.
    pub to: (String, f64),
}

impl Chart for ChangeWaterfall {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said: Vec<_> = self.rows().into_iter().map(|row| format!("{}: {}", row.label, row.value)).collect();
        format!("{} {}.", self.headline.sentence(), said.join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        let rows = self.rows();
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            match rows::draw(canvas, body, &rows, &self.unit, &self.axis)? {
                Some(panel) => joined(canvas, &panel, &rows),
                None => Ok(()),
            }
        })
    }
}

impl ChangeWaterfall {
    fn rows(&self) -> Vec<Row> {
        let end = |(label, value): &(String, f64)| Row {
            label: label.clone(),
            bar: (0.0, *value),
            whisker: None,
            ring: None,
            colour: CONTROL,
            value: self.unit.short(*value),
            note: String::new(),
        };
        let mut reached = self.from.1;
        let mut rows = vec![end(&self.from)];
        for step in &self.steps {
            rows.push(self.row(step, reached));
            reached += if step.amount.is_finite() { step.amount } else { 0.0 };
        }
        rows.push(end(&self.to));
        rows
    }

    fn row(&self, step: &Step, from: f64) -> Row {
        let reach = step.reach.filter(|reach| reach.is_finite() && *reach > 0.0);
        Row {
            label: step.label.clone(),
            bar: (from, from + step.amount),
            whisker: reach.map(|reach| (from - reach, from + reach)),
            ring: None,
            colour: match (step.counts, step.amount < 0.0) {
                (false, _) => GREY,
                (true, true) => VERMILION,
                (true, false) => series(2),
            },
            value: self.unit.signed(step.amount),
            note: reach.map(|reach| format!("chance: ±{}", self.unit.short(reach))).unwrap_or_default(),
        }
    }
}

/// Thin lines from the end of each bar to the start of the next.
fn joined(canvas: &Canvas<'_>, panel: &super::axis::Panel, rows: &[Row]) -> Result<(), ChartError> {
    let height = panel.plot.height() / rows.len() as f64;
    let half = rows::thickness(height);
    for (place, row) in rows.iter().take(rows.len() - 1).enumerate() {
        if row.bar.1.is_finite() {
            let (x, y) = (panel.x_at(row.bar.1), panel.plot.top + height * (place as f64 + 0.5));
            canvas.line(vec![(x, y + half), (x, y + height - half)], GREY, 1.2)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(amounts: &[f64]) -> ChangeWaterfall {
        let step = |&amount: &f64| Step { label: "part".to_owned(), amount, reach: Some(40.0), counts: amount < -40.0 };
        let to = 100.0 + amounts.iter().sum::<f64>();
        ChangeWaterfall {
            headline: Headline::new("Fewer sessions paid", "Whiskers hold 95% of what chance alone makes of a part"),
            unit: Unit::Money("$".to_owned()),
            axis: "revenue of the day".to_owned(),
            from: ("Monday".to_owned(), 100.0),
            steps: amounts.iter().map(step).collect(),
            to: ("Tuesday".to_owned(), to),
        }
    }

    #[test]
    fn a_step_begins_where_the_one_before_ends() {
        let rows = chart(&[-50.0, 10.0]).rows();
        let bars: Vec<_> = rows.iter().map(|row| row.bar).collect();
        assert_eq!(bars, [(0.0, 100.0), (100.0, 50.0), (50.0, 60.0), (0.0, 60.0)]);
        assert_eq!(rows[1].whisker, Some((60.0, 140.0)));
    }

    #[test]
    fn any_numbers_can_be_drawn() {
        for amounts in [vec![], vec![f64::NAN], vec![-1e12, 1e12], vec![0.0; 12]] {
            let picture = chart(&amounts).picture().unwrap();
            assert!(picture.svg.starts_with("<svg") && !picture.svg.contains("NaN"), "{amounts:?}");
        }
    }
}
