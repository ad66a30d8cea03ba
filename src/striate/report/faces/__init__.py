"""How each task's evaluation is told and drawn: one file and one part of the report a task, chosen in `table`."""
