//! `sprag data fetch` on the command line.

use clap::Args;

/// What stands below the options in `sprag data fetch --help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  sprag data fetch                   what is new of every [[source]] of program.md
  sprag data fetch BTCUSDT           of one symbol
  sprag data fetch --symbol GOLD --url https://example.org/gold.csv --sha256 910d…
  sprag data fetch --symbol BTCUSDT --kind binance --interval 1h --from 2020-01-01
  sprag data fetch --symbol SPX --kind stooq --ticker ^spx

In program.md, under ```toml:
  [[source]]
  symbols = [\"GOLD\"]
  url = \"https://example.org/{ticker}.csv?apikey=${GOLD_KEY}\"   # the environment has the key
  ticker = \"xau\"

Each symbol is one of fetched, unchanged, later (exit code 75: the network or a limit; run it
again), refused (3: the source rewrote its past, or the file isn't the one that was fetched; look
at it, then --replace) or failed (2). sources.lock beside the files remembers where each came from
and its SHA-256; commit it with them. docs/data.md says more.";

/// `sprag data fetch`
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Only these symbols (default: all that the sources of program.md name)
    pub symbols: Vec<String>,
    /// A source for this call alone: the address of a file, or of an interface
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Its kind: url, binance or stooq
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Its symbol, the name of the file (repeatable)
    #[arg(long = "symbol", value_name = "NAME")]
    pub of: Vec<String>,
    /// What it calls the symbol
    #[arg(long, value_name = "NAME")]
    pub ticker: Option<String>,
    /// Length of a bar: 1m, 1h, 1d …
    #[arg(long, value_name = "LENGTH")]
    pub interval: Option<String>,
    /// First date
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Last date
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// SHA-256 that the file must have
    #[arg(long, value_name = "HEX")]
    pub sha256: Option<String>,
    /// Overwrite files that were changed here, or whose past was changed by the source
    #[arg(long)]
    pub replace: bool,
}
