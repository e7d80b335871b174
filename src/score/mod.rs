//! The score: one number in (-100, 100) for what out-of-sample evidence says about a strategy.
//!
//! 0 is no evidence, positive is evidence of a stable profit, negative is evidence of loss:
//!
//! ```text
//! score = 100 E f_n^a_n G            if E >= 0
//! score = 100 E f_n^a_n (1 - G/2)    if E <  0
//! E = w_profit tanh(SR_s / s0) + w_trade tanh(e_s / e0)
//! G = f_d^a_d f_c^a_c f_g^a_g f_x^a_x f_l^a_l
//! ```
//!
//! One file per part, in the order in which they are computed:
//!
//! | file | symbols | what |
//! |---|---|---|
//! | [`trades`] | med, N_eff, f_n | typical trade, effective number of trades, enough of them? |
//! | [`tail`] | δ | the loss that has not happened yet |
//! | [`vif`] | VIF | what autocorrelation takes off a Sharpe ratio |
//! | [`sharpe`] | sr, SR, V, se | Sharpe ratio and its standard error |
//! | [`edge`] | e | return per trade in units of the typical trade |
//! | [`shrink`] | SR_s, e_s | an estimate shrunk to nothing within its own error |
//! | [`drawdown`] | D, f_d | drawdown at one and the same volatility |
//! | [`consistency`] | f_c | does every fold carry its share? |
//! | [`degradation`] | z, f_g | fall from in-sample to out-of-sample |
//! | [`exposure`] | f_x | microscopic exposure |
//! | [`limit`] | M, f_l | extreme leverage |
//! | [`combine`] | E, G | the parts in one number |
//!
//! Moments (g3, g4) and the normal distribution (Φ) are those of [`stats`](crate::stats).
//! [`score()`] runs them, [`files`] feeds them from CSV text. Scales, weights and exponents are
//! [`ScoreSettings`](crate::program::ScoreSettings). The tests hold every part to reference values
//! (`tests/data/score/score.json`) at 1e-9.
//!
//! Never touches the clock, the disk, market data or the trial count: how many strategies were tried
//! is for certification to weigh, not for the score.

pub mod combine;
pub mod consistency;
pub mod degradation;
pub mod drawdown;
pub mod edge;
mod error;
mod evaluate;
pub mod exposure;
pub mod files;
pub mod limit;
pub mod sharpe;
pub mod shrink;
pub mod tail;
pub mod trades;
pub mod vif;

pub use consistency::split_folds;
pub use error::{Input, ScoreError};
pub use evaluate::{Evidence, Parts, Score, Status, score};
pub use trades::episodes;
