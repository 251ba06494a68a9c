"""What a plan, or a list of Problems, says to people and to the programs of a pipeline.

Comes in: a `Preview`, or Problems. Goes out: text for a terminal, Markdown for a comment on a pull
request (below what its host takes, pinging nobody), plain values for programs, annotations, SARIF
and JUnit. `findings` and `diff` are what all of them say, one file each is how; `whatif` compares
what is decided with what would be. Nothing here knows whether a command line or a daemon asks.
"""
