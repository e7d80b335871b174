//! The tree that the parser builds: what was written, with the place of each part.

use super::Span;

/// One expression and where it stands in its text.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Byte range in the text it was parsed from; empty for trees made by a program.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A number literal.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A quoted name: `'SPX'`. It never has both kinds of quotes.
    Text(String),
    /// A name: a series, a parameter, a `[let]`, or a function that needs no arguments.
    Name(String),
    /// `function(arguments)`.
    Call {
        /// The function's name.
        name: String,
        /// Where the name stands.
        name_span: Span,
        /// Arguments in order.
        args: Vec<Expr>,
    },
    /// `call.output`: one output of a function that has several.
    Output {
        /// The call.
        expr: Box<Expr>,
        /// The output's name.
        output: String,
        /// Where that name stands.
        output_span: Span,
    },
    /// `x[n]`: the value n bars ago.
    Lag {
        /// What is looked up.
        expr: Box<Expr>,
        /// How many bars ago: a constant.
        bars: Box<Expr>,
    },
    /// `-x`.
    Neg(Box<Expr>),
    /// `not x`.
    Not(Box<Expr>),
    /// `left op right`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
}

impl Expr {
    /// Its parts, from left to right.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Text(_) | ExprKind::Name(_) => {
                Vec::new()
            }
            ExprKind::Call { args, .. } => args.iter().collect(),
            ExprKind::Output { expr, .. } | ExprKind::Neg(expr) | ExprKind::Not(expr) => vec![expr],
            ExprKind::Lag { expr, bars } => vec![expr, bars],
            ExprKind::Binary { left, right, .. } => vec![left, right],
        }
    }

    /// All its parts, itself first, in preorder.
    pub fn nodes(&self) -> Vec<&Self> {
        let mut all = vec![self];
        for child in self.children() {
            all.extend(child.nodes());
        }
        all
    }

    /// The terms of a chain of `op`, from left to right; itself alone if it is no such chain.
    pub fn terms(&self, op: BinaryOp) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Binary { op: own, left, right } if *own == op => {
                let mut all = left.terms(op);
                all.extend(right.terms(op));
                all
            }
            _ => vec![self],
        }
    }
}

/// Operators between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the operator of its name")]
pub enum BinaryOp {
    Or,
    And,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl BinaryOp {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// How tightly it binds; a higher number binds tighter.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            op if op.is_comparison() => 4,
            Self::Add | Self::Subtract => 5,
            _ => 6,
        }
    }

    /// `and`, `or`.
    pub fn is_logic(self) -> bool {
        matches!(self, Self::And | Self::Or)
    }

    /// `<`, `<=`, `>`, `>=`, `==`, `!=`.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Less
                | Self::LessEqual
                | Self::Greater
                | Self::GreaterEqual
                | Self::Equal
                | Self::NotEqual
        )
    }
}

/// How tightly `not` binds: looser than a comparison, tighter than `and`.
pub(super) const NOT_PRECEDENCE: u8 = 3;
/// How tightly unary minus binds: tighter than `*`, looser than `x[n]`.
pub(super) const NEG_PRECEDENCE: u8 = 7;

/// The columns of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub enum Series {
    Open,
    High,
    Low,
    Close,
    Volume,
    /// What clocks of the market show at the bar, as milliseconds since 1970 would at UTC; only functions of
    /// the calendar read it.
    Time,
}

impl Series {
    /// The series that an expression can name.
    pub const NAMED: [Self; 5] = [Self::Open, Self::High, Self::Low, Self::Close, Self::Volume];

    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::Time => "time",
        }
    }

    /// The series of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|series| series.name() == name)
    }
}
