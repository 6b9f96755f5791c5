// The builder of reads: what it is set to, and the request that it stands for.
import type { Json } from "./service";
import { indexes } from "./state";
import type { AttributeValue, Item, Type } from "./values";

export const OPERATORS = [
  ["=", "="],
  ["<", "<"],
  ["<=", "≤"],
  [">", ">"],
  [">=", "≥"],
  ["between", "between"],
  ["begins_with", "begins with"],
] as const;
export type Operator = (typeof OPERATORS)[number][0];

export const FILTERS = [...OPERATORS, ["<>", "≠"], ["contains", "contains"], ["attribute_exists", "exists"], ["attribute_not_exists", "does not exist"], ["attribute_type", "has the type"]] as const;
export type FilterOperator = (typeof FILTERS)[number][0];
export type FilterType = "S" | "N" | "B" | "BOOL" | "NULL";

/** A condition of the filter; all of them must hold. */
export interface Condition {
  name: string;
  operator: FilterOperator;
  type: FilterType;
  value: string;
  until?: string;
}

/** What the builder is set to; all of it is in the page's link. */
export interface Search {
  index: string;
  hash: string;
  /** The second and further hash key attributes of an index, as JSON. */
  hashes: string;
  operator: Operator;
  range: string;
  until: string;
  /** Conditions, as JSON. */
  where: string;
  filter: string;
  names: string;
  values: string;
  projection: string;
  limit: string;
  descending: string;
  consistent: string;
  segment: string;
  segments: string;
}

export const NOTHING: Search = {
  index: "",
  hash: "",
  hashes: "",
  operator: "=",
  range: "",
  until: "",
  where: "",
  filter: "",
  names: "",
  values: "",
  projection: "",
  limit: "100",
  descending: "",
  consistent: "",
  segment: "",
  segments: "",
};

export function fromQuery(query: URLSearchParams): Search {
  const known = [...query].filter(([name]) => name in NOTHING);
  return { ...NOTHING, ...Object.fromEntries(known) };
}

/** What differs from an empty builder, for the link. */
export function toQuery(search: Search): Record<string, string> {
  return Object.fromEntries(Object.entries(search).filter(([name, value]) => value !== NOTHING[name as keyof Search]));
}

export function conditionsOf(search: Search): Condition[] {
  try {
    const found: unknown = JSON.parse(search.where || "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

export function hashesOf(search: Search): Record<string, string> {
  try {
    return JSON.parse(search.hashes || "{}");
  } catch {
    return {};
  }
}

/** A member of a link that must be a JSON object. */
function parsed(text: string, what: string): Json {
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch (raised) {
    throw new Error(`${what} must be JSON: ${(raised as Error).message}`);
  }
}

/** The operation and request that a search stands for. */
export function requestOf(table: Json, search: Search, start?: Item): { operation: "Scan" | "Query"; request: Json } {
  const index = indexes(table).find((one) => one["IndexName"] === search.index);
  const schema: Json[] = (index ?? table)["KeySchema"];
  const typeOfKey = (name: string): Type => table["AttributeDefinitions"].find((one: Json) => one["AttributeName"] === name)?.AttributeType ?? "S";
  const names = parsed(search.names, "Names");
  const values = parsed(search.values, "Values");
  const request: Json = { TableName: table["TableName"], ReturnConsumedCapacity: "TOTAL" };
  if (search.index) request["IndexName"] = search.index;
  if (search.hash) {
    const hashes = schema.filter((key) => key["KeyType"] === "HASH");
    const range = schema.find((key) => key["KeyType"] === "RANGE");
    const given: Record<string, string> = { ...hashesOf(search), [hashes[0]?.["AttributeName"]]: search.hash };
    const parts = hashes.map((key, number) => {
      const [name, value] = number ? [`#hash${number}`, `:hash${number}`] : ["#hash", ":hash"];
      names[name] = key["AttributeName"];
      values[value] = { [typeOfKey(key["AttributeName"])]: given[key["AttributeName"]] ?? "" };
      return `${name} = ${value}`;
    });
    if (range && search.range) {
      names["#range"] = range["AttributeName"];
      const type = typeOfKey(names["#range"]);
      values[":range"] = { [type]: search.range };
      if (search.operator === "between") values[":until"] = { [type]: search.until };
      parts.push(comparison("#range", search.operator, ":range", ":until"));
    }
    request["KeyConditionExpression"] = parts.join(" AND ");
    if (search.descending) request["ScanIndexForward"] = false;
  } else if (search.segments) {
    request["TotalSegments"] = Number(search.segments);
    request["Segment"] = Number(search.segment || 0);
  }
  const filters = conditionsOf(search)
    .filter((one) => one.name)
    .map((one, number) => {
      names[`#f${number}`] = one.name;
      if (one.operator === "attribute_exists" || one.operator === "attribute_not_exists") return `${one.operator}(#f${number})`;
      values[`:f${number}`] = filterValue(one.operator === "attribute_type" ? "S" : one.type, one.value);
      if (one.operator === "between") values[`:g${number}`] = filterValue(one.type, one.until ?? "");
      return comparison(`#f${number}`, one.operator, `:f${number}`, `:g${number}`);
    });
  if (search.filter) filters.push(filters.length ? `(${search.filter})` : search.filter);
  if (filters.length) request["FilterExpression"] = filters.join(" AND ");
  if (search.projection) request["ProjectionExpression"] = search.projection;
  if (Object.keys(names).length) request["ExpressionAttributeNames"] = names;
  if (Object.keys(values).length) request["ExpressionAttributeValues"] = values;
  if (search.limit) request["Limit"] = Number(search.limit);
  if (search.consistent) request["ConsistentRead"] = true;
  if (start) request["ExclusiveStartKey"] = start;
  return { operation: search.hash ? "Query" : "Scan", request };
}

function comparison(path: string, operator: Operator | FilterOperator, value: string, until: string): string {
  if (operator === "between") return `${path} BETWEEN ${value} AND ${until}`;
  if (operator === "begins_with" || operator === "contains" || operator === "attribute_type") return `${operator}(${path}, ${value})`;
  return `${path} ${operator} ${value}`;
}

function filterValue(type: FilterType, text: string): AttributeValue {
  if (type === "BOOL") return { BOOL: text === "true" };
  if (type === "NULL") return { NULL: true };
  return { [type]: text } as AttributeValue;
}
