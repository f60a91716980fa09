// A calculator, trees, graphs and words: a program of many small functions, to be stopped anywhere.
use std::cell::RefCell;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::fmt;
use std::rc::Rc;
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Num(f64),
    Op(char),
    Ident(String),
    LParen,
    RParen,
}
#[derive(Debug)]
enum Expr {
    Num(f64),
    Var(String),
    Bin {
        op: char,
        l: Box<Expr>,
        r: Box<Expr>,
    },
    Neg(Box<Expr>),
}
#[derive(Debug)]
enum Error {
    Unexpected(Token),
    Eof,
    Unbound(String),
}
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unexpected(t) => write!(f, "unexpected {:?}", t),
            Error::Eof => write!(f, "eof"),
            Error::Unbound(s) => write!(f, "unbound {}", s),
        }
    }
}
struct Lexer<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
}
impl<'a> Lexer<'a> {
    fn new(s: &'a str) -> Self {
        Lexer {
            chars: s.chars().peekable(),
            line: 1,
        }
    }
    #[inline(never)]
    fn next_token(&mut self) -> Option<Token> {
        while let Some(&c) = self.chars.peek() {
            if c.is_whitespace() {
                if c == '\n' {
                    self.line += 1;
                }
                self.chars.next();
                continue;
            }
            if c.is_ascii_digit() {
                let mut s = String::new();
                while let Some(&d) = self.chars.peek() {
                    if d.is_ascii_digit() || d == '.' {
                        s.push(d);
                        self.chars.next();
                    } else {
                        break;
                    }
                }
                return Some(Token::Num(s.parse().unwrap()));
            }
            if c.is_alphabetic() {
                let mut s = String::new();
                while let Some(&d) = self.chars.peek() {
                    if d.is_alphanumeric() {
                        s.push(d);
                        self.chars.next();
                    } else {
                        break;
                    }
                }
                return Some(Token::Ident(s));
            }
            self.chars.next();
            return Some(match c {
                '(' => Token::LParen,
                ')' => Token::RParen,
                o => Token::Op(o),
            });
        }
        None
    }
}
struct Parser {
    tokens: VecDeque<Token>,
    depth: usize,
}
impl Parser {
    #[inline(never)]
    fn expr(&mut self, min: u8) -> Result<Expr, Error> {
        self.depth += 1;
        let mut lhs = self.atom()?;
        loop {
            let (op, bp) = match self.tokens.front() {
                Some(Token::Op(o)) => (*o, prec(*o)),
                _ => break,
            };
            if bp < min {
                break;
            }
            self.tokens.pop_front();
            let rhs = self.expr(bp + 1)?;
            lhs = Expr::Bin {
                op,
                l: Box::new(lhs),
                r: Box::new(rhs),
            };
        }
        self.depth -= 1;
        Ok(lhs)
    }
    #[inline(never)]
    fn atom(&mut self) -> Result<Expr, Error> {
        match self.tokens.pop_front() {
            Some(Token::Num(n)) => Ok(Expr::Num(n)),
            Some(Token::Ident(s)) => Ok(Expr::Var(s)),
            Some(Token::Op('-')) => Ok(Expr::Neg(Box::new(self.atom()?))),
            Some(Token::LParen) => {
                let e = self.expr(0)?;
                match self.tokens.pop_front() {
                    Some(Token::RParen) => Ok(e),
                    Some(t) => Err(Error::Unexpected(t)),
                    None => Err(Error::Eof),
                }
            }
            Some(t) => Err(Error::Unexpected(t)),
            None => Err(Error::Eof),
        }
    }
}
#[inline(never)]
fn prec(o: char) -> u8 {
    match o {
        '+' | '-' => 1,
        '*' | '/' => 2,
        '^' => 3,
        _ => 0,
    }
}
#[inline(never)]
fn eval(e: &Expr, env: &BTreeMap<String, f64>) -> Result<f64, Error> {
    Ok(match e {
        Expr::Num(n) => *n,
        Expr::Var(v) => *env.get(v).ok_or_else(|| Error::Unbound(v.clone()))?,
        Expr::Neg(x) => -eval(x, env)?,
        Expr::Bin { op, l, r } => {
            let (a, b) = (eval(l, env)?, eval(r, env)?);
            match op {
                '+' => a + b,
                '-' => a - b,
                '*' => a * b,
                '/' => a / b,
                _ => a.powf(b),
            }
        }
    })
}
trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> &'static str {
        "shape"
    }
}
struct Square(f64);
struct Circle {
    r: f64,
    tag: Option<Box<str>>,
}
impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}
impl Shape for Circle {
    #[inline(never)]
    fn area(&self) -> f64 {
        3.25 * self.r * self.r
    }
    fn name(&self) -> &'static str {
        if self.tag.is_some() {
            "tagged"
        } else {
            "circle"
        }
    }
}
#[derive(Debug)]
struct Node {
    val: i32,
    kids: Vec<Rc<RefCell<Node>>>,
}
#[inline(never)]
fn total(n: &Rc<RefCell<Node>>) -> i32 {
    let b = n.borrow();
    b.val + b.kids.iter().map(total).sum::<i32>()
}
#[inline(never)]
fn dijkstra(g: &[Vec<(usize, u32)>], s: usize) -> Vec<Option<u32>> {
    let mut d = vec![None; g.len()];
    let mut h = BinaryHeap::new();
    h.push((std::cmp::Reverse(0u32), s));
    while let Some((std::cmp::Reverse(c), u)) = h.pop() {
        if d[u].is_some() {
            continue;
        }
        d[u] = Some(c);
        for &(v, w) in &g[u] {
            if d[v].is_none() {
                h.push((std::cmp::Reverse(c + w), v));
            }
        }
    }
    d
}
#[inline(never)]
fn words(s: &str) -> BTreeMap<&str, usize> {
    let mut m = BTreeMap::new();
    for w in s.split_whitespace() {
        *m.entry(w).or_insert(0) += 1;
    }
    m
}
#[inline(never)]
fn run(src: &str, env: &BTreeMap<String, f64>) -> Result<f64, Error> {
    let mut lexer = Lexer::new(src);
    let mut tokens = VecDeque::new();
    while let Some(t) = lexer.next_token() {
        tokens.push_back(t);
    }
    let mut p = Parser { tokens, depth: 0 };
    let e = p.expr(0)?;
    eval(&e, env)
}
fn once() {
    let mut env = BTreeMap::new();
    env.insert("x".to_string(), 3.0);
    env.insert("yy".to_string(), -1.5);
    for src in ["1+2*3", "(x+yy)^2 - 4/ (1+1)", "zz+1", "-x*-(2", "1 2"] {
        match run(src, &env) {
            Ok(v) => println!("{} = {}", src, v),
            Err(e) => println!("{}: {}", src, e),
        }
    }
    let shapes: Vec<Box<dyn Shape>> = vec![
        Box::new(Square(2.0)),
        Box::new(Circle { r: 1.0, tag: None }),
        Box::new(Circle {
            r: 2.0,
            tag: Some("t".into()),
        }),
    ];
    let a: f64 = shapes.iter().map(|s| s.area()).sum();
    println!(
        "{:.2} {}",
        a,
        shapes
            .iter()
            .map(|s| s.name())
            .collect::<Vec<_>>()
            .join(",")
    );
    let leaf = Rc::new(RefCell::new(Node {
        val: 3,
        kids: vec![],
    }));
    let root = Rc::new(RefCell::new(Node {
        val: 1,
        kids: vec![
            leaf.clone(),
            Rc::new(RefCell::new(Node {
                val: 5,
                kids: vec![leaf.clone()],
            })),
        ],
    }));
    leaf.borrow_mut().val = 10;
    println!("{}", total(&root));
    println!(
        "{:?}",
        dijkstra(
            &[
                vec![(1, 4), (2, 1)],
                vec![(3, 1)],
                vec![(1, 2), (3, 5)],
                vec![],
                vec![]
            ],
            0
        )
    );
    println!("{:?}", words("a b a c b a"));
}

fn main() {
    for _ in 0..8 {
        once();
    }
}
