"""The game day: faults played on the local stack, the alarms that ring, and the runbooks that end them."""
