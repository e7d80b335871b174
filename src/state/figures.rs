//! Named numbers of a record: metrics and parts of a score.
//!
//! A record has a hundred of them, and hardly one is ever asked for. They stay the text that they are in the file, so that
//! to read, keep, copy and write them costs next to nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Numbers by their names, as JSON. A name without a number has null, for what is undefined.
#[derive(Clone)]
pub struct Figures(Box<RawValue>);

impl Figures {
    /// The number of this name, if there is one.
    pub fn get(&self, name: &str) -> Option<f64> {
        let [number] = self.pick([name]);
        number
    }

    /// The numbers of these names, at one reading.
    pub fn pick<const N: usize>(&self, names: [&str; N]) -> [Option<f64>; N] {
        let mut reader = serde_json::Deserializer::from_str(self.0.get());
        // What isn't an object has no numbers.
        Deserializer::deserialize_map(&mut reader, Pick(names)).unwrap_or([None; N])
    }

    /// All numbers by their names.
    pub fn all(&self) -> BTreeMap<String, Option<f64>> {
        let Value::Object(values) = self.value() else { return BTreeMap::new() };
        values.into_iter().map(|(name, value)| (name, value.as_f64())).collect()
    }

    fn value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

impl From<Value> for Figures {
    fn from(value: Value) -> Self {
        // A value has a text in any case.
        Self(serde_json::value::to_raw_value(&value).unwrap_or_default())
    }
}

/// They are the same if they say the same, in whatever order and layout.
impl PartialEq for Figures {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get() || self.value() == other.value()
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get())
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Laid(&self.0).serialize(serializer)
    }
}

/// JSON whose objects are laid out by who writes it; all else in it stays the text that it is.
struct Laid<'a>(&'a RawValue);

impl Serialize for Laid<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.get();
        let entries = text.starts_with('{').then(|| serde_json::from_str::<Entries<'_>>(text));
        match entries {
            Some(Ok(Entries(entries))) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, Laid(value))))
            }
            _ => self.0.serialize(serializer),
        }
    }
}

/// An object's keys and values, in the order of its text.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Entries<'de> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self, A::Error> {
        while let Some(entry) = entries.next_entry()? {
            self.0.push(entry);
        }
        Ok(self)
    }
}

impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        // The text is only found to be JSON so far: what no value can be made of is refused here as well.
        if !is_plain(text.get()) {
            serde_json::from_str::<Number>(text.get()).map_err(D::Error::custom)?;
        }
        Ok(Self(text))
    }
}

/// Whether nothing in a text of JSON is out of bounds at first sight: no number is so long that it could be too large,
/// nothing stands so deep, and no character is written as an escape. Nearly all texts are so.
fn is_plain(text: &str) -> bool {
    const FEW: usize = 64;
    let bytes = text.as_bytes();
    // Twice so many digits in a row, and as many more behind the point, are far from the largest number with an exponent of
    // two. A row of them would fill one of these pieces.
    let is_long = |piece: &[u8]| piece.len() == FEW && piece.iter().all(u8::is_ascii_digit);
    let opens = |byte: &&u8| matches!(**byte, b'[' | b'{');
    let has_short_exponent = |at: usize| {
        let is_exponent = at > 0 && bytes[at - 1].is_ascii_digit();
        let signs = bytes[at + 1..].iter().take_while(|byte| matches!(byte, b'+' | b'-')).count();
        let digits =
            bytes[at + 1 + signs..].iter().take(3).take_while(|byte| byte.is_ascii_digit());
        !is_exponent || digits.count() <= 2
    };
    memchr::memchr(b'\\', bytes).is_none()
        && bytes.iter().filter(opens).count() <= FEW
        && !bytes.chunks(FEW).any(is_long)
        && memchr::memchr2_iter(b'e', b'E', bytes).all(has_short_exponent)
}

/// Takes a few numbers out of an object, and copies nothing.
struct Pick<'a, const N: usize>([&'a str; N]);

impl<'de, const N: usize> Visitor<'de> for Pick<'_, N> {
    type Value = [Option<f64>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        // Of a name that is there twice the last counts, as for every reader of these files.
        while let Some(place) = entries.next_key_seed(Place(&self.0))? {
            match place {
                Some(at) => found[at] = entries.next_value::<Number>()?.0,
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// Which of the names a key is.
struct Place<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

/// A number, or whatever else a [`Value`] can be made of, of which nothing is kept.
struct Number(Option<f64>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self(None))
    }
}

impl<'de> Visitor<'de> for Number {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self, E> {
        Ok(Self(Some(number as f64)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self, E> {
        Ok(Self(Some(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self, E> {
        Ok(Self(Some(number)))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}
