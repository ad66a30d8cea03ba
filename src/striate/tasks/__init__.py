"""One file a task, each with the same few functions: outputs, loss, decode, measure."""
