//! The functions of the language: against TA-Lib, against slow definitions, and against the laws that
//! every operator has to obey.

#![expect(clippy::float_cmp, reason = "which values come out exactly is the subject")]

mod docs;
mod edges;
mod harness;
mod laws;
mod oracle;
mod slow;
