"""Expressions: text to syntax tree to plain Python callables.

For the expressions of a request: :class:`.names.Names` with its references, then
:func:`.condition.condition`, :func:`.projection.projection`, :func:`.update.update` and
:func:`.key_condition.key_condition`. For the parameters before expressions: :mod:`.legacy`. For what
may go together in a request: :mod:`.parameters`. Who has a tree of its own compiles it by
:func:`.condition.condition_of` and :func:`.update.plan_of`.
"""
