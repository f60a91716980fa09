// Box, Rc, Arc, Weak, Cell, RefCell, Mutex, Vec and String underneath; recursive lists and trees.
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};

struct Node {
    value: i32,
    next: Option<Box<Node>>,
}
struct Tree {
    name: &'static str,
    parent: RefCell<Weak<Tree>>,
    children: RefCell<Vec<Rc<Tree>>>,
}

#[inline(never)]
fn walked(mut node: &Node) -> i32 {
    let mut sum = node.value;
    while let Some(next) = &node.next {
        node = next;
        sum += node.value;
        black_box(&sum); // @mark walked: sum; node.value; next.value; *node
    }
    sum
}

#[inline(never)]
fn taken(boxed: Box<i32>, counted: Rc<Cell<u8>>, shared: Arc<[u16; 2]>) -> i32 {
    counted.set(9);
    let sum = *boxed + counted.get() as i32 + shared[1] as i32;
    black_box(&sum); // @mark taken: sum; *boxed
    sum
}

fn main() {
    let list = Node { value: 1, next: Some(Box::new(Node { value: 2, next: Some(Box::new(Node { value: 3, next: None })) })) };
    let boxed = Box::new((4, 'b'));
    let boxed_slice: Box<[u8]> = vec![5, 6].into_boxed_slice();
    let boxed_text: Box<str> = "boxed".into();
    let counted = Rc::new(Cell::new(7u8));
    let second = counted.clone();
    let weak = Rc::downgrade(&second);
    let cell = Cell::new(-1i64);
    let ref_cell = RefCell::new([1.5f32, 2.5]);
    let mutex = Mutex::new(8u32);
    let leaf = Rc::new(Tree { name: "leaf", parent: RefCell::new(Weak::new()), children: RefCell::new(vec![]) });
    let root = Rc::new(Tree { name: "root", parent: RefCell::new(Weak::new()), children: RefCell::new(vec![leaf.clone()]) });
    *leaf.parent.borrow_mut() = Rc::downgrade(&root);
    let sum = walked(&list) + taken(Box::new(9), counted.clone(), Arc::new([10, 11]));
    cell.set(cell.get() - 1);
    let borrowed = ref_cell.borrow();
    black_box((&list, &boxed, &boxed_slice, &boxed_text, &counted, &weak, &cell, &mutex, &root, &borrowed, sum));
    black_box(sum); // @mark main: list.value; *boxed; boxed.1; leaf.name; sum; cell.value.value; (*root).name
}
