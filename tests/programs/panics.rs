// panics WHAT: one panic after another, each caught; the last argument's may be left alone.
use std::panic;

#[derive(Debug)]
struct Trouble;

fn one(what: &str, count: usize) {
    match what {
        "plain" => panic!("plain words"), // @mark plain
        "format" => panic!("count is {count} of {:?}", what),
        "index" => { let numbers = vec![1, 2, 3]; println!("{}", numbers[count + 10]); }
        "unwrap" => { let result: Result<i32, Trouble> = Err(Trouble); result.unwrap(); }
        "none" => { let nothing: Option<i32> = if count > 100 { Some(1) } else { None }; nothing.unwrap(); }
        "assert" => assert_eq!(count, 77, "numbers differ"),
        "number" => panic::panic_any(42i32),
        "string" => panic::panic_any(String::from("an owned text")),
        "empty" => panic!(""),
        "divide" => println!("{}", 10 / (count - 1)),
        "long" => panic!("{}", "x".repeat(5000)),
        _ => {}
    }
}

fn main() {
    if std::env::var_os("QUIET").is_some() {
        panic::set_hook(Box::new(|_| {}));
    }
    for what in std::env::args().skip(1) {
        if let Some(last) = what.strip_prefix('!') {
            one(last, 1);
        }
        let _ = panic::catch_unwind(|| one(&what, 1));
    }
}
