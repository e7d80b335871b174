//! Each file of the corpus through its reader.

use std::fmt::Write as _;

use super::readers::{READERS, corpus};

#[test]
fn each_nasty_file_is_refused_with_its_place_or_read_for_what_it_is() {
    for (folder, reader) in READERS {
        let files = corpus(folder);
        assert!(files.len() >= 60, "{folder}: only {} files", files.len());
        let mut found = String::new();
        for (name, bytes) in &files {
            let _ = writeln!(found, "{name}: {}", reader(name, bytes));
        }
        let path = crate::scan::root().join(format!("tests/data/hostile/{folder}.txt"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected, "{folder} (UPDATE_EXPECT=1 accepts what is right)");
        }
        assert_eq!(found.lines().count(), expected.lines().count(), "{folder}");
    }
}
