// PartiQL statements and expressions: completion, the caret under an error, cost and plan.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Mark } from "./codemirror";
import { Editor } from "./editor";
import { Empty, ErrorBox, LongTable, Page } from "./parts";
import { control, call, ServiceError, type Json } from "./service";
import { numberText, useLoaded } from "./state";
import { short, type Item } from "./values";

interface Answer {
  items: Item[];
  units: number | undefined;
  next: string | undefined;
  log: Json | undefined;
}

/** Where a hint's caret points in the statement, if it has one. */
export function markOf(statement: string, error: Error): Mark | null {
  const hint = error instanceof ServiceError ? (error.hint ?? "") : "";
  const lines = hint.split("\n");
  const number = lines.findIndex((line) => /^\s*\^+\s*$/.test(line));
  if (number < 1) return null;
  const caret = lines[number]!;
  const [column, width] = [caret.indexOf("^"), caret.trim().length];
  const shown = lines[number - 1]!;
  const start = shown.length - shown.trimStart().length;
  const from = statement.indexOf(shown.trim());
  if (from < 0) return null;
  return { from: from + column - start, to: from + column - start + width, message: error.message };
}

export function Ask(props: { query: URLSearchParams }) {
  const [statement, setStatement] = useState(props.query.get("statement") ?? "");
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const names = useLoaded(completions, []);
  useEffect(() => {
    const given = props.query.get("statement");
    if (given) setStatement(given);
  }, [props.query.toString()]);

  const run = async (next?: string) => {
    setBusy(true);
    try {
      const result = await call("ExecuteStatement", {
        Statement: statement,
        ReturnConsumedCapacity: "TOTAL",
        ...(next ? { NextToken: next } : {}),
      });
      const log = await control("GET", "requests")
        .then((requests) => (requests["requests"] as Json[]).findLast((one) => one["operation"] === "ExecuteStatement"))
        .catch(() => undefined);
      setAnswer((old) => ({
        items: [...(next && old ? old.items : []), ...(result["Items"] ?? [])],
        units: (next ? (old?.units ?? 0) : 0) + (result["ConsumedCapacity"]?.CapacityUnits ?? 0),
        next: result["NextToken"],
        log,
      }));
      setError(null);
    } catch (raised) {
      setError(raised as Error);
      setAnswer(null);
    } finally {
      setBusy(false);
    }
  };

  const mark = useMemo(() => (error ? markOf(statement, error) : null), [error]);
  const columns = useMemo(() => [...new Set(answer?.items.flatMap((item) => Object.keys(item)) ?? [])], [answer]);
  return (
    <Page title="Ask">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Editor
          label="PartiQL statement"
          language="partiql"
          value={statement}
          onValue={setStatement}
          onSubmit={() => void run()}
          names={names.value ?? []}
          mark={mark}
        />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy || !statement.trim()}>
            Run
          </button>
          <small>Ctrl+Enter runs the statement. Strings take single quotes, names double ones.</small>
        </div>
      </form>
      {error && <ErrorBox error={error} />}
      {!answer && !error && (
        <Empty title="Ask the tables anything">
          <ul>
            <li>
              <code>{`SELECT * FROM "Music" WHERE "Artist" = 'Can'`}</code> becomes a query
            </li>
            <li>
              <code>{`SELECT * FROM "Music" WHERE "Year" > 1970`}</code> becomes a scan, and costs all of the table
            </li>
            <li>
              <code>{`INSERT INTO "Music" VALUE {'Artist': 'Can', 'SongTitle': 'Vitamin C'}`}</code>
            </li>
          </ul>
        </Empty>
      )}
      {answer && (
        <>
          <p class="summary" aria-live="polite">
            {numberText(answer.items.length)} items
            {answer.units !== undefined && `, ${answer.units} units`}
            {answer.log?.["plan"] && `, as a ${answer.log["plan"]}`}
            {answer.log?.["scanned"] !== undefined && `, ${numberText(answer.log["scanned"])} scanned`}
          </p>
          {answer.items.length > 0 && (
            <LongTable
              label="Result"
              rows={answer.items.map((item, number) => ({ item, number }))}
              rowKey={(row) => String(row.number)}
              columns={columns.map((name) => ({ name, render: (row: { item: Item }) => <bdi>{short(row.item[name])}</bdi> }))}
            />
          )}
          {answer.next && (
            <button disabled={busy} onClick={() => void run(answer.next)}>
              Next page
            </button>
          )}
        </>
      )}
    </Page>
  );
}

/** Names that statements use: tables, indexes and key attributes, quoted as PartiQL wants them. */
async function completions(): Promise<string[]> {
  const tables: string[] = (await call("ListTables", {}))["TableNames"];
  const described = await Promise.all(tables.slice(0, 50).map((name) => call("DescribeTable", { TableName: name }).catch(() => null)));
  const names = new Set<string>();
  for (const one of described) {
    const table = one?.["Table"];
    if (!table) continue;
    names.add(`"${table.TableName}"`);
    for (const index of [...(table.LocalSecondaryIndexes ?? []), ...(table.GlobalSecondaryIndexes ?? [])]) {
      names.add(`"${table.TableName}"."${index.IndexName}"`);
    }
    for (const attribute of table.AttributeDefinitions) names.add(`"${attribute.AttributeName}"`);
  }
  return [...names];
}
