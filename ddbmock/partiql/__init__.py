"""PartiQL: statements compiled to the nodes, plans and item changes of expressions.

:func:`.statements.statement` parses a text and compiles the parts that need neither table nor parameters.
:class:`.parameters.Parameters` checks the values, and :func:`.checks.bound` binds them to a statement.
:mod:`.key_plan` plans the reads of a WHERE for some keys. :func:`.printer.printed` returns the text of a
statement.

>>> from ddbmock.partiql.statements import statement
>>> statement("DELETE FROM Music WHERE Artist = ?").where
Comparison('=', Path(('Artist',)), ValueRef(':0'))
"""
