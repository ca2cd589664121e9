"""What is spoken with the services of a cloud: over their REST, with the credentials that the machine has."""
