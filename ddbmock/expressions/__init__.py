"""Expressions: texts are parsed to syntax trees and compiled to Python functions.

To compile the expressions of a request, create :class:`.names.Names` from its references, then call
:func:`.condition.condition`, :func:`.projection.projection`, :func:`.update.update` or
:func:`.key_condition.key_condition`. :mod:`.legacy` compiles the parameters before expressions, and
:mod:`.parameters` checks their combination. To compile an existing tree, use
:func:`.condition.condition_of` or :func:`.update.plan_of`.
"""
