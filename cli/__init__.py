"""The command line: a command parses its words, calls one function, prints."""
