"""Drawing: a job becomes events, and these a picture; also editing, extending, enlarging and describing pictures.

In: a prompt, or a picture and a change. Out: an iterator of events (plan, levels, tiles, the finished picture).
Knows every stage of the data flow by its interface. Knows nothing about terminals, training or how drawings are judged.
"""
