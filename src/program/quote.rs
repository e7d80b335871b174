//! Names of a program as messages show them.

/// A name as a message quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", clipped(name))
}

/// A name short enough for one line, without control characters.
pub(super) fn clipped(name: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = name.chars().take(MOST).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}
