"""Where a computation runs and how it shows that it is alive: device, precision, threads, seeds, progress."""
