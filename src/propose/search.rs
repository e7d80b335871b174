//! The offline search.
