// Items of a table or an index: a builder for Scan and Query, pages, and the item editor.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Builder } from "./builder";
import { ItemEditor } from "./item_editor";
import { Empty, ErrorBox, LongTable, Page, type Column } from "./parts";
import { go, link, replace } from "./routes";
import { call, type Json } from "./service";
import { bytesText, countText, indexes, numberText, useLoaded, usePolling } from "./state";
import { fromQuery, requestOf, toQuery, type Search } from "./search";
import { ExportItems, ImportItems } from "./transfer";
import { keyOf, keyText, own, short, typeOf, type Item } from "./values";

interface PageOfItems {
  items: Item[];
  scanned: number;
  units: number;
  next: Item | undefined;
}

async function readPage(table: Json, search: Search, start?: Item): Promise<PageOfItems> {
  const { operation, request } = requestOf(table, search, start);
  const answer = await call(operation, request);
  return {
    items: answer["Items"] ?? [],
    scanned: answer["ScannedCount"],
    units: answer["ConsumedCapacity"]?.CapacityUnits ?? 0,
    next: answer["LastEvaluatedKey"],
  };
}

/** An item in the editor: as it was read; null for a new one. */
type Editing = { original: Item | null; draft?: Item };

export function Items(props: { name: string; query: URLSearchParams }) {
  const described = useLoaded(async () => (await call("DescribeTable", { TableName: props.name }))["Table"] as Json, [props.name]);
  const table = described.value;
  // its items can be read when it is ACTIVE, which changes the description
  usePolling(() => table?.["TableStatus"] === "CREATING" && void described.reload(), 1000);
  const wanted = fromQuery(props.query);
  const given = JSON.stringify(wanted);
  const [search, setSearch] = useState(wanted);
  const [pages, setPages] = useState<PageOfItems[]>([]);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [readingOn, setReadingOn] = useState(false);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [dialog, setDialog] = useState<"import" | "export" | null>(null);

  const turns = useRef(0);
  const read = async (of: Search, start?: Item) => {
    if (!table) return;
    const turn = ++turns.current;
    setBusy(true);
    try {
      const page = await readPage(table, of, start);
      if (turn !== turns.current) return; // another search has begun
      setPages((old) => (start ? [...old, page] : [page]));
      setError(null);
    } catch (raised) {
      if (turn !== turns.current) return;
      setError(raised as Error);
      if (!start) setPages([]);
    } finally {
      if (turn === turns.current) setBusy(false);
    }
  };
  /** Read page after page, until one has items that pass the filter, the end is reached, or the reader stops it. */
  const stop = useRef(false);
  const readOn = async (start: Item) => {
    stop.current = false;
    setReadingOn(true);
    setBusy(true);
    try {
      for (let next: Item | undefined = start, found = false; table && next && !found && !stop.current; ) {
        const page: PageOfItems = await readPage(table, wanted, next);
        if (stop.current) break;
        setPages((old) => [...old, page]);
        found = page.items.length > 0;
        next = page.next;
      }
      setError(null);
    } catch (raised) {
      setError(raised as Error);
    } finally {
      setReadingOn(false);
      setBusy(false);
    }
  };
  useEffect(() => () => void (stop.current = true), [given]);
  useEffect(() => {
    setSearch(wanted);
    void read(wanted);
  }, [table, given]);
  /** Read what is shown again, so that a change on a later page does not lead back to the first. */
  const readAgain = async () => {
    if (!table) return;
    setBusy(true);
    try {
      const again: PageOfItems[] = [];
      do again.push(await readPage(table, wanted, again.at(-1)?.next));
      while (again.length < pages.length && again.at(-1)!.next);
      setPages(again);
      setError(null);
    } catch (raised) {
      setError(raised as Error);
    } finally {
      setBusy(false);
    }
  };

  const itemKey = props.query.get("item");
  useEffect(() => {
    // a step back closes what a step forward has opened
    setEditing(null);
    if (!table || itemKey === null) return;
    let gone = false;
    void openItem(table, itemKey).then(
      (found) => gone || setEditing(found),
      (raised) => gone || setError(raised),
    );
    return () => {
      gone = true;
    };
  }, [table, itemKey, given]);

  const rows = useMemo(() => pages.flatMap((page) => page.items), [pages]);
  const names = useMemo(() => [...new Set(rows.slice(0, 500).flatMap((item) => Object.keys(item)))], [rows]);
  const keyNames: string[] = (table?.["KeySchema"] ?? []).map((key: Json) => key["AttributeName"]);
  const itemLink = (item: Item) => link("items", [props.name], { ...toQuery(wanted), item: JSON.stringify(keyOf(item, keyNames)) });
  const columns = useMemo(() => columnsOf(rows, keyNames, itemLink), [rows, given]);
  const keyless = rows.some((item) => !whole(item, keyNames));
  if (described.error) {
    return (
      <Page
        title={
          <>
            <a href={link("tables")}>Tables</a> / {props.name}
          </>
        }
        actions={<button onClick={() => void described.reload()}>Try again</button>}
      >
        <ErrorBox error={described.error} />
      </Page>
    );
  }

  const run = () => {
    const place = link("items", [props.name], toQuery(search));
    if (place === location.hash) void read(search);
    else go(place);
  };
  const close = () => {
    setEditing(null);
    replace(link("items", [props.name], toQuery(wanted)));
  };
  const last = pages.at(-1);
  const sum = (pick: (page: PageOfItems) => number) => pages.reduce((total, page) => total + pick(page), 0);

  return (
    <Page
      title={
        <>
          <a href={link("tables")}>Tables</a> / <a href={link("tables", [props.name])}>{props.name}</a> / Items
        </>
      }
      actions={
        <>
          <button onClick={() => setDialog("import")} disabled={!table}>
            Import
          </button>
          <button onClick={() => setDialog("export")} disabled={!rows.length && !last?.next}>
            Export
          </button>
          <button class="primary" onClick={() => setEditing({ original: null })} disabled={!table}>
            New item
          </button>
        </>
      }
    >
      {table && <Builder table={table} search={search} names={names} busy={busy} onSearch={setSearch} onRun={run} />}
      {error && <ErrorBox error={error} />}
      <p class="summary" aria-live="polite">
        {last && (
          <>
            {countText(rows.length, "item")}, {numberText(sum((page) => page.scanned))} scanned, {countText(sum((page) => page.units), "read unit")}
            {last.next ? ", more follow" : ""}
            {keyless ? "; items can be opened if the projection includes their keys" : ""}
          </>
        )}
      </p>
      {last && rows.length === 0 ? (
        <Nothing table={table!} search={wanted} more={!!last.next} />
      ) : error && !rows.length ? null : (
        <LongTable
          label={`Items of ${props.name}`}
          rows={rows}
          loading={!last && !error}
          rowKey={(item, number) => (whole(item, keyNames) ? JSON.stringify(keyOf(item, keyNames)) : String(number))}
          columns={columns}
          onRow={(item) => whole(item, keyNames) && go(itemLink(item))}
        />
      )}
      {last?.next && (
        <div class="actions next">
          <button onClick={() => void read(wanted, last.next)} disabled={busy}>
            Next page
          </button>
          {(wanted.where || wanted.filter) && (
            <button onClick={() => (readingOn ? (stop.current = true) : void readOn(last.next!))} disabled={busy && !readingOn}>
              {readingOn ? "Stop" : "Read on until something is found"}
            </button>
          )}
        </div>
      )}
      {editing && table && (
        <ItemEditor
          key={JSON.stringify([editing.original, editing.draft])}
          table={table}
          original={editing.original}
          draft={editing.draft ?? null}
          onClose={close}
          onDuplicate={(item) => setEditing({ original: null, draft: item })}
          onChanged={() => void readAgain()}
        />
      )}
      {dialog === "import" && table && (
        <ImportItems
          table={table}
          onClose={() => {
            setDialog(null);
            void read(wanted);
          }}
        />
      )}
      {dialog === "export" && table && (
        <ExportItems
          table={props.name}
          shown={rows}
          more={!!last?.next}
          readPage={(start) => readPage(table, { ...wanted, limit: "" }, start)}
          onClose={() => setDialog(null)}
        />
      )}
    </Page>
  );
}

