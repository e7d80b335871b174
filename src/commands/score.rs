//! `sprag score`: the score of returns and trades from files.

use std::num::NonZeroUsize;

use super::context::{Context, read_file};
use super::{Failure, Output};
use crate::cli::ScoreArgs;
use crate::score::files::{FoldRule, Request, score_files};
use crate::table::CsvText;

pub(super) fn run(context: &Context, args: &ScoreArgs) -> Result<Output, Failure> {
    let settings = context.program()?.settings.score;
    let returns = read_file(&args.returns)?;
    let trades = read_file(&args.trades)?;
    let in_sample = args.in_sample.as_deref().map(read_file).transpose()?;
    let names = [Some(&args.returns), Some(&args.trades), args.in_sample.as_ref()]
        .map(|path| path.map(|path| path.display().to_string()).unwrap_or_default());
    let folds = match &args.fold_column {
        Some(column) => FoldRule::Column(column),
        None => FoldRule::Count(args.folds.unwrap_or(NonZeroUsize::MIN)),
    };
    let request = Request {
        returns: CsvText { name: &names[0], content: &returns },
        trades: CsvText { name: &names[1], content: &trades },
        in_sample: in_sample.as_ref().map(|content| CsvText { name: &names[2], content }),
        folds,
        bars_per_year: args.bars_per_year,
    };
    let document = score_files(&request, &settings).map_err(Failure::usage)?;
    if context.global.json {
        return Output::json(&document);
    }
    let mut text = format!("score {:.4}\n", document.score);
    if let Some(parts) = &document.parts {
        let parts =
            serde_json::to_value(parts).map_err(|error| Failure::unexpected(error.into()))?;
        for (name, value) in parts.as_object().into_iter().flatten() {
            text.push_str(&format!("  {name:<20} {value}\n"));
        }
    } else {
        text.push_str("  no trades to score\n");
    }
    Ok(text.into())
}
