// Requests as programs write them.
import { caller, ENDPOINT, homeRegion, type Json } from "./service";
import { indexes } from "./state";
import { partiql, type AttributeValue, type Item } from "./values";

/** The operations of streams, which clients have in a service of its own. */
export const OF_STREAMS = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
const service = (operation: string) => (OF_STREAMS.includes(operation) ? "dynamodbstreams" : "dynamodb");

const snake = (operation: string) => operation.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase();
const kebab = (operation: string) => snake(operation).replaceAll("_", "-");

/** Whether an object is a binary attribute value, whose bytes JSON has as base64. */
function binary(value: object): string | null {
  const names = Object.keys(value);
  const content: unknown = (value as Json)["B"];
  return names.length === 1 && typeof content === "string" ? content : null;
}

function binarySet(value: object): string[] | null {
  const content: unknown = (value as Json)["BS"];
  return Object.keys(value).length === 1 && Array.isArray(content) ? content : null;
}

/** A request as a Python literal. */
function pythonLiteral(value: unknown): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const [bytes, many] = [binary(value), binarySet(value)];
    if (bytes !== null) return `{"B": b64decode(${pythonText(bytes)})}`;
    if (many !== null) return `{"BS": [${many.map((one) => `b64decode(${pythonText(one)})`).join(", ")}]}`;
    return `{${Object.entries(value)
      .map(([name, one]) => `${pythonText(name)}: ${pythonLiteral(one)}`)
      .join(", ")}}`;
  }
  return typeof value === "string" ? pythonText(value) : JSON.stringify(value);
}

const pythonText = (text: string): string => JSON.stringify(text).replaceAll("\u007f", "\\x7f");

const regionName = (): string => caller.region || homeRegion();

export function asPython(operation: string, request: Json, region = regionName()): string {
  const lines = Object.entries(request).map(([name, value]) => `    ${name}=${pythonLiteral(value)},\n`);
  const body = lines.join("");
  return `${body.includes("b64decode(") ? "from base64 import b64decode\n\n" : ""}import boto3

client = boto3.client("${service(operation)}", region_name="${region}", endpoint_url="${ENDPOINT}")
response = client.${snake(operation)}(
${body})
`;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'"'"'`)}'`;

export function asCli(operation: string, request: Json, region = regionName()): string {
  const options = Object.entries(request).map(([name, value]) => {
    const option = name.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase();
    if (value === true) return `--${option}`;
    if (value === false) return `--no-${option}`;
    return `--${option} ${quoted(typeof value === "string" ? value : JSON.stringify(value))}`;
  });
  return [`aws ${service(operation)} ${kebab(operation)} --region ${region} --endpoint-url ${ENDPOINT}`, ...options].join(" \\\n    ") + "\n";
}

function javaScriptLiteral(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[${value.map((one) => javaScriptLiteral(one, inner)).join(", ")}]`;
  const [bytes, many] = [binary(value), binarySet(value)];
  if (bytes !== null) return `{ B: Buffer.from(${JSON.stringify(bytes)}, "base64") }`;
  if (many !== null) return `{ BS: [${many.map((one) => `Buffer.from(${JSON.stringify(one)}, "base64")`).join(", ")}] }`;
  const members = Object.entries(value).map(([name, one]) => `${inner}${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${javaScriptLiteral(one, inner)},\n`);
  return members.length ? `{\n${members.join("")}${indent}}` : "{}";
}

export function asJavaScript(operation: string, request: Json): string {
  return `import { DynamoDBClient, ${operation}Command } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({ region: "${regionName()}", endpoint: "${ENDPOINT}" });
const response = await client.send(new ${operation}Command(${javaScriptLiteral(request, "")}));
`;
}

/** The INSERT of an item. Binary values have no literal in PartiQL: they become parameters. */
export function asInsert(table: string, item: Item): string {
  return `INSERT INTO ${identifier(table)} VALUE ${partiql({ M: item })}`;
}

/** The SELECT of a Query or Scan of a table; its expressions' placeholders are replaced. */
export function asPartiql(table: Json, request: Json): string {
  const names: Record<string, string> = request["ExpressionAttributeNames"] ?? {};
  const values: Record<string, AttributeValue> = request["ExpressionAttributeValues"] ?? {};
  // placeholders come last and at once, since names and values may look like anything
  const filled = (expression: string) =>
    expression
      .replace(/attribute_exists\s*\(([^)]*)\)/g, "$1 IS NOT MISSING")
      .replace(/attribute_not_exists\s*\(([^)]*)\)/g, "$1 IS MISSING")
      .replace(/[#:]\w+/g, (name) => {
        if (Object.hasOwn(names, name)) return identifier(names[name]!);
        return Object.hasOwn(values, name) ? partiql(values[name]!) : name;
      });
  const source = identifier(request["TableName"]) + (request["IndexName"] ? `.${identifier(request["IndexName"])}` : "");
  const [keys, filter] = [request["KeyConditionExpression"], request["FilterExpression"]];
  const conditions = [keys, keys && filter ? `(${filter})` : filter].filter(Boolean).map(filled);
  const schema: Json[] = (indexes(table).find((one) => one["IndexName"] === request["IndexName"]) ?? table)["KeySchema"];
  const range = schema.find((key) => key["KeyType"] === "RANGE")?.["AttributeName"];
  const order = request["ScanIndexForward"] === false && range ? ` ORDER BY ${identifier(range)} DESC` : "";
  const projection = request["ProjectionExpression"] ? filled(request["ProjectionExpression"]) : "*";
  return `SELECT ${projection} FROM ${source}${conditions.length ? ` WHERE ${conditions.join(" AND ")}` : ""}${order}`;
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
