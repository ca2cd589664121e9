"""Telling others of trainings that are over: nothing is sent anywhere unless the person named a place."""
