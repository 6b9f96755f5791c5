// PartiQL statements and requests with expressions: completion, the caret under an error, plan and cost
// before anything is done.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Mark } from "./codemirror";
import { Editor } from "./editor";
import { Choice, Copy, Empty, ErrorBox, LongTable, Page } from "./parts";
import { link, replace } from "./routes";
import { call, callerQuery, control, ServiceError, type Json } from "./service";
import { asCli, asPython } from "./snippets";
import { allTables, countText, indexes, numberText, useLoaded, type Described } from "./state";
import { own, short, type Item } from "./values";

const OPERATIONS = ["Query", "Scan", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"] as const;
const STATEMENT = "ExecuteStatement";

/** What a request begins with, for a table. */
function skeleton(operation: string, table: Json | undefined): Json {
  const TableName = table?.["TableName"] ?? "Music";
  const types = new Map<string, string>((table?.["AttributeDefinitions"] ?? []).map((one: Json) => [one["AttributeName"], one["AttributeType"]]));
  const schema: Json[] = table?.["KeySchema"] ?? [{ AttributeName: "Artist", KeyType: "HASH" }];
  const value = (name: string) => ({ [types.get(name) ?? "S"]: { N: "1", B: "YQ==" }[types.get(name) ?? "S"] ?? "example" });
  const key = Object.fromEntries(schema.map((one) => [one["AttributeName"], value(one["AttributeName"])]));
  const hash: string = schema[0]!["AttributeName"];
  switch (operation) {
    case "Query":
      return {
        TableName,
        KeyConditionExpression: "#hash = :hash",
        ExpressionAttributeNames: { "#hash": hash },
        ExpressionAttributeValues: { ":hash": value(hash) },
      };
    case "Scan":
      return { TableName, FilterExpression: "attribute_exists(#name)", ExpressionAttributeNames: { "#name": hash } };
    case "PutItem":
      return { TableName, Item: key, ConditionExpression: "attribute_not_exists(#hash)", ExpressionAttributeNames: { "#hash": hash } };
    case "UpdateItem":
      return {
        TableName,
        Key: key,
        UpdateExpression: "SET #count = if_not_exists(#count, :none) + :one",
        ExpressionAttributeNames: { "#count": "count" },
        ExpressionAttributeValues: { ":none": { N: "0" }, ":one": { N: "1" } },
        ReturnValues: "ALL_NEW",
      };
    case "BatchGetItem":
      return { RequestItems: { [TableName]: { Keys: [key] } } };
    case "BatchWriteItem":
      return { RequestItems: { [TableName]: [{ PutRequest: { Item: key } }] } };
    case "TransactGetItems":
      return { TransactItems: [{ Get: { TableName, Key: key } }] };
    case "TransactWriteItems":
      return { TransactItems: [{ Put: { TableName, Item: key } }] };
    default:
      return { TableName, Key: key };
  }
}

/** Characters up to which what is typed is kept in the link before it is run. */
const LINKED = 10_000;

interface Answer {
  items: Item[];
  raw: Json;
  units: number | undefined;
  next: string | undefined;
}

/** Where a hint's caret points in the text, if it has one. */
export function markOf(text: string, error: Error | null): Mark | null {
  const hint = error instanceof ServiceError ? (error.hint ?? "") : "";
  const lines = hint.split("\n");
  const number = lines.findIndex((line) => /^\s*\^+(\s|$)/.test(line));
  if (number < 1) return null;
  const caret = lines[number]!;
  const [column, width] = [caret.indexOf("^"), /\^+/.exec(caret)![0].length];
  const shown = lines[number - 1]!;
  // long lines are cut, with an ellipsis at either end
  const body = shown.trim().replace(/^(\.\.\.|…)|(\.\.\.|…)$/g, "");
  const start = shown.indexOf(body);
  const from = text.indexOf(body);
  if (from < 0) return null;
  return { from: from + column - start, to: from + column - start + width, message: error?.message ?? "" };
}

export function Ask(props: { query: URLSearchParams }) {
  const { query } = props;
  const tables = useLoaded(allTables, []);
  const operation = query.get("operation") ?? STATEMENT;
  const given = query.get(operation === STATEMENT ? "statement" : "request");
  const [text, setText] = useState(given === null ? "" : pretty(operation, given));
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [price, setPrice] = useState<Json | null>(null);
  const names = useNames(tables.value, text);

  const current = useRef(text);
  current.current = text;
  const stored = useRef<string | null>(null);
  /** Keep the text in the link of this page, so that the way back and a reload lead to it. */
  const store = () => {
    stored.current = text;
    replace(link("ask", [], operation === STATEMENT ? { statement: text } : { operation, request: text }));
  };
  useEffect(() => {
    // the place names what was typed or run here
    if (given !== null && (given === current.current || given === stored.current)) return;
    stored.current = null;
    if (given !== null) setText(pretty(operation, given));
    else if (operation !== STATEMENT) setText(JSON.stringify(skeleton(operation, tables.value?.[0]?.table), null, 2));
    else setText("");
    setAnswer(null);
    setError(null);
  }, [operation, given, operation !== STATEMENT && given === null && !!tables.value]);

  const requestOf = (next?: string): Json => (operation === STATEMENT ? { Statement: text, ...(next ? { NextToken: next } : {}) } : requestFrom(text));

  // what it would cost, as soon as nobody types
  useEffect(() => {
    setPrice(null);
    if (!text.trim()) return;
    let gone = false;
    const timer = setTimeout(() => {
      if (text.length <= LINKED && text !== given) store();
      void rehearsal(operation, text).then((found) => gone || setPrice(found));
    }, 350);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [operation, text]);

  const run = async (next?: string) => {
    setBusy(true);
    try {
      const result = await call(operation, { ...requestOf(next), ReturnConsumedCapacity: "TOTAL" });
      const consumed = [result["ConsumedCapacity"] ?? []].flat() as Json[];
      const found: Item[] = result["Items"] ?? (result["Item"] ? [result["Item"]] : result["Attributes"] ? [result["Attributes"]] : []);
      setAnswer((old) => ({
        items: [...(next && old ? old.items : []), ...found],
        raw: result,
        units: (next ? (old?.units ?? 0) : 0) + consumed.reduce((sum, one) => sum + (one["CapacityUnits"] ?? 0), 0),
        next: operation === STATEMENT ? result["NextToken"] : undefined,
      }));
      setError(null);
      if (!next) store();
    } catch (raised) {
      setError(raised as Error);
      setAnswer(null);
    } finally {
      setBusy(false);
    }
  };

  const mark = useMemo(() => markOf(text, error ?? errorOf(price)), [error, price]);
  const columns = useMemo(() => [...new Set(answer?.items.flatMap((item) => Object.keys(item)) ?? [])], [answer]);
  const example = tables.value?.[0]?.table;
  return (
    <Page
      title="Ask"
      actions={
        <Choice
          label="Language"
          value={operation}
          options={[[STATEMENT, "PartiQL"], ...OPERATIONS.map((one) => [one, `${one} with expressions`] as const)]}
          onValue={(chosen) => replace(link("ask", [], chosen === STATEMENT ? {} : { operation: chosen }))}
        />
      }
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Editor
          key={operation}
          label={operation === STATEMENT ? "PartiQL statement" : `Request of ${operation}`}
          language={operation === STATEMENT ? "partiql" : "json"}
          value={text}
          onValue={(changed) => {
            setText(changed);
            setError(null);
          }}
          onSubmit={() => void run()}
          names={names}
          mark={mark}
        />
        <Price price={error ? null : price} tables={tables.value ?? []} text={text} />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy || !text.trim()}>
            Run
          </button>
          <Copy label="Copy as boto3" text={() => asPython(operation, safe(requestOf))} />
          <Copy label="Copy as AWS CLI" text={() => asCli(operation, safe(requestOf))} />
          <small>
            Ctrl+Enter runs, Ctrl+Space completes.
            {operation === STATEMENT && " Strings take single quotes, names double ones."}
          </small>
        </div>
      </form>
      {error && <ErrorBox error={error} />}
      {!answer && !error && operation === STATEMENT && <Examples table={example} />}
      {answer && (
        <>
          <p class="summary" aria-live="polite">
            {answer.items.length || reads(operation, text) ? countText(answer.items.length, "item") : "Done"}
            {answer.units !== undefined && `, ${countText(answer.units, "unit")}`}
            {price?.["plan"] && operation === STATEMENT && price["plan"] !== STATEMENT && `, as a ${price["plan"]}`}
          </p>
          {answer.items.length > 0 ? (
            <LongTable
              label="Result"
              rows={answer.items.map((item, number) => ({ item, number }))}
              rowKey={(row) => String(row.number)}
              columns={columns.map((name) => ({ name, render: (row: { item: Item }) => <bdi>{short(own(row.item, name))}</bdi> }))}
            />
          ) : (
            <pre class="json" tabIndex={0}>
              {JSON.stringify(answer.raw, null, 2)}
            </pre>
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

function pretty(operation: string, given: string): string {
  if (operation === STATEMENT) return given;
  try {
    return JSON.stringify(JSON.parse(given), null, 2);
  } catch {
    return given;
  }
}

/** Whether a request reads items only. */
const reads = (operation: string, text: string): boolean => (operation === STATEMENT ? /^\s*SELECT\b/i.test(text) : /Get|Query|Scan/.test(operation));

function requestFrom(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (raised) {
    throw new Error(`The request must be JSON: ${(raised as Error).message}.`);
  }
}

function safe(requestOf: () => Json): Json {
  try {
    return requestOf();
  } catch {
    return {};
  }
}

/** The plan and cost of a request, which is rehearsed and not done; null while it is no request yet. */
async function rehearsal(operation: string, text: string): Promise<Json | null> {
  try {
    const request = operation === STATEMENT ? { Statement: text } : JSON.parse(text);
    const caller = Object.fromEntries(new URLSearchParams(await callerQuery()));
    return await control("POST", "rehearse", { operation, request, ...caller });
  } catch {
    return null;
  }
}

function errorOf(price: Json | null): Error | null {
  return price?.["error"] ? new ServiceError(price["error"], price["message"], price["hint"]) : null;
}

const READ_UNIT = 4096;

/** The plan, and the units, before a request is made. Its place is kept while there is none. */
function Price(props: { price: Json | null; tables: Described[]; text: string }) {
  const { price } = props;
  if (!price) return <div class="price" aria-live="polite" />;
  if (price["error"]) {
    return (
      <div class="price" aria-live="polite">
        <span class="wrong">{price["error"]}</span> {price["message"]}
        {price["hint"] && <pre class="hint">{price["hint"]}</pre>}
      </div>
    );
  }
  const table = props.tables.find((one) => props.text.includes(one.table["TableName"]))?.table;
  const size: number = table?.["TableSizeBytes"] ?? 0;
  const parts = [
    ...(price["readUnits"] ? [countText(price["readUnits"], "read unit")] : []),
    ...(price["writeUnits"] ? [countText(price["writeUnits"], "write unit")] : []),
    ...(price["scanned"] ? [`${countText(price["scanned"], "item")} read, ${numberText(price["returned"])} returned`] : []),
  ];
  return (
    <div class="price" aria-live="polite">
      <span class={price["scan"] ? "status updating" : "status active"}>{price["plan"] === STATEMENT ? "write" : price["plan"]}</span> Would cost {parts.join(", ") || "nothing"}
      {price["more"] && (price["scan"] && size ? ` for the first page; some ${numberText(Math.ceil(size / READ_UNIT) / 2)} for the whole table` : " for the first page; more follow")}
      {price["hint"] && <pre class="hint">{price["hint"]}</pre>}
    </div>
  );
}

function Examples(props: { table: Json | undefined }) {
  const name = props.table?.["TableName"] ?? "Music";
  const [hash, range] = (props.table?.["KeySchema"] ?? [{ AttributeName: "Artist" }, { AttributeName: "SongTitle" }]) as Json[];
  const key = hash!["AttributeName"];
  const types = new Map<string, string>((props.table?.["AttributeDefinitions"] ?? []).map((one: Json) => [one["AttributeName"], one["AttributeType"]]));
  const literal = (attribute: string, text: string) => (types.get(attribute) === "N" ? "1" : `'${text}'`);
  const statements: [string, string][] = [
    [`SELECT * FROM "${name}" WHERE "${key}" = ${literal(key, "Can")}`, "becomes a query: it reads what it returns"],
    [`SELECT * FROM "${name}" WHERE "Year" > 1970`, "becomes a scan: it reads, and costs, all of the table"],
    [`INSERT INTO "${name}" VALUE {'${key}': ${literal(key, "Can")}${range ? `, '${range["AttributeName"]}': ${literal(range["AttributeName"], "Vitamin C")}` : ""}}`, "puts an item that is not there yet"],
  ];
  return (
    <Empty title="Ask the tables anything">
      <ul>
        {statements.map(([statement, what]) => (
          <li key={statement}>
            <a href={link("ask", [], { statement })}>
              <code>{statement}</code>
            </a>{" "}
            {what}
          </li>
        ))}
      </ul>
    </Empty>
  );
}

const SAMPLE = 100;

/** Names that statements use: tables, indexes, key attributes, and those that some items have. */
function useNames(tables: Described[] | undefined, text: string): string[] {
  const [sampled, setSampled] = useState<Record<string, string[]>>({});
  const mentioned = (tables ?? []).map((one) => one.table["TableName"] as string).filter((name) => text.includes(name));
  useEffect(() => {
    for (const name of mentioned.filter((one) => !Object.hasOwn(sampled, one)).slice(0, 3)) {
      void call("Scan", { TableName: name, Limit: SAMPLE }).then(
        (answer) => setSampled((old) => ({ ...old, [name]: [...new Set((answer["Items"] as Item[]).flatMap((item) => Object.keys(item)))] })),
        () => setSampled((old) => ({ ...old, [name]: [] })),
      );
    }
  }, [mentioned.join("\n")]);
  return useMemo(() => {
    const names = new Set<string>();
    for (const { table } of tables ?? []) {
      names.add(`"${table["TableName"]}"`);
      for (const index of indexes(table)) names.add(`"${table["TableName"]}"."${index["IndexName"]}"`);
      for (const attribute of table["AttributeDefinitions"]) names.add(`"${attribute.AttributeName}"`);
    }
    for (const name of Object.values(sampled).flat()) names.add(`"${name}"`);
    return [...names];
  }, [tables, sampled]);
}
