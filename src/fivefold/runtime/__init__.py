"""What a deployed model needs and nothing else: contract, encoder, members, blend. No training library is loaded."""
