//! What holds for every kind, and the peers' figures.

mod anything;
mod golden;
mod laws;
mod recovery;
mod reproduced;

use super::*;

/// Every kind with parameters like those of CDNOW, [week].
fn models() -> Vec<Box<dyn CountModel>> {
    let at = |name: &str, parameters: &[f64]| kind(name).unwrap().at(parameters).unwrap();
    vec![
        at("bg_nbd", &golden::BG),
        at("mbg_nbd", &[0.525, 6.18, 0.891, 1.614]),
        at("mbg_cnbd", &[1.0, 0.525, 6.18, 0.891, 1.614]),
        at("mbg_cnbd", &[3.0, 0.8, 2.5, 0.891, 1.614]),
        at("pareto_nbd", &golden::PARETO),
        at("bg_nbd", &[0.7, 5.0, 1.0, 0.4]),
        at("pareto_nbd", &[0.8, 30.0, 1.0, 2.0]),
        at("mbg_cnbd", &[12.0, 2.0, 1.0, 1e-3, 1e3]),
    ]
}

/// A few customers [week].
fn customers() -> Vec<Purchases> {
    let of = |x, t_x, age| Purchases::new(x, t_x, age).unwrap();
    vec![
        Purchases::NEW,
        of(0, 0.0, 38.9),
        of(1, 0.1, 27.0),
        of(2, 30.4, 38.9),
        of(7, 39.0, 39.0),
        of(25, 27.3, 36.9),
        of(400, 38.0, 39.0),
    ]
}

/// Uniform numbers from a seed (SplitMix64: Steele, Lea & Flood 2014).
fn uniforms(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + 1e-17
    }
}

#[test]
fn kinds_are_found_by_name() {
    for it in KINDS {
        assert_eq!(kind(it.name()).unwrap().title(), it.title());
    }
    let unknown = kind("nbd").err().unwrap().to_string();
    assert_eq!(unknown, "unknown reference model `nbd`, expected one of `bg_nbd`, `mbg_nbd`, `mbg_cnbd`, `pareto_nbd`");
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let refused = |parameters: &[f64]| kind("mbg_cnbd").unwrap().at(parameters).err().unwrap().to_string();
    assert_eq!(refused(&[1.0, 2.0]), "mbg_cnbd takes the parameters k, r, alpha, a, b, but 2 are given");
    assert_eq!(
        refused(&[1.0, 2.0, 0.0, 1.0, 1.0]),
        "parameter alpha of mbg_cnbd must be between 1e-18 and 1e18, but is 0"
    );
    assert_eq!(
        refused(&[1.5, 2.0, 1.0, 1.0, 1.0]),
        "parameter k of mbg_cnbd must be a whole number between 1 and 1000, but is 1.5"
    );
}
