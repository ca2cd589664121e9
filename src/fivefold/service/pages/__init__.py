"""Pages for people: a form to try a prediction with, and the documentation of the API. They load nothing from elsewhere."""
