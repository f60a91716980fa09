mod stock;

use ledger::{Counter, Entry, Ledger};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

fn parse(line: &str) -> Option<(u32, Entry)> {
    let mut words = line.splitn(3, ' ');
    let id: u32 = words.next()?.parse().ok()?;
    let amount: i64 = words.next()?.parse().ok()?;
    let note = words.next().unwrap_or("").to_string();
    let entry = if amount < 0 {
        Entry::Withdrawal(-amount)
    } else {
        Entry::Deposit { amount, note }
    };
    Some((id, entry))
}

fn run(lines: &[&str]) -> Result<i64, Box<dyn std::error::Error>> {
    let mut ledger = Ledger::new(); // @mark run
    let mut counter = Counter::default();
    for id in 1..=3 {
        ledger.open(id);
    }
    for line in lines {
        if let Some((id, entry)) = parse(line) {
            let left = ledger.apply(id, entry, &mut counter)?;
            println!("{id}: {left}");
        }
    }
    Ok(ledger.total())
}

fn main() {
    let stock = Arc::new(Mutex::new(stock::Stock::filled(4)));
    let (sender, receiver) = mpsc::channel::<(usize, u64)>();
    let workers: Vec<_> = (0..3)
        .map(|number| {
            let stock = Arc::clone(&stock);
            let sender = sender.clone();
            thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || {
                    for round in 0..5u64 {
                        let taken = stock.lock().unwrap().take(number, round);
                        sender.send((number, taken)).unwrap();
                    }
                })
                .unwrap()
        })
        .collect();
    drop(sender);
    let sum: u64 = receiver.iter().map(|(_, taken)| taken).sum();
    for worker in workers {
        worker.join().unwrap();
    }
    println!("taken {sum}");
    match run(&["1 100 rent and food", "2 50 food", "1 -30", "nonsense", "3 -5"]) {
        Ok(total) => println!("total {total}"),
        Err(error) => println!("failed: {error}"),
    }
    if std::env::args().any(|word| word == "--spin") {
        let mut turns = 0u64;
        loop {
            turns = turns.wrapping_mul(31).wrapping_add(7);
            std::hint::black_box(turns);
        }
    }
    let numbers = vec![1, 2, 3];
    let index = std::env::args().count() + 2;
    println!("{}", numbers[index]); // @mark panics
}
