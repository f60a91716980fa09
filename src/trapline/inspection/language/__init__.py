"""The expressions that users type, in the words of C, C++ and Rust: from text to a tree."""
