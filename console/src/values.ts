// Attribute values as they are on the wire: one member, named by the type.
import type { Json } from "./service";
import { bytesText } from "./state";

export type Type = "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M";
export type AttributeValue = { [type in Type]?: any };
export type Item = Record<string, AttributeValue>;

export const TYPES: readonly (readonly [Type, string])[] = [
  ["S", "String"],
  ["N", "Number"],
  ["B", "Binary"],
  ["BOOL", "Boolean"],
  ["NULL", "Null"],
  ["L", "List"],
  ["M", "Map"],
  ["SS", "String set"],
  ["NS", "Number set"],
  ["BS", "Binary set"],
];

/** An attribute of an item: names such as `constructor` are those of attributes only if the item has them. */
export function own(item: Item | null | undefined, name: string): AttributeValue | undefined {
  return item && Object.hasOwn(item, name) ? item[name] : undefined;
}

export function typeOf(value: AttributeValue): Type {
  return Object.keys(value)[0] as Type;
}

/** A new value of a type, empty where that is allowed. */
export function emptyValue(type: Type): AttributeValue {
  switch (type) {
    case "BOOL":
      return { BOOL: false };
    case "NULL":
      return { NULL: true };
    case "N":
      return { N: "0" };
    case "L":
      return { L: [] };
    case "M":
      return { M: {} };
    case "SS":
      return { SS: [""] };
    case "NS":
      return { NS: ["0"] };
    case "BS":
      return { BS: [""] };
    default:
      return { [type]: "" };
  }
}

/** A value on one line, for a cell of a table; numbers keep all their digits. */
export function short(value: AttributeValue | undefined, depth = 0): string {
  if (!value) return "";
  const type = typeOf(value);
  const content = value[type];
  switch (type) {
    case "S":
      return depth ? JSON.stringify(content) : clip(content);
    case "N":
      return content;
    case "B":
      return content.length > CLIP ? `${content.slice(0, SHORTER)}… (${bytesText(bytesOf(content))})` : content;
    case "BOOL":
      return content ? "true" : "false";
    case "NULL":
      return "null";
    case "SS":
      return clip(`{${content.map((one: string) => JSON.stringify(one)).join(", ")}}`);
    case "NS":
      return clip(`{${content.join(", ")}}`);
    case "BS":
      return clip(`{${content.join(", ")}}`);
    case "L":
      return depth > 2 ? "[…]" : clip(`[${content.slice(0, 20).map((one: AttributeValue) => short(one, depth + 1)).join(", ")}${content.length > 20 ? ", …" : ""}]`);
    case "M": {
      const names = Object.keys(content);
      const shown = names.slice(0, 20).map((name) => `${name}: ${short(content[name], depth + 1)}`);
      return depth > 2 ? "{…}" : clip(`{${shown.join(", ")}${names.length > 20 ? ", …" : ""}}`);
    }
  }
}

const CLIP = 160;
const SHORTER = 40;
const LEADING = 40;

/** Two values on one line each, clipped so that their first difference is in view. */
export function contrast(before: AttributeValue, after: AttributeValue): [string, string] {
  const [was, is] = [before, after].map(whole) as [string, string];
  if (was.length <= CLIP && is.length <= CLIP) return [short(before), short(after)];
  let same = 0;
  while (same < was.length && was[same] === is[same]) same += 1;
  // not between the halves of a character
  const start = Math.max(0, same - LEADING - (/[\udc00-\udfff]/.test(was[same - LEADING] ?? "") ? 1 : 0));
  const part = (text: string) => (start ? "…" : "") + clip(text.slice(start));
  return [part(was), part(is)];
}

/** All of a value as text. */
function whole(value: AttributeValue): string {
  const content = value[typeOf(value)];
  return typeof content === "string" ? content : JSON.stringify(content);
}

function clip(text: string): string {
  return text.length > CLIP ? `${text.slice(0, CLIP)}…` : text;
}

export function bytesOf(base64: string): number {
  return Math.max(0, Math.floor((base64.length * 3) / 4) - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0));
}

