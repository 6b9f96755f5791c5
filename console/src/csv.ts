// Items as CSV and back, every type kept.
//
// A header is `name:TYPE`, as in `Year:N`. Cells of S, N, BOOL and B (base64) are plain; those of
// collections are DynamoDB JSON, as is a whole column `name:JSON` whose values have several types.
// Nothing between two commas is no attribute; `""` is an empty string.
import { typeOf, TYPES, type AttributeValue, type Item, type Type } from "./values";

export type ColumnType = Type | "JSON";

export interface CsvColumn {
  name: string;
  type: ColumnType;
  /** Whether the type is guessed from the cells, since the header has none. */
  guessed: boolean;
}

const PLAIN: readonly ColumnType[] = ["S", "N", "B", "BOOL", "NULL"];

export function toCsv(items: readonly Item[]): string {
  const types = new Map<string, ColumnType>();
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) {
      const type = typeOf(value);
      types.set(name, (types.get(name) ?? type) === type ? type : "JSON");
    }
  }
  const columns = [...types];
  const rows = [columns.map(([name, type]) => quoted(`${name}:${type}`))];
  for (const item of items) rows.push(columns.map(([name, type]) => (Object.hasOwn(item, name) ? quoted(cellOf(item[name]!, type)) : "")));
  return rows.map((row) => `${row.join(",")}\r\n`).join("");
}

function cellOf(value: AttributeValue, type: ColumnType): string {
  if (type === "JSON") return JSON.stringify(value);
  const content = value[type];
  return PLAIN.includes(type) ? String(content) : JSON.stringify(content);
}

const quoted = (text: string): string => (text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A cell: its text, or null for nothing between two commas. */
export type Cell = string | null;

const DELIMITERS = [",", ";", "\t"];

/** The delimiter that is most frequent in the header: spreadsheets write semicolons where numbers have decimal commas. */
function delimiterOf(text: string): string {
  const header = text.split(/[\r\n]/, 1)[0]!.replace(/"(?:[^"]|"")*"/g, "");
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

/** The rows of a CSV text; cells may be quoted, and have line breaks then. */
export function parseCsv(text: string): Cell[][] {
  const delimiter = delimiterOf(text);
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    let cell: Cell = null;
    if (text[at] === '"') {
      cell = "";
      for (at += 1; ; at += 1) {
        const end = text.indexOf('"', at);
        if (end < 0) throw new Error(`Row ${rows.length + 1}: a quotation mark has no end.`);
        cell += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
    } else {
      const found = new RegExp(`[${delimiter}\r\n]`, "g");
      found.lastIndex = at;
      const end = found.exec(text)?.index ?? text.length;
      cell = end > at ? text.slice(at, end) : null;
      at = end;
    }
    row.push(cell);
    if (text[at] === delimiter) {
      at += 1;
      if (at === text.length) row.push(null);
      continue;
    }
    if (at < text.length && text[at] !== "\r" && text[at] !== "\n") throw new Error(`Row ${rows.length + 1}: text after a closing quotation mark.`);
    if (text[at] === "\r") at += 1;
    if (text[at] === "\n") at += 1;
    if (row.length > 1 || row[0] !== null) rows.push(row);
    row = [];
  }
  if (row.length) rows.push(row);
  return rows;
}

// 007, +49 and 1.50e400 are texts, not numbers
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d{1,3})?$/;

function isNumber(text: string): boolean {
  return NUMBER.test(text) && text.replace(/[eE].*|\D/g, "").replace(/^0+|0+$/g, "").length <= 38;
}

/** The columns of a file: types from the header, from the table's keys, or guessed from the cells. */
export function columnsOfCsv(rows: readonly Cell[][], keys: Record<string, Type>): CsvColumn[] {
  return (rows[0] ?? []).map((header, number) => {
    const [, name, type] = /^(.*):([A-Z]+)$/s.exec(header ?? "") ?? [];
    if (name !== undefined && (type === "JSON" || TYPES.some(([one]) => one === type))) return { name, type: type as ColumnType, guessed: false };
    if (header === null || header === "") throw new Error(`Column ${number + 1} has no name.`);
    if (Object.hasOwn(keys, header)) return { name: header, type: keys[header]!, guessed: false };
    const cells = rows.slice(1).flatMap((row) => (typeof row[number] === "string" && row[number] !== "" ? [row[number]] : []));
    return { name: header, type: guess(cells), guessed: true };
  });
}

function guess(cells: readonly string[]): ColumnType {
  if (cells.length === 0) return "S";
  if (cells.every(isNumber)) return "N";
  if (cells.every((text) => text === "true" || text === "false")) return "BOOL";
  if (cells.every(isTyped)) return "JSON";
  return "S";
}

function isTyped(text: string): boolean {
  if (!text.startsWith("{")) return false;
  try {
    return isValue(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Whether something is an attribute value: an object with one member, named by a type. */
export function isValue(value: unknown): value is AttributeValue {
  if (typeof value !== "object" || value === null) return false;
  const names = Object.keys(value);
  return names.length === 1 && TYPES.some(([type]) => type === names[0]);
}

export function itemOfRow(row: readonly Cell[], columns: readonly CsvColumn[]): Item {
  if (row.length > columns.length) throw new Error(`${row.length} cells, but ${columns.length} columns.`);
  return Object.fromEntries(
    columns.flatMap((column, number): [string, AttributeValue][] => {
      const cell = row[number] ?? null;
      // spreadsheets write "" for nothing, too
      if (cell === null || (cell === "" && column.guessed)) return [];
      return [[column.name, valueOf(cell, column)]];
    }),
  );
}

function valueOf(cell: string, { name, type }: CsvColumn): AttributeValue {
  try {
    if (type === "JSON") {
      const value: unknown = JSON.parse(cell);
      if (!isValue(value)) throw new Error("not an attribute value");
      return value;
    }
    if (type === "BOOL" && cell !== "true" && cell !== "false") throw new Error("neither true nor false");
    if (type === "BOOL") return { BOOL: cell === "true" };
    if (type === "NULL") return { NULL: true };
    return { [type]: PLAIN.includes(type) ? cell : JSON.parse(cell) };
  } catch (raised) {
    throw new Error(`${name}: ${cell.slice(0, 40)} is no ${type} (${(raised as Error).message}).`);
  }
}
