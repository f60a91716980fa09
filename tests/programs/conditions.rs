// Messages come one after the other; the third is `Quit`.
pub enum Message {
    Move { x: i32, y: i32 },
    Write(String),
    Quit,
}

#[inline(never)]
fn handle(message: &Message, turn: u32) -> u32 {
    match message { // @mark handle
        Message::Move { x, y } => (x + y) as u32 + turn,
        Message::Write(text) => text.len() as u32,
        Message::Quit => 0,
    }
}

#[inline(never)]
fn take(message: Message, limit: Option<u32>) -> u32 {
    let turn = limit.unwrap_or(7);
    handle(&message, turn) // @mark take
}

fn main() {
    let mut sum = 0;
    sum += take(Message::Move { x: 1, y: 2 }, None);
    sum += take(Message::Write(String::from("hello")), Some(3));
    sum += take(Message::Quit, Some(4));
    sum += take(Message::Move { x: 3, y: 4 }, Some(5));
    std::process::exit(sum as i32);
}
