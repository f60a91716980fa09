// Exits with 12: the program of the first tests of rusty_trap.

use std::process;

fn main() {
    process::exit(12);
}
