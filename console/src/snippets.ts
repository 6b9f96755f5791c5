// Requests as programs write them.
import type { Json } from "./service";
import { partiql, type AttributeValue } from "./values";

const snake = (operation: string) => operation.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase();
const kebab = (operation: string) => snake(operation).replaceAll("_", "-");

/** JSON as Python writes it. */
function pythonLiteral(value: unknown, indent = ""): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map((one) => pythonLiteral(one, indent)).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value as object).map(([name, one]) => `${JSON.stringify(name)}: ${pythonLiteral(one, indent)}`);
    return `{${entries.join(", ")}}`;
  }
  return JSON.stringify(value);
}

export function asPython(operation: string, request: Json): string {
  const lines = Object.entries(request).map(([name, value]) => `    ${name}=${pythonLiteral(value)},`);
  return [
    "import boto3",
    "",
    `client = boto3.client("dynamodb", endpoint_url="${location.origin}")`,
    `response = client.${snake(operation)}(`,
    ...lines,
    ")",
    "",
  ].join("\n");
}

const quoted = (text: string) => `'${text.replaceAll("'", `'"'"'`)}'`;

export function asCli(operation: string, request: Json): string {
  const options = Object.entries(request).map(([name, value]) => {
    const option = name.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase();
    if (value === true) return `--${option}`;
    if (value === false) return `--no-${option}`;
    return `--${option} ${quoted(typeof value === "string" ? value : JSON.stringify(value))}`;
  });
  return [`aws dynamodb ${kebab(operation)} --endpoint-url ${location.origin}`, ...options].join(" \\\n    ") + "\n";
}

export function asJavaScript(operation: string, request: Json): string {
  return [
    `import { DynamoDBClient, ${operation}Command } from "@aws-sdk/client-dynamodb";`,
    "",
    `const client = new DynamoDBClient({ endpoint: "${location.origin}" });`,
    `const response = await client.send(new ${operation}Command(${JSON.stringify(request, null, 2)}));`,
    "",
  ].join("\n");
}

/** The SELECT of a Query or Scan; its expressions' placeholders are replaced. */
export function asPartiql(request: Json): string {
  const names: Record<string, string> = request["ExpressionAttributeNames"] ?? {};
  const values: Record<string, AttributeValue> = request["ExpressionAttributeValues"] ?? {};
  const filled = (expression: string) =>
    expression
      .replace(/#\w+/g, (name) => (names[name] ? identifier(names[name]) : name))
      .replace(/:\w+/g, (name) => (values[name] ? partiql(values[name]) : name))
      .replace(/attribute_exists\s*\(([^)]*)\)/g, "$1 IS NOT MISSING")
      .replace(/attribute_not_exists\s*\(([^)]*)\)/g, "$1 IS MISSING");
  const source = identifier(request["TableName"]) + (request["IndexName"] ? `.${identifier(request["IndexName"])}` : "");
  const conditions = [request["KeyConditionExpression"], request["FilterExpression"]].filter(Boolean).map(filled);
  const projection = request["ProjectionExpression"] ? filled(request["ProjectionExpression"]) : "*";
  return `SELECT ${projection} FROM ${source}${conditions.length ? ` WHERE ${conditions.join(" AND ")}` : ""}`;
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
