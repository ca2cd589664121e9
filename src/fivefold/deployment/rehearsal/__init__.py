"""The rehearsal: a platform is played against a service, before the platform itself meets it.

platform   what a platform does: its environment, its routes, its patience
speech     how it asks, and how it reads an answer
stage      the service under rehearsal, and whoever asks it
opening    is the port there, does health turn from 503 to 200 in time
answers    known answers, whole numbers as floats, rows as lists, wrong rows
sizes      the largest request and answer, and one that is too large
strain     health during predictions, silence and recovery, times and memory
closing    told to end, it answers what it was asked, and ends
rehearse   all of it, in this order
dress      what a deployment plays before it starts anything
"""
