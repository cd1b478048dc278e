/// Facts that come from outside a file: a recorded run, calls in other files.
#[derive(Debug, Clone, Default)]
pub struct Outside {}
