// Access patterns: requests that differ only in their values have the same one.
import type { Logged } from "./requests";
import type { Json } from "./service";

/** The pattern of a request: operation, table or index, and expressions without their values. */
export function patternOf(logged: Logged): string {
  const { body } = logged;
  const tables = [...new Set(logged.tables)].join(", ");
  if (body === null) return `${logged.operation} ${tables}`.trim();
  if (typeof body["Statement"] === "string") return withoutValues(body["Statement"]);
  if (Array.isArray(body["Statements"])) return [...new Set((body["Statements"] as Json[]).map((one) => withoutValues(String(one["Statement"]))))].join("; ");
  const names: Record<string, string> = body["ExpressionAttributeNames"] ?? {};
  const filled = (expression: unknown): string =>
    String(expression)
      .replace(/#\w+/g, (name) => names[name] ?? name)
      .replace(/:\w+/g, "?")
      .replace(/\s+/g, " ")
      .trim();
  const parts = [`${logged.operation} ${tables}${body["IndexName"] ? `.${body["IndexName"]}` : ""}`];
  const add = (word: string, member: string) => body[member] && parts.push(`${word} ${filled(body[member])}`);
  add("where", "KeyConditionExpression");
  add("filter", "FilterExpression");
  add("update", "UpdateExpression");
  add("if", "ConditionExpression");
  add("only", "ProjectionExpression");
  if (body["Segment"] !== undefined) parts.push("in segments");
  if (body["Limit"]) parts.push("with a limit");
  return parts.join(" ");
}

/** A PartiQL statement whose literals are all written `?`. */
function withoutValues(statement: string): string {
  return statement
    .replace(/'(?:[^']|'')*'/g, "?")
    .replace(/"(?:[^"]|"")*"|\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b/g, (found) => (found.startsWith('"') ? found : "?"))
    .replace(/\?(?:\s*,\s*\?)+/g, "?, …")
    .replace(/\s+/g, " ")
    .trim();
}
