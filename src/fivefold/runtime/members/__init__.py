"""How fitted models of one native form are read and answered, one file per form; no training library is loaded."""
