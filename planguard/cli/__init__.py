"""The command line: the only place that wires the parts, prints and exits. One file per command."""
