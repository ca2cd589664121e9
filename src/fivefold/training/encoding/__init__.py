"""How values become a matrix: specs fitted on training rows alone, which the runtime's encoder follows."""
