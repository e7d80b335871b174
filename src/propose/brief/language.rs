//! The language, in short: its rules, and every function of the table.

use std::fmt::Write as _;

use crate::expr::functions::rows;
use crate::expr::{MAX_DEPTH, MAX_EXPRESSION_BYTES, MAX_WINDOW, TIMEFRAMES};

const RULES: &str = "\
A strategy is a TOML file of expressions over the bars of one symbol; each rule is evaluated at every
close, for every symbol alike, and filled at the next open.

```toml
[params]                      # numbers with names; min and max are the bounds of a later search
fast = { value = 20, min = 5, max = 60 }
[let]                         # expressions with names
trend = \"ema(close, fast) > ema(close, 100)\"
[long]                        # and [short], in the same form; exit may be missing if [risk] ends trades
enter = \"trend and cross_above(rsi(close, 14), 50)\"
exit = \"cross_below(close, sma(close, 100))\"
[risk]                        # all optional
stop_loss = \"3 * atr(14)\"     # a distance in price, or \"5%\"
take_profit = \"10%\"
trailing_stop = \"8%\"
max_bars = 60                 # out at the open this many bars after the fill
[size]                        # all optional
weight = \"min(1, 2 / natr(20))\" # part of the slot's equity, 0 to 1
max_positions = 4             # equal slots of the account
rank = \"roc(close, 60)\"       # who gets a slot when there are too few, the highest first
```

- Bars have `open`, `high`, `low`, `close`, `volume`. `x[n]` is x n bars ago; n is a constant, never
  negative. There is no way to read a later bar.
- Operators, tightest first: `x[n]` and `.output`, unary `-`, `* / %`, `+ -`, `< <= > >= == !=` (they
  don't chain), `not`, `and`, `or`. No power operator: `pow(x, 2)`. A choice: `if(condition, a, b)`.
- A value is a number, a condition, or a constant; windows must be constants, which parameters are.
  Conditions and numbers don't mix: `if(condition, 1, 0)` makes a number.
- A window that isn't full or a division by zero is undefined: arithmetic with it is undefined, any
  comparison with it is false.
- A rolling extreme includes the current bar: a breakout is `close > highest(high, 20)[1]`.
- Where enter and exit are both true, a position is closed and none is opened.
";

/// The rules and all functions, one line each.
pub(super) fn language() -> String {
    let mut text = String::from(RULES);
    let _ = writeln!(
        text,
        "- Timeframes and symbols stand in single or double quotes; timeframes: {}.\n\
         - Limits: {MAX_EXPRESSION_BYTES} bytes and {MAX_DEPTH} levels for an expression, {MAX_WINDOW} bars \
         for a window.",
        TIMEFRAMES.join(", ")
    );
    let mut group = None;
    for row in rows() {
        if group.replace(row.group()) != Some(row.group()) {
            let _ = writeln!(text, "\n{}:", row.group().title());
        }
        let _ = write!(text, "- `{}` ", row.signature());
        if row.is_condition() {
            text.push_str("(condition) ");
        }
        if !row.outputs().is_empty() {
            let outputs: Vec<String> = row.outputs().iter().map(|o| format!("`.{o}`")).collect();
            let _ = write!(text, "({}) ", outputs.join(" "));
        }
        let _ = writeln!(text, "{}", row.summary());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn the_example_of_the_rules_is_a_strategy() {
        let (_, rest) = RULES.split_once("```toml\n").unwrap();
        let (toml, _) = rest.split_once("```").unwrap();
        check::read("brief", toml).map(|_| ()).unwrap();
    }
}
