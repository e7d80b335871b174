//! What help, messages and the reference need to know of a function, whichever table it is in.

use super::{Function, Group, Parameter, REACH, Reach, TABLE};

/// A row of one of the tables.
#[derive(Debug, Clone, Copy)]
pub enum Row {
    /// A function that an operator computes on the bars it is asked on.
    Operator(&'static Function),
    /// A function whose argument is computed elsewhere.
    Reach(&'static Reach),
}

/// All rows, by group and then as they read best.
pub fn rows() -> impl Iterator<Item = Row> {
    let operators = TABLE.iter().copied().map(Row::Operator);
    operators.chain(REACH.iter().copied().map(Row::Reach))
}

impl Row {
    /// The row of this name.
    pub fn find(name: &str) -> Option<Self> {
        rows().find(|row| row.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator(function) => function.name,
            Self::Reach(reach) => reach.name,
        }
    }

    /// What it is about.
    pub fn group(self) -> Group {
        match self {
            Self::Operator(function) => function.group,
            Self::Reach(reach) => reach.group,
        }
    }

    /// What it gives, in a sentence.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Operator(function) => function.summary,
            Self::Reach(reach) => reach.summary,
        }
    }

    /// What it is called with.
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Operator(function) => function.parameters,
            Self::Reach(reach) => reach.parameters,
        }
    }

    /// Names of its outputs if there are several.
    pub fn outputs(self) -> &'static [&'static str] {
        match self {
            Self::Operator(function) => function.outputs,
            Self::Reach(_) => &[],
        }
    }

    /// Whether its values are conditions, whatever it is called with.
    pub fn is_condition(self) -> bool {
        match self {
            Self::Operator(function) => function.condition,
            Self::Reach(_) => false,
        }
    }

    /// An expression that uses it.
    pub fn example(self) -> &'static str {
        match self {
            Self::Operator(function) => function.example,
            Self::Reach(reach) => reach.example,
        }
    }

    /// How many arguments a call needs at least.
    pub fn least_args(self) -> usize {
        self.parameters().iter().take_while(|parameter| parameter.default.is_none()).count()
    }

    /// `name(a, b = 2)`.
    pub fn signature(self) -> String {
        let parameters: Vec<String> = self
            .parameters()
            .iter()
            .map(|parameter| match parameter.default {
                Some(default) => format!("{} = {default}", parameter.name),
                None => parameter.name.into(),
            })
            .collect();
        if parameters.is_empty() {
            return self.name().into();
        }
        format!("{}({})", self.name(), parameters.join(", "))
    }
}
