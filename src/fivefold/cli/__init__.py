"""The command line: one file per group of commands. It reads settings, calls the workflow and prints."""
