//! The room's small parts, each by itself.

use std::collections::BTreeSet;

use sprag::review::{Command, Marker, Receipt, Room, branch, iteration_of, record_of, room};
use sprag::state::Waiting;

#[test]
fn names_are_functions_of_the_iteration_and_read_back() {
    for iteration in [0, 42, 999_999, 1_000_000, u64::MAX] {
        assert_eq!(iteration_of(&branch(iteration)), Some(iteration));
    }
    assert_eq!(branch(42), "sprag/iteration-000042");
    for other in ["sprag/iteration-42", "sprag/iteration-0000042", "sprag/iteration-+00042", "main"]
    {
        assert_eq!(iteration_of(other), None, "{other}");
    }
    let receipt = Receipt { iteration: 42, record: 57, origin: "0a1b".into() };
    assert_eq!(Receipt::find(&format!("x\n{receipt}\ny")), Some(receipt));
    for broken in [
        "",
        "<!-- sprag: iteration x, record 1, candidate a -->",
        "<!-- sprag: iteration 1, record 1, candidate not hex -->",
        "<!-- sprag: iteration 1, record 1, candidate a",
    ] {
        assert_eq!(Receipt::find(broken), None, "{broken}");
    }
    for marker in [Marker::Record(3), Marker::Answer(u64::MAX)] {
        assert_eq!(Marker::find(&format!("{marker}\nwords")), Some(marker));
    }
    assert_eq!(Marker::find("<!-- sprag: answer -1 -->"), None);
    assert_eq!(record_of("x\n\nSprag-Epoch: e\nSprag-Record: 7\n"), Some(7));
    // Words of a proposal come before the trailers, and a person's message may say anything.
    assert_eq!(record_of("Sprag-Record: 7\n\nmine"), None);
}

#[test]
fn commands_are_the_first_word_of_a_comment() {
    let hint = |text: &str| Some(Command::Hint(text.into()));
    for (body, expected) in [
        ("/sprag hint try\n  this\u{202e}", hint("try this")),
        ("  /sprag retry please", Some(Command::Retry)),
        ("/sprag hold", Some(Command::Hold)),
        ("/sprag", Some(Command::Unknown)),
        ("/sprag hint", Some(Command::Unknown)),
        ("/sprag Hint x", Some(Command::Unknown)),
        ("/spraghint x", None),
        ("> /sprag hint x", None),
        ("well, /sprag retry", None),
        ("", None),
    ] {
        assert_eq!(Command::find(body), expected, "{body}");
    }
    let Some(Command::Hint(long)) = Command::find(&format!("/sprag hint {}", "x".repeat(9_999)))
    else {
        panic!()
    };
    assert_eq!(long.chars().count(), sprag::review::MOST_HINT);
}

#[test]
fn there_is_room_or_the_worst_makes_way() {
    let one = |iteration, score| Waiting {
        iteration,
        record: iteration,
        candidate: Some("c".into()),
        score,
        epoch: "e".into(),
        parent: None,
        commit: None,
        number: None,
    };
    let waiting = [one(1, Some(5.0)), one(2, Some(3.0)), one(3, Some(3.0))];
    let nobody = BTreeSet::new();
    let held = |iterations: &[u64]| iterations.iter().copied().collect::<BTreeSet<u64>>();
    assert_eq!(room(&waiting, &nobody, 4, None), Room::Free);
    assert_eq!(room(&waiting, &nobody, 3, Some(4.0)), Room::InPlaceOf(3));
    assert_eq!(room(&waiting, &nobody, 3, Some(3.0)), Room::None);
    assert_eq!(room(&waiting, &held(&[3]), 3, Some(4.0)), Room::InPlaceOf(2));
    assert_eq!(room(&waiting, &held(&[2, 3]), 3, Some(4.0)), Room::None);
    assert_eq!(room(&waiting, &held(&[1, 2, 3]), 3, Some(9.0)), Room::None);
    // The bound was lowered: one makes way, nobody is thrown out for it.
    assert_eq!(room(&waiting, &nobody, 1, Some(9.0)), Room::InPlaceOf(3));
    let unscored = [one(1, None), one(2, Some(-4.0))];
    assert_eq!(room(&unscored, &nobody, 2, Some(-9.0)), Room::InPlaceOf(1));
}
