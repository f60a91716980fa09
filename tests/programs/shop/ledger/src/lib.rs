//! A ledger of accounts.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Deposit { amount: i64, note: String },
    Withdrawal(i64),
    Transfer { from: u32, to: u32, amount: i64 },
    Nothing,
}

#[derive(Debug)]
pub enum Error {
    Unknown(u32),
    Short { account: u32, missing: i64 },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unknown(id) => write!(f, "no account {id}"),
            Error::Short { account, missing } => write!(f, "{account} lacks {missing}"),
        }
    }
}

impl std::error::Error for Error {}

pub trait Audit {
    fn seen(&mut self, entry: &Entry) -> usize;
}

#[derive(Default, Debug)]
pub struct Counter {
    pub count: usize,
    pub words: HashMap<String, usize>,
}

impl Audit for Counter {
    fn seen(&mut self, entry: &Entry) -> usize {
        self.count += 1;
        if let Entry::Deposit { note, .. } = entry {
            for word in note.split_whitespace() {
                *self.words.entry(word.to_string()).or_insert(0) += 1;
            }
        }
        self.count
    }
}

#[derive(Default, Debug)]
pub struct Ledger {
    balances: BTreeMap<u32, i64>,
    history: Vec<Entry>,
}

impl Ledger {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn open(&mut self, id: u32) {
        self.balances.insert(id, 0);
    }

    pub fn balance(&self, id: u32) -> Option<i64> {
        self.balances.get(&id).copied()
    }

    fn change(&mut self, id: u32, amount: i64) -> Result<i64, Error> {
        let balance = self.balances.get_mut(&id).ok_or(Error::Unknown(id))?;
        if *balance + amount < 0 {
            return Err(Error::Short { account: id, missing: -(*balance + amount) });
        }
        *balance += amount;
        Ok(*balance)
    }

    pub fn apply<A: Audit>(&mut self, id: u32, entry: Entry, audit: &mut A) -> Result<i64, Error> {
        let number = audit.seen(&entry);
        let left = match &entry {
            Entry::Deposit { amount, .. } => self.change(id, *amount)?,
            Entry::Withdrawal(amount) => self.change(id, -amount)?,
            Entry::Transfer { from, to, amount } => {
                self.change(*from, -amount)?;
                self.change(*to, *amount)?
            }
            Entry::Nothing => number as i64,
        };
        self.history.push(entry);
        Ok(left)
    }

    pub fn total(&self) -> i64 {
        self.balances.values().sum()
    }

    pub fn history(&self) -> &[Entry] {
        &self.history
    }
}
