# The snapshot is old enough to go, and its server went with it.
