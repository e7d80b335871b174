//! Tokens into a tree, by precedence climbing.

use super::ast::{NEG_PRECEDENCE, NOT_PRECEDENCE};
use super::lexer::{Token, tokens};
use super::{BinaryOp, Diagnostic, Expr, ExprKind, Span};
use super::{MAX_DEPTH, MAX_EXPRESSION_BYTES, MAX_NODES};

/// Parses one expression.
///
/// # Errors
///
/// The first thing that is not part of the language, with its place in `text`; also a text longer
/// than [`MAX_EXPRESSION_BYTES`], nested deeper than [`MAX_DEPTH`] or of more than [`MAX_NODES`] nodes.
pub fn parse(text: &str) -> Result<Expr, Diagnostic> {
    if text.len() > MAX_EXPRESSION_BYTES {
        return Err(Diagnostic::new(
            format!("the expression has {} bytes", text.len()),
            0..0,
            format!("at most {MAX_EXPRESSION_BYTES} are allowed"),
        ));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, nodes: 0 };
    if *parser.peek() == Token::End {
        return Err(Diagnostic::new("the expression is empty", 0..text.len(), "expected a value"));
    }
    let expr = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        token => Err(leftover(token, parser.span())),
    }
}

fn leftover(token: &Token, span: Span) -> Diagnostic {
    let help = match token {
        Token::Symbol(")") => "there is one closing parenthesis too many",
        Token::Symbol(",") => "a comma stands only between a function's arguments",
        _ => "two values need an operator between them, such as `and` or `+`",
    };
    Diagnostic::new(
        format!("unexpected {}", token.describe()),
        span,
        "expected an operator or the end",
    )
    .help(help)
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
    nodes: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn span(&self) -> Span {
        self.tokens[self.at].1.clone()
    }

    fn next(&mut self) -> (Token, Span) {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(s) if *s == symbol);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, symbol: &str, opened: &Span, what: &str) -> Result<Span, Diagnostic> {
        let span = self.span();
        if self.accept(symbol) {
            return Ok(span);
        }
        Err(Diagnostic::new(
            format!("expected `{symbol}`, found {}", self.peek().describe()),
            if span.is_empty() { opened.clone() } else { span },
            format!("{what} needs a closing `{symbol}`"),
        ))
    }

    fn node(&mut self, kind: ExprKind, span: Span) -> Result<Expr, Diagnostic> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Diagnostic::new(
                "the expression is too long",
                span,
                format!("at most {MAX_NODES} parts are allowed"),
            ));
        }
        Ok(Expr { kind, span })
    }

    /// Everything that binds at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Result<Expr, Diagnostic> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Diagnostic::new(
                "the expression is nested too deeply",
                self.span(),
                format!("at most {MAX_DEPTH} levels are allowed"),
            )
            .help("give the inner part a name under [let]"));
        }
        let mut left = self.prefix()?;
        while let Some(op) = self.operator() {
            if op.precedence() < least {
                break;
            }
            self.next();
            let right = self.expression(op.precedence() + 1)?;
            if op.is_comparison() && self.operator().is_some_and(BinaryOp::is_comparison) {
                return Err(Diagnostic::new(
                    "comparisons can't be chained",
                    self.span(),
                    "a second comparison",
                )
                .help("write `a < b and b < c`"));
            }
            let span = left.span.start..right.span.end;
            let kind = ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) };
            left = self.node(kind, span)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operator(&self) -> Option<BinaryOp> {
        Some(match self.peek() {
            Token::Word(word) if word == "or" => BinaryOp::Or,
            Token::Word(word) if word == "and" => BinaryOp::And,
            Token::Symbol("<") => BinaryOp::Less,
            Token::Symbol("<=") => BinaryOp::LessEqual,
            Token::Symbol(">") => BinaryOp::Greater,
            Token::Symbol(">=") => BinaryOp::GreaterEqual,
            Token::Symbol("==") => BinaryOp::Equal,
            Token::Symbol("!=") => BinaryOp::NotEqual,
            Token::Symbol("+") => BinaryOp::Add,
            Token::Symbol("-") => BinaryOp::Subtract,
            Token::Symbol("*") => BinaryOp::Multiply,
            Token::Symbol("/") => BinaryOp::Divide,
            Token::Symbol("%") => BinaryOp::Remainder,
            _ => return None,
        })
    }

    fn prefix(&mut self) -> Result<Expr, Diagnostic> {
        let start = self.span().start;
        match self.peek() {
            Token::Word(word) if word == "not" => {
                self.next();
                let inner = self.expression(NOT_PRECEDENCE)?;
                let span = start..inner.span.end;
                self.node(ExprKind::Not(Box::new(inner)), span)
            }
            Token::Symbol("-") => {
                self.next();
                let inner = self.expression(NEG_PRECEDENCE)?;
                let span = start..inner.span.end;
                match inner.kind {
                    ExprKind::Number(value) => self.node(ExprKind::Number(-value), span),
                    _ => self.node(ExprKind::Neg(Box::new(inner)), span),
                }
            }
            _ => self.postfix(),
        }
    }

    fn postfix(&mut self) -> Result<Expr, Diagnostic> {
        let mut expr = self.primary()?;
        loop {
            let opened = self.span();
            if self.accept("[") {
                let bars = self.expression(0)?;
                let end = self.expect("]", &opened, "a look back `x[n]`")?.end;
                let span = expr.span.start..end;
                let kind = ExprKind::Lag { expr: Box::new(expr), bars: Box::new(bars) };
                expr = self.node(kind, span)?;
            } else if self.accept(".") {
                let (token, output_span) = self.next();
                let Token::Word(output) = token else {
                    return Err(Diagnostic::new(
                        format!("expected an output's name, found {}", token.describe()),
                        if output_span.is_empty() { opened } else { output_span },
                        "a name such as `signal` belongs here",
                    ));
                };
                let span = expr.span.start..output_span.end;
                let kind = ExprKind::Output { expr: Box::new(expr), output, output_span };
                expr = self.node(kind, span)?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Diagnostic> {
        let (token, span) = self.next();
        match token {
            Token::Number(value) => self.node(ExprKind::Number(value), span),
            Token::Text(text) => self.node(ExprKind::Text(text), span),
            Token::Word(word) if matches!(word.as_str(), "and" | "or" | "not") => {
                Err(Diagnostic::new(
                    format!("`{word}` has nothing on its left"),
                    span,
                    "expected a value",
                ))
            }
            Token::Word(word) if word == "true" || word == "false" => {
                self.node(ExprKind::Bool(word == "true"), span)
            }
            Token::Word(name) if *self.peek() == Token::Symbol("(") => self.call(name, span),
            Token::Word(name) => self.node(ExprKind::Name(name), span),
            Token::Symbol("(") => {
                let inner = self.expression(0)?;
                self.expect(")", &span, "a parenthesis")?;
                Ok(inner)
            }
            token => Err(Diagnostic::new(
                format!("expected a value, found {}", token.describe()),
                span,
                "a number, a name, a function call or `(` belongs here",
            )),
        }
    }

    fn call(&mut self, name: String, name_span: Span) -> Result<Expr, Diagnostic> {
        let opened = self.next().1;
        let mut args = Vec::new();
        let end = loop {
            let span = self.span();
            if self.accept(")") {
                break span.end;
            }
            if !args.is_empty() && !self.accept(",") {
                break self.expect(")", &opened, "the argument list")?.end;
            }
            args.push(self.expression(0)?);
        };
        let span = name_span.start..end;
        self.node(ExprKind::Call { name, name_span, args }, span)
    }
}
