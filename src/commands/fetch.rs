//! `sprag data fetch`: the files that the sources of the program have, or one source of the call's own.

use serde_json::{Value, json};

use super::context::Context;
use super::{Failure, Output};
use crate::adapters::data_files;
use crate::adapters::fetch::{FetchError, Fetched, Fetcher, Patience, World};
use crate::adapters::http::{Http, Timeouts};
use crate::adapters::system_clock::SystemClock;
use crate::adapters::terminal::Transfers;
use crate::cli::FetchArgs;
use crate::iteration::Ending;
use crate::market::time::format_short;
use crate::ports::Clock;
use crate::program::Program;
use crate::sources::{Order, orders};

pub(super) fn run(context: &Context, args: &FetchArgs) -> Result<Output, Failure> {
    let program = context.program()?;
    let orders = chosen(&program, args)?;
    let settings = &program.settings.market;
    let http = Http::for_files(Timeouts::default(), false)
        .map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
    let transfers = Transfers::new(context.global.quiet);
    let world = World {
        http: &http,
        now: &|| SystemClock.now().as_millisecond(),
        variable: &|name| std::env::var(name).ok(),
        report: &|event| transfers.show(event),
    };
    let folder = context.root().join(&settings.data);
    let zone = data_files::zone(settings)?;
    let mut fetcher = Fetcher::new(world, &folder, &zone, Patience::default(), args.replace)
        .map_err(|error| failure(&error))?;
    let mut results = Vec::new();
    for order in &orders {
        let result = fetcher.fetch(order);
        transfers.finish();
        results.push((order.symbol.as_str(), result));
    }
    let code = code(&results);
    let output = if context.global.json {
        let files = results.iter().map(|(symbol, result)| as_json(&settings.data, symbol, result));
        Output::json(&json!({ "files": files.collect::<Vec<Value>>() }))?
    } else {
        let lines = results.iter().map(|(symbol, result)| line(&settings.data, symbol, result));
        Output::from(lines.collect::<String>())
    };
    Ok(Output { code, ..output })
}

/// What is to be fetched: all orders of the program, some of them, or those of the call's own source.
fn chosen(program: &Program, args: &FetchArgs) -> Result<Vec<Order>, Failure> {
    let texts = [
        ("url", &args.url),
        ("kind", &args.kind),
        ("ticker", &args.ticker),
        ("interval", &args.interval),
        ("from", &args.from),
        ("to", &args.to),
        ("sha256", &args.sha256),
    ];
    let texts: Vec<(&str, &str)> =
        texts.iter().filter_map(|(key, text)| Some((*key, text.as_deref()?))).collect();
    if !texts.is_empty() || !args.of.is_empty() {
        if let Some(symbol) = args.symbols.first() {
            let message = format!("{symbol}: a source of this call has its symbols by --symbol");
            return Err(Failure::usage(message));
        }
        let own = Program::of_one_source(&texts, &args.of, "the options of data fetch")?;
        return Ok(orders(&own.settings));
    }
    let all = orders(&program.settings);
    if all.is_empty() {
        return Err(Failure::usage(
            "program.md has no [[source]] to fetch from; add one, or name it: `sprag data fetch --symbol X --url …`",
        ));
    }
    if args.symbols.is_empty() {
        return Ok(all);
    }
    let find = |symbol: &String| {
        let order = all.iter().find(|order| order.symbol == *symbol);
        let known = || all.iter().map(|order| order.symbol.as_str()).collect::<Vec<_>>().join(", ");
        order.cloned().ok_or_else(|| {
            Failure::usage(format!("no source of program.md has {symbol}; they have {}", known()))
        })
    };
    args.symbols.iter().map(find).collect()
}

/// The worst of what happened: what only a person can mend before what time may mend.
fn code(results: &[(&str, Result<Fetched, FetchError>)]) -> u8 {
    let errors: Vec<&FetchError> =
        results.iter().filter_map(|(_, result)| result.as_ref().err()).collect();
    let endings = errors.iter().map(|error| failure(error).code());
    [2, 3, 75].into_iter().find(|code| endings.clone().any(|other| other == *code)).unwrap_or(0)
}

fn failure(error: &FetchError) -> Failure {
    let ending = if error.is_transient() {
        Ending::Transient
    } else if error.needs_person() {
        Ending::NeedsPerson
    } else {
        Ending::Configuration
    };
    Failure { error: anyhow::anyhow!("{error}"), ending }
}

fn status(result: &Result<Fetched, FetchError>) -> &'static str {
    match result {
        Ok(Fetched { is_new: true, .. }) => "fetched",
        Ok(_) => "unchanged",
        Err(error) if error.is_transient() => "later",
        Err(error) if error.needs_person() => "refused",
        Err(_) => "failed",
    }
}

fn as_json(data: &str, symbol: &str, result: &Result<Fetched, FetchError>) -> Value {
    let status = status(result);
    match result {
        Ok(fetched) => json!({
            "symbol": symbol,
            "status": status,
            "file": name(data, fetched),
            "bars": fetched.bars,
            "added": fetched.added,
            "from": fetched.span.map(|(from, _)| crate::market::format_time(from)),
            "to": fetched.span.map(|(_, to)| crate::market::format_time(to)),
            "warnings": fetched.warnings,
        }),
        Err(error) => json!({ "symbol": symbol, "status": status, "message": error.to_string() }),
    }
}

/// The file as messages call it: below the data folder, wherever the root is.
fn name(data: &str, fetched: &Fetched) -> String {
    let name = fetched.path.file_name().unwrap_or_default();
    std::path::Path::new(data).join(name).display().to_string()
}

/// `AAPL: fetched data/AAPL.csv: 3270 bars (12 new), 2000-03-01 to 2013-03-01, 2 warnings`
fn line(data: &str, symbol: &str, result: &Result<Fetched, FetchError>) -> String {
    let status = status(result);
    match result {
        Ok(fetched) => {
            let span = fetched.span.map_or_else(String::new, |(from, to)| {
                format!(", {} to {}", format_short(from), format_short(to))
            });
            let warnings = match fetched.warnings.len() {
                0 => String::new(),
                1 => ", 1 warning".into(),
                count => format!(", {count} warnings"),
            };
            format!(
                "{symbol}: {status} {}: {} bars ({} new){span}{warnings}\n",
                name(data, fetched),
                fetched.bars,
                fetched.added
            )
        }
        Err(error) => format!("{symbol}: {status}: {error}\n"),
    }
}
