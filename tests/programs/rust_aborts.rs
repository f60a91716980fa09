// rust_aborts HOW: ends itself in one of many ways.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

extern "C" fn through() {
    panic!("through C");
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("abort") => std::process::abort(),
        Some("double") => {
            let _bomb = Bomb;
            panic!("first");
        }
        Some("through") => through(),
        Some("room") => {
            let room: Vec<u8> = Vec::with_capacity(usize::MAX >> 1);
            std::process::exit(room.len() as i32);
        }
        _ => panic!("plain"),
    }
}
