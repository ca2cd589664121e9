"""Ways to learn, one file each behind the Family seam; a heavy library is imported only in the file that owns it."""
