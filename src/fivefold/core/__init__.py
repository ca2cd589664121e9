"""What every room shares: artefacts, means, the store, the seams and the errors. Imports nothing above itself."""
