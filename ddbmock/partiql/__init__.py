"""PartiQL: statements compiled to the nodes, plans and item changes that expressions have.

:func:`.statements.statement` parses a text and translates it as far as that needs neither table nor
parameters; :class:`.parameters.Parameters` checks the values, :func:`.checks.bound` puts them
together. :mod:`.key_plan` says how a WHERE is read by given keys. :func:`.printer.printed` gives a
statement's text again.

>>> from ddbmock.partiql.statements import statement
>>> statement("DELETE FROM Music WHERE Artist = ?").where
Comparison('=', Path(('Artist',)), ValueRef(':0'))
"""
