// Items of a table or an index: a builder for Scan and Query, pages, and the item editor.
import { useEffect, useMemo, useState } from "preact/hooks";
import { ItemEditor } from "./item_editor";
import { ImportItems, exportCsv, exportLines } from "./transfer";
import { Check, Choice, Copy, Empty, ErrorBox, LongTable, Page, TextField, type Column } from "./parts";
import { go, link } from "./routes";
import { call, type Json } from "./service";
import { asCli, asJavaScript, asPartiql, asPython } from "./snippets";
import { attempt, numberText, useLoaded } from "./state";
import { indexes } from "./tables";
import { short, type AttributeValue, type Item } from "./values";

const OPERATORS = [
  ["=", "="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
  ["between", "between"],
  ["begins_with", "begins with"],
] as const;
type Operator = (typeof OPERATORS)[number][0];

/** What the builder is set to; all of it is in the page's link. */
interface Search {
  index: string;
  hash: string;
  operator: Operator;
  range: string;
  until: string;
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

const NOTHING: Search = {
  index: "",
  hash: "",
  operator: "=",
  range: "",
  until: "",
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

function keyValue(text: string, type: string): AttributeValue {
  return { [type]: text } as AttributeValue;
}

/** The operation and request that a search stands for. */
export function requestOf(table: Json, search: Search, start?: Item): { operation: "Scan" | "Query"; request: Json } {
  const index = indexes(table).find((one) => one["IndexName"] === search.index);
  const schema: Json[] = (index ?? table)["KeySchema"];
  const typeOfKey = (name: string): string =>
    table["AttributeDefinitions"].find((one: Json) => one["AttributeName"] === name)?.AttributeType ?? "S";
  const names: Json = search.names ? JSON.parse(search.names) : {};
  const values: Json = search.values ? JSON.parse(search.values) : {};
  const request: Json = { TableName: table["TableName"], ReturnConsumedCapacity: "TOTAL" };
  if (search.index) request["IndexName"] = search.index;
  if (search.hash) {
    const [hash, range] = [schema.find((key) => key["KeyType"] === "HASH"), schema.find((key) => key["KeyType"] === "RANGE")];
    names["#hash"] = hash?.["AttributeName"];
    values[":hash"] = keyValue(search.hash, typeOfKey(names["#hash"]));
    let condition = "#hash = :hash";
    if (range && search.range) {
      names["#range"] = range["AttributeName"];
      const type = typeOfKey(names["#range"]);
      values[":range"] = keyValue(search.range, type);
      if (search.operator === "between") {
        values[":until"] = keyValue(search.until, type);
        condition += " AND #range BETWEEN :range AND :until";
      } else if (search.operator === "begins_with") {
        condition += " AND begins_with(#range, :range)";
      } else {
        condition += ` AND #range ${search.operator} :range`;
      }
    }
    request["KeyConditionExpression"] = condition;
    if (search.descending) request["ScanIndexForward"] = false;
  } else if (search.segments) {
    request["TotalSegments"] = Number(search.segments);
    request["Segment"] = Number(search.segment || 0);
  }
  if (search.filter) request["FilterExpression"] = search.filter;
  if (search.projection) request["ProjectionExpression"] = search.projection;
  if (Object.keys(names).length) request["ExpressionAttributeNames"] = names;
  if (Object.keys(values).length) request["ExpressionAttributeValues"] = values;
  if (search.limit) request["Limit"] = Number(search.limit);
  if (search.consistent) request["ConsistentRead"] = true;
  if (start) request["ExclusiveStartKey"] = start;
  return { operation: search.hash ? "Query" : "Scan", request };
}

interface PageOfItems {
  items: Item[];
  scanned: number;
  count: number;
  units: number;
  next: Item | undefined;
}

export function Items(props: { name: string; query: URLSearchParams }) {
  const described = useLoaded(async () => (await call("DescribeTable", { TableName: props.name }))["Table"] as Json, [props.name]);
  const given = props.query.toString();
  const [search, setSearch] = useState<Search>(NOTHING);
  const [pages, setPages] = useState<PageOfItems[]>([]);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [editing, setEditing] = useState<{ item: Item | null; fresh?: boolean } | null>(null);
  const [importing, setImporting] = useState(false);
  const table = described.value;

  const read = async (wanted: Search, start?: Item) => {
    if (!table) return;
    setBusy(true);
    try {
      const { operation, request } = requestOf(table, wanted, start);
      const answer = await call(operation, request);
      const page: PageOfItems = {
        items: answer["Items"] ?? [],
        scanned: answer["ScannedCount"],
        count: answer["Count"],
        units: answer["ConsumedCapacity"]?.CapacityUnits ?? 0,
        next: answer["LastEvaluatedKey"],
      };
      setPages((old) => (start ? [...old, page] : [page]));
      setError(null);
    } catch (raised) {
      setError(raised as Error);
      if (!start) setPages([]);
    } finally {
      setBusy(false);
    }
  };

  useEffect(() => {
    const wanted = { ...NOTHING, ...Object.fromEntries(props.query) } as Search;
    setSearch(wanted);
    void read(wanted);
  }, [table, given]);

  const rows = useMemo(() => pages.flatMap((page) => page.items), [pages]);
  if (described.error) return <ErrorBox error={described.error} />;
  if (!table) return null;

  const schema: Json[] = table["KeySchema"];
  const target = indexes(table).find((one) => one["IndexName"] === search.index) ?? table;
  const keyNames: string[] = schema.map((key) => key["AttributeName"]);
  const keyOf = (item: Item): Item => Object.fromEntries(keyNames.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
  const run = () => {
    const changed = Object.fromEntries(Object.entries(search).filter(([name, value]) => value !== NOTHING[name as keyof Search]));
    const place = link("items", [props.name], changed);
    if (place === location.hash) void read(search);
    else go(place);
  };
  const set = (part: Partial<Search>) => setSearch({ ...search, ...part });
  const last = pages[pages.length - 1];
  const sum = (pick: (page: PageOfItems) => number) => pages.reduce((total, page) => total + pick(page), 0);
  const range = target["KeySchema"].find((key: Json) => key["KeyType"] === "RANGE");
  const hash = target["KeySchema"].find((key: Json) => key["KeyType"] === "HASH");

  return (
    <Page
      title={
        <>
          <a href={link("tables")}>Tables</a> / <a href={link("tables", [props.name])}>{props.name}</a> / Items
        </>
      }
      actions={
        <>
          <button onClick={() => setImporting(true)}>Import</button>
          <button onClick={() => exportLines(props.name, rows)} disabled={!rows.length}>
            Export JSON lines
          </button>
          <button onClick={() => exportCsv(props.name, rows)} disabled={!rows.length}>
            Export CSV
          </button>
          <button class="primary" onClick={() => setEditing({ item: null, fresh: true })}>
            New item
          </button>
        </>
      }
    >
      <form
        class="builder"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Choice
          label="Read"
          value={search.index}
          options={[["", `Table ${props.name}`], ...indexes(table).map((one) => [one["IndexName"], `Index ${one["IndexName"]}`] as const)]}
          onValue={(index) => set({ index })}
        />
        <TextField
          label={`${hash?.AttributeName} =`}
          value={search.hash}
          placeholder="empty: scan"
          onValue={(value) => set({ hash: value })}
        />
        {range && search.hash && (
          <>
            <Choice label={range.AttributeName} value={search.operator} options={OPERATORS} onValue={(operator) => set({ operator })} />
            <TextField label="Value" value={search.range} onValue={(value) => set({ range: value })} />
            {search.operator === "between" && <TextField label="and" value={search.until} onValue={(until) => set({ until })} />}
          </>
        )}
        <TextField label="Limit" type="number" value={search.limit} onValue={(limit) => set({ limit })} />
        <details open={!!(search.filter || search.projection || search.names || search.segments)}>
          <summary>Filter, projection, options</summary>
          <div class="builder">
            <TextField wide label="Filter expression" value={search.filter} placeholder="price > :least" onValue={(filter) => set({ filter })} />
            <TextField wide label="Names (JSON)" value={search.names} placeholder='{"#name": "name"}' onValue={(names) => set({ names })} />
            <TextField wide label="Values (JSON)" value={search.values} placeholder='{":least": {"N": "10"}}' onValue={(values) => set({ values })} />
            <TextField wide label="Projection expression" value={search.projection} onValue={(projection) => set({ projection })} />
            {search.hash ? (
              <Check label="Descending" checked={!!search.descending} onValue={(on) => set({ descending: on ? "1" : "" })} />
            ) : (
              <>
                <TextField label="Segments" type="number" value={search.segments} onValue={(segments) => set({ segments })} />
                <TextField label="Segment" type="number" value={search.segment} onValue={(segment) => set({ segment })} />
              </>
            )}
            <Check label="Consistent read" checked={!!search.consistent} onValue={(on) => set({ consistent: on ? "1" : "" })} />
          </div>
        </details>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {search.hash ? "Query" : "Scan"}
          </button>
          <CopyAs table={table} search={search} />
        </div>
      </form>
      {error && <ErrorBox error={error} />}
      {last && (
        <p class="summary" aria-live="polite">
          {numberText(rows.length)} items, {numberText(sum((page) => page.scanned))} scanned, {sum((page) => page.units)} read units
          {last.next ? ", more follow" : ""}
        </p>
      )}
      {last && rows.length === 0 ? (
        <Empty title={last.next ? "No item passed the filter yet" : "No items"}>
          {last.next ? <p>The filter drops items after they are read, and paid for. There are more pages.</p> : <p>Put one with “New item”.</p>}
        </Empty>
      ) : (
        <LongTable
          label={`Items of ${props.name}`}
          rows={rows}
          rowKey={(item) => JSON.stringify(keyOf(item))}
          columns={columnsOf(rows, keyNames)}
          onRow={(item) => void open(props.name, keyOf(item), item, setEditing)}
        />
      )}
      {last?.next && (
        <button onClick={() => void read(search, last.next)} disabled={busy}>
          Next page
        </button>
      )}
      {editing && (
        <ItemEditor
          table={table}
          original={editing.item}
          fresh={!!editing.fresh}
          onClose={() => setEditing(null)}
          onDuplicate={(item) => setEditing({ item, fresh: true })}
          onDone={() => {
            setEditing(null);
            void read(search);
          }}
        />
      )}
      {importing && (
        <ImportItems
          table={props.name}
          onClose={() => {
            setImporting(false);
            void read(search);
          }}
        />
      )}
    </Page>
  );
}

/** Open an item whole: a page of an index or with a projection may have only some attributes. */
async function open(table: string, key: Item, shown: Item, set: (state: { item: Item }) => void): Promise<void> {
  await attempt(async () => {
    const answer = await call("GetItem", { TableName: table, Key: key, ConsistentRead: true });
    set({ item: answer["Item"] ?? shown });
  });
}

const COLUMNS = 24;

/** Keys first, then the attributes that most items have. */
function columnsOf(rows: Item[], keyNames: string[]): Column<Item>[] {
  const counts = new Map<string, number>();
  for (const item of rows.slice(0, 500)) for (const name of Object.keys(item)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const others = [...counts.keys()].filter((name) => !keyNames.includes(name)).sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1));
  return [...keyNames, ...others.slice(0, COLUMNS)].map((name) => ({
    name,
    render: (item: Item) => (
      <bdi class={item[name]?.N !== undefined ? "number" : ""} title={item[name] ? Object.keys(item[name])[0] ?? "" : ""}>
        {short(item[name])}
      </bdi>
    ),
  }));
}

function CopyAs(props: { table: Json; search: Search }) {
  const made = () => {
    try {
      return requestOf(props.table, props.search);
    } catch {
      return { operation: "Scan" as const, request: { TableName: props.table["TableName"] } };
    }
  };
  const texts: [string, (operation: string, request: Json) => string][] = [
    ["boto3", asPython],
    ["AWS CLI", asCli],
    ["JavaScript", asJavaScript],
    ["PartiQL", (_, request) => asPartiql(request)],
  ];
  return (
    <>
      {texts.map(([label, text]) => (
        <Copy
          key={label}
          label={`Copy as ${label}`}
          text={() => {
            const { operation, request } = made();
            return text(operation, request);
          }}
        />
      ))}
    </>
  );
}
