//! What should follow from moving a number, if the idea behind it is right: the half of a hypothesis
//! that the result can prove wrong.

use super::numbers::{Role, Use};

/// The effect of moving this number up or down, as the second half of a sentence.
pub(super) fn of_moving(number: &Use, up: bool) -> &'static str {
    let key = number.key.as_str();
    let longer = match key {
        "risk.max_bars" => return max_bars(up),
        _ if number.role == Role::Level => return level(key, up),
        _ if number.role == Role::Factor => {
            return "it fits the size of usual moves better, so the return for the risk taken rises";
        }
        _ if number.role == Role::Crossing && key.ends_with(".exit") => {
            return "trades end at a better moment, so the return per trade rises";
        }
        _ if number.role == Role::Crossing => {
            return "trades begin at a better moment, so the return per trade rises";
        }
        _ if key.starts_with("risk.") => {
            return "the distance is measured better, so fewer trades end at the wrong moment";
        }
        _ if key.starts_with("size.") => {
            return "money goes to the better positions, so the return for the risk taken rises";
        }
        _ if number.role == Role::Window => up,
        _ => (number.role == Role::Stricter) == up,
    };
    match (number.role, key.ends_with(".exit"), longer) {
        (_, true, true) => LATER_EXIT,
        (_, true, false) => SOONER_EXIT,
        (Role::Window, _, true) => {
            "it heeds less noise, so the return per trade rises more than the number of trades falls"
        }
        (Role::Window, _, false) => {
            "it reacts sooner, so there are more trades at no worse a return per trade"
        }
        (_, _, true) => FEWER_ENTRIES,
        (_, _, false) => MORE_ENTRIES,
    }
}

/// A condition to enter that holds less often.
pub(super) const FEWER_ENTRIES: &str =
    "the return per trade rises by more than the number of trades falls";
/// A condition to enter that holds more often.
pub(super) const MORE_ENTRIES: &str =
    "the number of trades rises by more than the return per trade falls";
/// Positions left sooner.
pub(super) const SOONER_EXIT: &str =
    "positions are left sooner, so the drawdown falls by more than the return";
/// Positions left later.
pub(super) const LATER_EXIT: &str =
    "positions outlast short setbacks, so the return per trade rises by more than the drawdown";

/// A holding period that is made longer or shorter.
pub(super) fn max_bars(longer: bool) -> &'static str {
    if longer {
        "slow trades get the time to pay, so the return per trade rises"
    } else {
        "idle positions are freed sooner, so the same return takes less exposure"
    }
}

/// A level of `[risk]` that is moved away or nearer.
pub(super) fn level(key: &str, farther: bool) -> &'static str {
    match (key, farther) {
        ("risk.take_profit", true) => {
            "winners run further, so the average win grows by more than the win rate falls"
        }
        ("risk.take_profit", false) => {
            "gains are taken early, so the win rate rises by more than the average win falls"
        }
        (_, true) => {
            "fewer trades are stopped by noise, so the win rate rises by more than the average loss"
        }
        (_, false) => "losses are cut sooner, so the average loss falls by more than the win rate",
    }
}