/** Whether an item has its keys: those of a projection may lack them. */
const whole = (item: Item, keyNames: string[]): boolean => keyNames.every((name) => own(item, name));

/** Read an item whole: a page of an index or with a projection may have only some attributes. */
async function openItem(table: Json, key: string): Promise<Editing> {
  const parsed: Item = JSON.parse(key);
  const answer = await call("GetItem", { TableName: table["TableName"], Key: parsed, ConsistentRead: true });
  if (!answer["Item"]) throw new Error(`There is no item ${keyText(parsed)}: it may have been deleted.`);
  return { original: answer["Item"] };
}

/** Why a page is empty, and what to do about it. */
function Nothing(props: { table: Json; search: Search; more: boolean }) {
  const { table, search } = props;
  const filtered = search.filter || search.where;
  if (props.more) {
    return (
      <Empty title="No item passed the filter yet">
        <p>A filter drops items after they are read, and paid for. There are more pages.</p>
      </Empty>
    );
  }
  if (filtered || search.hash || search.index) {
    return (
      <Empty title="No items">
        <ul>
          {search.hash && <li>Keys are compared exactly: case, spaces and the type count.</li>}
          {filtered && <li>The filter dropped what was scanned: see the counts above.</li>}
          {search.index && <li>An index has only the items that have all of its key attributes, each of its type.</li>}
          <li>
            <a href={link("items", [table["TableName"]])}>Scan the whole table</a>
          </li>
        </ul>
      </Empty>
    );
  }
  return (
    <Empty title="No items yet">
      <p>Put one with “New item”, import a file, or write with a program: a table's items appear here at the next Scan.</p>
      {indexes(table).length === 0 && <p class="muted">To query by other attributes than the keys, add an index: Tables, {table["TableName"]}, Update.</p>}
    </Empty>
  );
}

const COLUMNS = 24;
const WIDEST = 36;

/** Keys first, then the attributes that most items have. */
function columnsOf(rows: Item[], keyNames: string[], itemLink: (item: Item) => string): Column<Item>[] {
  const counts = new Map<string, number>();
  for (const item of rows.slice(0, 500)) for (const name of Object.keys(item)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const others = [...counts.keys()].filter((name) => !keyNames.includes(name)).sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1));
  const names = [...keyNames, ...others.slice(0, COLUMNS)];
  const columns: Column<Item>[] = names.map((name, number) => ({
    name,
    className: rows.length && rows.slice(0, 100).every((item) => own(item, name)?.N !== undefined || !own(item, name)) ? "number" : "",
    width: Math.min(WIDEST, Math.max(name.length, ...rows.slice(0, 200).map((item) => short(own(item, name)).length)) + 1),
    render: (item: Item) => {
      const value = own(item, name);
      const text = <bdi title={value ? typeOf(value) : ""}>{short(value)}</bdi>;
      return number || !whole(item, keyNames) ? text : <a href={itemLink(item)}>{text}</a>;
    },
  }));
  if (others.length > COLUMNS) {
    columns.push({ name: `${numberText(others.length - COLUMNS)} more`, render: (item) => <small>{bytesText(JSON.stringify(item).length)} of JSON</small> });
  }
  return columns;
}