/** The PartiQL literal of a value, where there is one. */
export function partiql(value: AttributeValue): string {
  const type = typeOf(value);
  const content = value[type];
  switch (type) {
    case "S":
      return `'${content.replaceAll("'", "''")}'`;
    case "N":
      return content;
    case "BOOL":
      return content ? "true" : "false";
    case "NULL":
      return "null";
    case "SS":
    case "NS":
      return `<<${content.map((one: string) => partiql({ [type[0] as "S" | "N"]: one })).join(", ")}>>`;
    case "L":
      return `[${content.map(partiql).join(", ")}]`;
    case "M":
      return `{${Object.entries(content as Item)
        .map(([name, one]) => `'${name.replaceAll("'", "''")}': ${partiql(one)}`)
        .join(", ")}}`;
    default:
      return "?";
  }
}

const ARRAYS: readonly Type[] = ["SS", "NS", "BS", "L"];
const TEXTS: readonly Type[] = ["S", "N", "B"];

/** What makes a JSON value no attribute value, at whatever depth, or null. Fields can show all others. */
export function malformed(value: unknown, path = ""): string | null {
  const where = path ? `${path}: ` : "";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `${where}${JSON.stringify(value)} is no attribute value: write {"S": "..."}, {"N": "..."} and so on.`;
  const [type, ...others] = Object.keys(value);
  if (others.length) return `${where}${[type, ...others].slice(0, 4).join(", ")}: an attribute value has one member, named by its type. A map is {"M": {...}}.`;
  if (!TYPES.some(([one]) => one === type)) return `${where}${type ?? "{}"} is no type: an attribute value has one member, named by its type, such as {"S": "..."}.`;
  const content: unknown = (value as Json)[type!];
  if (type === "M") {
    if (typeof content !== "object" || content === null || Array.isArray(content)) return path ? `${where}M needs an object.` : "An item is an object: write {\"name\": {\"S\": \"...\"}}.";
    for (const [name, one] of Object.entries(content)) {
      const found = malformed(one, path ? `${path}.${name}` : name);
      if (found) return found;
    }
    return null;
  }
  if (ARRAYS.includes(type as Type)) {
    if (!Array.isArray(content)) return `${where}${type} needs an array.`;
    if (type !== "L") return content.every((one) => typeof one === "string") ? null : `${where}${type} needs an array of strings${type === "NS" ? ', such as ["1"]' : ""}.`;
    for (let number = 0; number < content.length; number += 1) {
      const found = malformed(content[number], `${path}[${number}]`);
      if (found) return found;
    }
    return null;
  }
  if (TEXTS.includes(type as Type)) return typeof content === "string" ? null : `${where}${type} needs a string${type === "N" ? ', such as {"N": "5"}' : ""}.`;
  return typeof content === "boolean" ? null : `${where}${type} needs true or false.`;
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** What is wrong with a value as it is typed, or null. The server has the last word. */
export function complaint(value: AttributeValue): string | null {
  const type = typeOf(value);
  const content = value[type];
  if (type === "N" && !NUMBER.test(content)) return "Not a number";
  if (type === "NS" && !content.every((one: string) => NUMBER.test(one))) return "Not a set of numbers";
  if ((type === "SS" || type === "NS" || type === "BS") && content.length === 0) return "A set cannot be empty";
  if ((type === "SS" || type === "NS" || type === "BS") && new Set(content).size < content.length) return "A set has no duplicates";
  if (type === "B" && !isBase64(content)) return "Not base64";
  if (type === "BS" && !content.every(isBase64)) return "Not base64";
  return null;
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

/** The differences of two items by attribute, for the review before saving. */
export function differences(before: Item | null, after: Item): { name: string; before?: AttributeValue; after?: AttributeValue }[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])].sort();
  const same = (a?: AttributeValue, b?: AttributeValue) => stable(a) === stable(b);
  return names
    .map((name) => ({ name, was: own(before, name), is: own(after, name) }))
    .filter(({ was, is }) => !same(was, is))
    .map(({ name, was, is }) => ({ name, ...(was ? { before: was } : {}), ...(is ? { after: is } : {}) }));
}

/** JSON with sorted names, so that equal values have equal text. */
export function stable(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function keyOf(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (own(item, name) ? [[name, item[name]!]] : [])));
}

/** A key for people: its values. */
export function keyText(key: Item): string {
  return Object.entries(key)
    .map(([name, value]) => `${name}: ${isolated(short(value))}`)
    .join(", ");
}

/** A text whose control characters for the direction of writing do not affect what follows it. */
const isolated = (text: string): string => (/[\u202a-\u202e\u2066-\u2069]/.test(text) ? `\u2068${text}\u2069` : text);

const PREVIEW = 60;

/** The text that a short binary value holds, if it is printable UTF-8. */
export function textOf(base64: string): string | null {
  if (base64.length === 0 || base64.length > PREVIEW * 2 || !isBase64(base64)) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)));
    return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(text) ? text : null;
  } catch {
    return null;
  }
}
