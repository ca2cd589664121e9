"""The protocols that the service speaks, a file each: how a request is read, and how an answer is put.

What happens in between is the same for all: :class:`fivefold.service.answering.Answering`.
"""
