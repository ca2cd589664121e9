"""The built-in checks, one file each; strangers' checks enter by the same entry point."""
