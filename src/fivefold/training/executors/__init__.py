"""Where tasks are done, one file each behind the Executor seam; a heavy library is imported only in the file that owns it."""
