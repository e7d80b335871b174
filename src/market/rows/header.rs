//! The names of a file's columns: which one holds what.

use super::super::{
    finding::{Finding, Kind},
    number::parse_number,
};
use super::{CLOSE, FUNDING, MAX_COLUMNS, NAMES, VALUES, VOLUME, shown};

/// What a column is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::market) enum Role {
    Time,
    Value(usize),
    Ignored,
}

/// The columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::market) struct Layout {
    /// One per column, in file order.
    pub roles: Vec<Role>,
    pub has_volume: bool,
    pub has_funding: bool,
    /// The file has both a close and an adjusted close.
    pub ignores_adjusted_close: bool,
}

/// Accepted spellings, letters and digits only, lower case. Of a column's spellings, those of the first
/// group that the header has are meant; the rest are ignored.
const TIME: [&[&str]; 3] = [
    &[
        "time",
        "timestamp",
        "datetime",
        "date",
        "opentime",
        "dateutc",
        "timeutc",
        "datetimeutc",
        "timestamputc",
        "opentimeutc",
        "utc",
        "ts",
        "t",
        "gmttime",
        "timestampms",
        "timems",
    ],
    &["unix", "unixtime", "unixtimestamp", "epoch", "day", "tradedate", "tradingdate"],
    // The index column that pandas writes has no name; in Parquet it is `__index_level_0__`.
    &["", "indexlevel0"],
];
const VALUE_NAMES: [&[&[&str]]; VALUES] = [
    &[&["open", "o"], &["openprice"]],
    &[&["high", "h"], &["highprice"]],
    &[&["low", "l"], &["lowprice"]],
    &[&["close", "c"], &["closeprice"], &["price", "last", "closelast"], ADJUSTED_CLOSE],
    &[&["volume", "vol", "v"], &["basevolume", "tickvolume", "tickvol"]],
    &[&["funding", "fundingrate"]],
];
const ADJUSTED_CLOSE: &[&str] = &["adjclose", "adjustedclose", "closeadj", "closeadjusted"];

/// Assigns roles to the names of the header on `line`.
pub(in crate::market) fn layout(names: &[&[u8]], line: u64) -> Result<Layout, Finding> {
    if names.len() > MAX_COLUMNS {
        let message = format!("{} columns; the limit is {MAX_COLUMNS}: remove some", names.len());
        return Err(Finding::at(line, Kind::Unreadable, message));
    }
    let keys: Vec<String> = names.iter().map(|name| key(name)).collect();
    let mut roles = vec![Role::Ignored; names.len()];
    let mut missing = Vec::new();
    match find_time(&keys).map_err(|message| Finding::at(line, Kind::AmbiguousColumn, message))? {
        Some(column) => roles[column] = Role::Time,
        None => missing.push("time"),
    }
    let mut found = [None; VALUES];
    for (value, groups) in VALUE_NAMES.iter().enumerate() {
        found[value] = find(&keys, groups).map_err(|(a, b)| {
            let (a, b) = (shown(names[a]), shown(names[b]));
            let message =
                format!("columns `{a}` and `{b}` both say {}; rename or remove one", NAMES[value]);
            Finding::at(line, Kind::AmbiguousColumn, message)
        })?;
        match found[value] {
            Some(column) => roles[column] = Role::Value(value),
            None if value <= CLOSE => missing.push(NAMES[value]),
            None => {}
        }
    }
    if !missing.is_empty() {
        return Err(Finding::at(line, Kind::MissingColumn, explain_missing(&missing, names)));
    }
    let is_adjusted = |key: &String| ADJUSTED_CLOSE.contains(&key.as_str());
    let adjusted = keys.iter().position(is_adjusted);
    Ok(Layout {
        roles,
        has_volume: found[VOLUME].is_some(),
        has_funding: found[FUNDING].is_some(),
        ignores_adjusted_close: adjusted.is_some() && adjusted != found[CLOSE],
    })
}

/// `<Adj. Close>` to `adjclose`.
fn key(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The column that one of the groups names; two columns of one group are an error.
fn find(keys: &[String], groups: &[&[&str]]) -> Result<Option<usize>, (usize, usize)> {
    for group in groups {
        let mut columns = (0..keys.len()).filter(|i| group.contains(&keys[*i].as_str()));
        match (columns.next(), columns.next()) {
            (Some(a), Some(b)) => return Err((a, b)),
            (Some(a), None) => return Ok(Some(a)),
            _ => {}
        }
    }
    Ok(None)
}

/// The time column. Several may say the same in different notations: the first one counts, save for a
/// date and a time of day that only make sense together.
fn find_time(keys: &[String]) -> Result<Option<usize>, String> {
    let position = |name: &str| keys.iter().position(|key| key == name);
    if let (Some(date), Some(time)) = (position("date"), position("time")) {
        return Err(format!(
            "columns {} and {} are a date and a time; join them into one `time` column such as \
             2020-01-31T14:30:00Z",
            date + 1,
            time + 1
        ));
    }
    let named = TIME[..2]
        .iter()
        .find_map(|group| keys.iter().position(|key| group.contains(&key.as_str())));
    // Only a first column without a name is an index.
    let index = |(column, key): (usize, &String)| {
        TIME[2].contains(&key.as_str()) && (column == 0 || !key.is_empty())
    };
    Ok(named.or_else(|| keys.iter().enumerate().position(index)))
}

fn explain_missing(missing: &[&str], names: &[&[u8]]) -> String {
    let is_data = names.iter().filter(|name| parse_number(name).is_some()).count() >= 3;
    let found: Vec<String> =
        names.iter().take(20).map(|name| format!("`{}`", shown(name))).collect();
    let hint = if is_data {
        "; this line looks like data: put a header such as time,open,high,low,close,volume above it"
    } else {
        ""
    };
    let plural = if missing.len() == 1 { "" } else { "s" };
    format!(
        "no column{plural} for {}; the header has {}{hint}",
        missing.join(", "),
        found.join(", ")
    )
}
