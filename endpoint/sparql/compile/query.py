"""A query of the algebra to a plan."""

from __future__ import annotations

from sqlglot import exp

from endpoint.sparql.algebra import Pattern, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.patterns import compile_pattern
from endpoint.sparql.plan import Output, Plan


def compile_plan(pattern: Pattern, context: Context, graphs: GraphScope) -> Plan:
    """Compile a pattern to a plan whose outputs are the variables it binds."""
    solutions = compile_pattern(pattern, context, graphs)
    outputs = tuple(
        Output(variable, context.name(variable), column.form)
        for variable, column in solutions.columns.items()
    )
    return Plan(
        tuple(context.steps),
        solutions.query,
        outputs,
        tuple(context.warnings),
        tuple(context.diagnoses),
        context.slots,
        context.is_lasting,
    )


def exists_plan(pattern: Pattern, context: Context, graphs: GraphScope) -> Plan:
    """Compile a pattern to a plan that gives one row where the pattern has a solution."""
    solutions = compile_pattern(pattern, context, graphs)
    query = exp.select(sql.named(sql.integer(1), "unit"))
    query = query.from_(solutions.source(context.fresh("r"))).limit(1)
    return Plan(
        tuple(context.steps),
        query,
        (),
        tuple(context.warnings),
        slots=context.slots,
        is_lasting=context.is_lasting,
    )


def output_of(plan: Plan, variable: Variable) -> Output | None:
    """Give the output of a variable; None where no solution can bind it."""
    return next((output for output in plan.outputs if output.variable == variable), None)
