//! Progress on standard error, where it is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts up to a length that is told along the way; drawn only on a terminal.
pub fn bar(quiet: bool, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(1).with_message(what);
    if quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{msg} {bar:32} {percent:>3}%  {elapsed} elapsed, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// A spinner for work without a known length.
pub fn spinner(quiet: bool, what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    if quiet {
        spinner.set_draw_target(ProgressDrawTarget::hidden());
    }
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}
