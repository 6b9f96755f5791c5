// Import and export of items as files: JSON lines, which keep every type, and CSV.
import { useState } from "preact/hooks";
import { Dialog, ErrorBox } from "./parts";
import { call } from "./service";
import { notify, numberText } from "./state";
import type { Item } from "./values";

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = Object.assign(document.createElement("a"), { href: url, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function exportLines(table: string, items: Item[]): void {
  save(`${table}.jsonl`, "application/x-ndjson", items.map((item) => `${JSON.stringify({ Item: item })}\n`).join(""));
}

export function exportCsv(table: string, items: Item[]): void {
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const cell = (text: string) => (/[",\n\r]/.test(text) || /^[=+\-@]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const plain = (item: Item, name: string) => {
    const value = item[name];
    if (!value) return "";
    return value.S ?? value.N ?? (value.B !== undefined ? value.B : value.BOOL !== undefined ? String(value.BOOL) : value.NULL ? "" : JSON.stringify(value));
  };
  const rows = [names, ...items.map((item) => names.map((name) => plain(item, name)))];
  save(`${table}.csv`, "text/csv", rows.map((row) => `${row.map(cell).join(",")}\r\n`).join(""));
}

/** The item of a line: `{"Item": {...}}` as exports have it, or the item alone. */
export function itemOf(line: string): Item {
  const parsed = JSON.parse(line);
  return parsed.Item ?? parsed;
}

export function ImportItems(props: { table: string; onClose: () => void }) {
  const [error, setError] = useState<Error | null>(null);
  const [done, setDone] = useState<number | null>(null);
  const load = async (file: File) => {
    let count = 0;
    try {
      const lines = (await file.text()).split("\n").filter((line) => line.trim());
      const items = lines.map((line, number) => {
        try {
          return itemOf(line);
        } catch (raised) {
          throw new Error(`Line ${number + 1}: ${(raised as Error).message}`);
        }
      });
      for (let start = 0; start < items.length; start += 25) {
        let requests: unknown[] = items.slice(start, start + 25).map((item) => ({ PutRequest: { Item: item } }));
        for (let turn = 0; requests.length && turn < 20; turn += 1) {
          const answer = await call("BatchWriteItem", { RequestItems: { [props.table]: requests } });
          const left: unknown[] = answer["UnprocessedItems"]?.[props.table] ?? [];
          count += requests.length - left.length;
          requests = left;
          setDone(count);
        }
        if (requests.length) throw new Error(`${requests.length} items stayed unprocessed.`);
      }
      notify(`Imported ${numberText(count)} items`);
      props.onClose();
    } catch (raised) {
      setError(raised as Error);
      setDone(count);
    }
  };
  return (
    <Dialog title={`Import into ${props.table}`} onClose={props.onClose}>
      <div class="stack">
        <p>
          A file of JSON lines, one item each, in DynamoDB JSON: <code>{'{"Item": {"id": {"S": "1"}}}'}</code>. For CSV, Ion and whole exports
          use <code>ddbmock load</code>.
        </p>
        <input
          type="file"
          aria-label="File of JSON lines"
          accept=".jsonl,.json,.ndjson"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void load(file);
          }}
        />
        {done !== null && <p aria-live="polite">{numberText(done)} items put</p>}
        {error && <ErrorBox error={error} />}
      </div>
    </Dialog>
  );
}
