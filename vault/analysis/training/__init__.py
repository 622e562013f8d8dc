"""Training: what a workout costs, how load builds up, and in which zones to train; pure, on columns."""
