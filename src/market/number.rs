//! Decimal text to `f64`, correctly rounded and quick for the numbers that price files hold.
//!
//! Method: Clinger, "How to read floating point numbers accurately" (PLDI 1990), the exact case: when
//! the digits fit 53 bits and the power of ten is exact too, one IEEE division rounds correctly. All
//! else goes to the standard library.

/// The powers of ten that an `f64` holds exactly.
pub(super) const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Reads a number with blanks around it, to the bit as `str::parse::<f64>` does (which also knows `nan`
/// and `inf`: callers look for them).
pub fn parse_number(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    match plain_prefix(text) {
        Some((value, length)) if length == text.len() => Some(value),
        _ => str::from_utf8(text).ok()?.parse().ok(),
    }
}

/// Reads the plain decimal number that `text` starts with and says how long it is; `None` where there
/// is none or the quick way wouldn't be exact.
#[inline]
pub(super) fn plain_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let (whole, point) = take_digits(text, start, 0);
    let (digits, end) = match text.get(point) {
        Some(b'.') => take_digits(text, point + 1, whole),
        _ => (whole, point),
    };
    let decimals = if end > point { end - point - 1 } else { 0 };
    let digit_count = end - start - usize::from(end > point);
    // Up to 19 digits can't overflow a u64; up to 2^53 the conversion to f64 is exact.
    if digit_count == 0 || digit_count > 19 || digits > 1 << 53 {
        return None;
    }
    let value = digits as f64 / EXACT_POWERS[decimals];
    Some((if negative { -value } else { value }, end))
}

/// Appends the digits from `at` on to `value`; returns it and where they end.
#[inline(always)]
fn take_digits(text: &[u8], mut at: usize, mut value: u64) -> (u64, usize) {
    while let Some(byte) = text.get(at) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (value, at)
}
