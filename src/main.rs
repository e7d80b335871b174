//! Arguments in, adapters wired, error to exit code; nothing else.

fn main() {}
