// Import and export of items as files: JSON lines and CSV, both with every type.
import { useMemo, useState } from "preact/hooks";
import { columnsOfCsv, isValue, itemOfRow, parseCsv, toCsv, type Cell, type ColumnType, type CsvColumn } from "./csv";
import { Choice, Dialog, ErrorBox, LongTable } from "./parts";
import { call, type Json } from "./service";
import { countText, notify, numberText } from "./state";
import { malformed, own, short, stable, TYPES, typeOf, type AttributeValue, type Item, type Type } from "./values";

function save(name: string, type: string, parts: string[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const anchor = Object.assign(document.createElement("a"), { href: url, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

type Format = "jsonl" | "csv";
type Scope = "shown" | "all";

/** Export what is shown, or all that the search finds, page by page. */
export function ExportItems(props: {
  table: string;
  shown: Item[];
  more: boolean;
  readPage: (start?: Item) => Promise<{ items: Item[]; next: Item | undefined }>;
  onClose: () => void;
}) {
  const [format, setFormat] = useState<Format>("jsonl");
  const [scope, setScope] = useState<Scope>(props.more ? "all" : "shown");
  const [done, setDone] = useState<number | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const write = async () => {
    try {
      const items = scope === "shown" ? [...props.shown] : [];
      let next: Item | undefined;
      if (scope === "all") {
        do {
          const page = await props.readPage(next);
          for (const item of page.items) items.push(item);
          next = page.next;
          setDone(items.length);
        } while (next);
      }
      if (format === "csv") save(`${props.table}.csv`, "text/csv", [toCsv(items)]);
      else save(`${props.table}.jsonl`, "application/x-ndjson", items.map((item) => `${JSON.stringify({ Item: item })}\n`));
      notify(`Exported ${countText(items.length, "item")}`);
      props.onClose();
    } catch (raised) {
      setError(raised as Error);
    }
  };
  return (
    <Dialog title={`Export from ${props.table}`} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void write();
        }}
      >
        <Choice
          label="Items"
          value={scope}
          options={[
            ["shown", `the ${numberText(props.shown.length)} shown`],
            ["all", "all that this search finds"],
          ]}
          onValue={setScope}
        />
        <Choice
          label="Format"
          value={format}
          options={[
            ["jsonl", "JSON lines, as DynamoDB exports them"],
            ["csv", "CSV, with the types in its header"],
          ]}
          onValue={setFormat}
        />
        <small>Both keep every type: sets, binary, numbers of 38 digits. Both can be imported here; ddbmock load reads the JSON lines.</small>
        {done !== null && <p aria-live="polite">{numberText(done)} items read</p>}
        {error && <ErrorBox error={error} />}
        <div class="actions">
          <button type="submit" class="primary" disabled={done !== null && !error}>
            Export
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A file as it was read: rows of CSV whose types can still be chosen, or items. */
type Read = { rows: Cell[][]; columns: CsvColumn[] } | { items: Item[]; plain: boolean };

/** The item of a JSON object: `{"Item": {...}}` as exports have it, DynamoDB JSON, or plain JSON. */
export function itemOf(parsed: Json): { item: Item; plain: boolean } {
  if (typeof parsed !== "object" || parsed === null) throw new Error("not an object");
  const item = parsed["Item"] && Object.keys(parsed).length === 1 ? parsed["Item"] : parsed;
  if (typeof item !== "object" || item === null || Array.isArray(item)) throw new Error("not an object");
  if (Object.values(item).every(isValue)) {
    const wrong = malformed({ M: item });
    if (wrong) throw new Error(wrong);
    return { item, plain: false };
  }
  return { item: Object.fromEntries(Object.entries(item).map(([name, value]) => [name, typed(value)])), plain: true };
}

function typed(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  if (value instanceof Digits) return { N: value.text };
  if (Array.isArray(value)) return { L: value.map(typed) };
  return { M: Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, typed(one)])) };
}

/** A number of a JSON text, with all its digits. */
class Digits {
  constructor(readonly text: string) {}
}

function parseJson(text: string): Json {
  // browsers give the source of a number since 2023; before, its digits may be rounded
  const revive = (_: string, value: unknown, context?: { source?: string }) => (typeof value === "number" ? new Digits(context?.source ?? String(value)) : value);
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

/** The items of a file that is one JSON document: an array, an answer of Scan or Query, a batch of puts, or one item. */
function documentOf(text: string): Json[] | null {
  let found: unknown;
  try {
    found = parseJson(text);
  } catch (raised) {
    if (text.trimStart().startsWith("[")) throw raised;
    return null; // lines, then
  }
  if (Array.isArray(found)) return found as Json[];
  if (typeof found !== "object" || found === null) return [found as Json];
  const { Items: items, ...others } = found as Json;
  if (Array.isArray(items) && Object.keys(others).every((name) => ANSWER.includes(name))) return items;
  const requests = Object.values(found as Json);
  if (requests.length === 1 && Array.isArray(requests[0]) && requests[0].length && requests[0].every((one: Json) => one?.["PutRequest"]?.Item)) return requests[0].map((one: Json) => one["PutRequest"]);
  return [found as Json];
}

const ANSWER = ["Count", "ScannedCount", "LastEvaluatedKey", "ConsumedCapacity", "NextToken"];

function readLines(text: string): Read {
  const all = documentOf(text);
  const lines = all ? null : text.split("\n");
  const items: Item[] = [];
  let plain = false;
  (all ?? lines!).forEach((line, number) => {
    if (typeof line === "string" && !line.trim()) return;
    try {
      const found = itemOf(typeof line === "string" ? parseJson(line) : line);
      items.push(found.item);
      plain ||= found.plain;
    } catch (raised) {
      throw new Error(`${all ? "Element" : "Line"} ${number + 1}: ${(raised as Error).message}`);
    }
  });
  return { items, plain };
}

function readCsv(text: string, keys: Record<string, Type>): Read {
  if (!text.trim()) throw new Error("The file is empty.");
  const rows = parseCsv(text);
  if (rows.length < 2) throw new Error("The file has no rows below its header.");
  return { rows, columns: columnsOfCsv(rows, keys) };
}

/** The items of a file, each key once: the last one wins, as if they were put one after the other. */
function itemsOf(read: Read, keyNames: string[]): { items: Item[]; repeated: number; error: Error | null } {
  let all: Item[] = [];
  if ("items" in read) all = read.items;
  else {
    for (let number = 1; number < read.rows.length; number += 1) {
      try {
        all.push(itemOfRow(read.rows[number]!, read.columns));
      } catch (raised) {
        return { items: all, repeated: 0, error: new Error(`Row ${number + 1}: ${(raised as Error).message}`) };
      }
    }
  }
  const byKey = new Map<string, Item>();
  for (let number = 0; number < all.length; number += 1) {
    const item = all[number]!;
    const missing = keyNames.find((name) => !own(item, name));
    if (missing) return { items: all, repeated: 0, error: new Error(`Item ${number + 1} has no ${missing}, a key of the table.`) };
    byKey.set(stable(keyNames.map((name) => item[name])), item);
  }
  return { items: [...byKey.values()], repeated: all.length - byKey.size, error: null };
}

const BATCH = 25;
const COLUMN_TYPES: readonly (readonly [ColumnType, string])[] = [...TYPES, ["JSON", "DynamoDB JSON"]];

export function ImportItems(props: { table: Json; onClose: () => void }) {
  const name: string = props.table["TableName"];
  const keyNames: string[] = props.table["KeySchema"].map((key: Json) => key["AttributeName"]);
  const keys = Object.fromEntries((props.table["AttributeDefinitions"] as Json[]).map((one) => [one["AttributeName"], one["AttributeType"] as Type]));
  const [read, setRead] = useState<Read | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [done, setDone] = useState<number | null>(null);
  const found = useMemo(() => (read ? itemsOf(read, keyNames) : null), [read]);

  const choose = async (file: File) => {
    try {
      const text = await file.text();
      const csv = /\.(csv|tsv)$/i.test(file.name) || !/^\s*[[{]/.test(text);
      setRead(csv ? readCsv(text, keys) : readLines(text));
      setError(null);
    } catch (raised) {
      setRead(null);
      setError(raised as Error);
    }
  };
  const write = async (items: Item[]) => {
    let count = 0;
    setDone(0);
    setError(null);
    try {
      for (let start = 0; start < items.length; start += BATCH) {
        let requests: unknown[] = items.slice(start, start + BATCH).map((item) => ({ PutRequest: { Item: item } }));
        for (let turn = 0; requests.length && turn < 8; turn += 1) {
          if (turn) await new Promise((rest) => setTimeout(rest, 50 * 2 ** turn));
          const answer = await call("BatchWriteItem", { RequestItems: { [name]: requests } });
          const left: unknown[] = answer["UnprocessedItems"]?.[name] ?? [];
          count += requests.length - left.length;
          requests = left;
          setDone(count);
        }
        if (requests.length) throw new Error(`${requests.length} items stayed unprocessed after 8 attempts.`);
      }
      notify(`Imported ${countText(count, "item")}`);
      props.onClose();
    } catch (raised) {
      setError(raised as Error);
      setDone(null);
    }
  };
  return (
    <Dialog title={`Import into ${name}`} wide={!!read} onClose={props.onClose}>
      <div class="stack">
        <p>
          CSV with a header; JSON lines as DynamoDB exports them, <code>{'{"Item": {"id": {"S": "1"}}}'}</code>, or plain ones; what <code>aws dynamodb scan</code> prints.
          Nothing is written before you have seen it. Whole exports and Ion: <code>ddbmock load</code>.
        </p>
        <input
          type="file"
          aria-label="File of JSON lines or CSV"
          accept=".jsonl,.json,.ndjson,.csv,.tsv"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void choose(file);
          }}
        />
        {read && found && (
          <>
            {"columns" in read && (
              <>
                <h3>Types of the columns</h3>
                <div class="row">
                  {read.columns.map((column, number) => (
                    <Choice
                      key={number}
                      label={`${column.name}${column.guessed ? " (guessed)" : ""}`}
                      value={column.type}
                      options={COLUMN_TYPES}
                      onValue={(type) => setRead({ ...read, columns: read.columns.map((one, other) => (other === number ? { ...one, type } : one)) })}
                    />
                  ))}
                </div>
                <small>
                  From headers as <code>Year:N</code> and the table's keys. Otherwise a column of numbers is N, one of true and false is BOOL, the rest is S: 007 stays a text.
                </small>
              </>
            )}
            {"plain" in read && read.plain && <small>Plain JSON: texts become S, numbers N, arrays L, objects M.</small>}
            {found.error ? (
              <ErrorBox error={found.error} />
            ) : (
              <>
                <h3>
                  {countText(found.items.length, "item")}{found.repeated ? `; ${numberText(found.repeated)} more have the key of a later one and are left out` : ""}
                </h3>
                <Preview items={found.items} />
                <small>Items of the same key are replaced.</small>
              </>
            )}
            <div class="actions">
              <button class="primary" disabled={!!found.error || !found.items.length || done !== null} onClick={() => void write(found.items)}>
                Import {countText(found.items.length, "item")}
              </button>
            </div>
          </>
        )}
        {done !== null && (
          <p aria-live="polite">
            {numberText(done)} items put <progress aria-label="Items put" max={found?.items.length ?? 1} value={done} />
          </p>
        )}
        {error && <ErrorBox error={error} />}
      </div>
    </Dialog>
  );
}

const SHOWN = 20;

function Preview(props: { items: Item[] }) {
  const shown = props.items.slice(0, SHOWN);
  const names = [...new Set(shown.flatMap((item) => Object.keys(item)))];
  return (
    <LongTable
      label="First items"
      rows={shown}
      rowKey={(item) => stable(item)}
      columns={names.map((name) => ({
        name,
        render: (item: Item) =>
          own(item, name) ? (
            <>
              <span class="type">{typeOf(item[name]!)}</span> <bdi>{short(item[name])}</bdi>
            </>
          ) : (
            ""
          ),
      }))}
    />
  );
}
