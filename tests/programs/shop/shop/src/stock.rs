use std::collections::VecDeque;

#[derive(Debug)]
pub struct Stock {
    shelves: Vec<VecDeque<u64>>,
    pub label: Option<Box<str>>,
}

impl Stock {
    pub fn filled(shelves: usize) -> Self {
        let shelves = (0..shelves).map(|shelf| (0..10u64).map(|n| n * (shelf as u64 + 1)).collect()).collect();
        Stock { shelves, label: Some("back room".into()) }
    }

    pub fn take(&mut self, shelf: usize, round: u64) -> u64 {
        let queue = &mut self.shelves[shelf];
        let taken = queue.pop_front().unwrap_or(0);
        if round % 2 == 0 { // @mark taken
            queue.push_back(taken + round);
        }
        taken
    }
}
