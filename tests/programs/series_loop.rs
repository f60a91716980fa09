// Calls one function five times: the program of the later tests of rusty_trap.

fn five() -> i32 {
    5
}

fn main() {
    for _ in 0..5 {
        five();
    }
}
