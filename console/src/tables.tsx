// The list of tables, and the description, creation and deletion of one.
import { useState } from "preact/hooks";
import { Editor } from "./editor";
import { Check, Choice, ConfirmDelete, Copy, Dialog, Empty, ErrorBox, LongTable, Page, Status, TextField } from "./parts";
import { go, link } from "./routes";
import { call, type Json } from "./service";
import { attempt, bytesText, numberText, timeText, useLoaded } from "./state";

async function allTables(): Promise<Json[]> {
  const names: string[] = [];
  let start: string | undefined;
  do {
    const page: Json = await call("ListTables", start ? { ExclusiveStartTableName: start } : {});
    names.push(...page["TableNames"]);
    start = page["LastEvaluatedTableName"];
  } while (start);
  const tables = await Promise.all(names.map((name) => call("DescribeTable", { TableName: name }).catch(() => null)));
  return tables.flatMap((one) => (one ? [one["Table"]] : []));
}

export function Tables() {
  const tables = useLoaded(allTables, []);
  const [search, setSearch] = useState("");
  const [creating, setCreating] = useState(false);
  const shown = (tables.value ?? []).filter((table) => table["TableName"].toLowerCase().includes(search.toLowerCase()));
  return (
    <Page
      title="Tables"
      actions={
        <>
          <input
            type="search"
            id="search"
            aria-label="Search tables"
            placeholder="Search (press /)"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
          <button onClick={() => void tables.reload()}>Refresh</button>
          <button class="primary" onClick={() => setCreating(true)}>
            Create table
          </button>
        </>
      }
    >
      {tables.error && <ErrorBox error={tables.error} />}
      {tables.value?.length === 0 ? (
        <Empty title="No tables yet">
          <p>Create one here, or from a program:</p>
          <pre>{`boto3.client("dynamodb", endpoint_url="${location.origin}").create_table(...)`}</pre>
          <button class="primary" onClick={() => setCreating(true)}>
            Create table
          </button>
        </Empty>
      ) : (
        <LongTable
          label="Tables"
          rows={shown}
          rowKey={(table) => table["TableName"]}
          onRow={(table) => go(link("tables", [table["TableName"]]))}
          columns={[
            { name: "Name", render: (table) => <a href={link("tables", [table["TableName"]])}>{table["TableName"]}</a> },
            { name: "Status", render: (table) => <Status value={table["TableStatus"]} /> },
            { name: "Items", className: "number", render: (table) => numberText(table["ItemCount"] ?? 0) },
            { name: "Size", className: "number", render: (table) => bytesText(table["TableSizeBytes"] ?? 0) },
            { name: "Keys", render: (table) => keys(table["KeySchema"]) },
            { name: "Indexes", className: "number", render: (table) => indexes(table).length || "" },
            { name: "Stream", render: (table) => (table["StreamSpecification"]?.StreamEnabled ? "on" : "") },
            { name: "Capacity", render: capacity },
          ]}
        />
      )}
      {creating && (
        <CreateTable
          onClose={() => setCreating(false)}
          onCreated={() => {
            setCreating(false);
            void tables.reload();
          }}
        />
      )}
    </Page>
  );
}

export function keys(schema: Json[] | undefined): string {
  return (schema ?? []).map((key) => key["AttributeName"]).join(", ");
}

export function indexes(table: Json): Json[] {
  return [...(table["LocalSecondaryIndexes"] ?? []), ...(table["GlobalSecondaryIndexes"] ?? [])];
}

function capacity(table: Json): string {
  if (table["BillingModeSummary"]?.BillingMode === "PAY_PER_REQUEST") return "on demand";
  const units = table["ProvisionedThroughput"];
  return units ? `${units.ReadCapacityUnits} read, ${units.WriteCapacityUnits} write` : "";
}

const TEMPLATE = {
  TableName: "Music",
  AttributeDefinitions: [
    { AttributeName: "Artist", AttributeType: "S" },
    { AttributeName: "SongTitle", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "Artist", KeyType: "HASH" },
    { AttributeName: "SongTitle", KeyType: "RANGE" },
  ],
  BillingMode: "PAY_PER_REQUEST",
};

type KeyType = "S" | "N" | "B";
const KEY_TYPES = [
  ["S", "String"],
  ["N", "Number"],
  ["B", "Binary"],
] as const;

function CreateTable(props: { onClose: () => void; onCreated: () => void }) {
  const [asJson, setAsJson] = useState(false);
  const [text, setText] = useState(JSON.stringify(TEMPLATE, null, 2));
  const [name, setName] = useState("");
  const [hash, setHash] = useState("");
  const [hashType, setHashType] = useState<KeyType>("S");
  const [range, setRange] = useState("");
  const [rangeType, setRangeType] = useState<KeyType>("S");
  const [stream, setStream] = useState(false);
  const [error, setError] = useState<Error | null>(null);

  const fromForm = (): Json => ({
    TableName: name,
    AttributeDefinitions: [
      { AttributeName: hash, AttributeType: hashType },
      ...(range ? [{ AttributeName: range, AttributeType: rangeType }] : []),
    ],
    KeySchema: [
      { AttributeName: hash, KeyType: "HASH" },
      ...(range ? [{ AttributeName: range, KeyType: "RANGE" }] : []),
    ],
    BillingMode: "PAY_PER_REQUEST",
    ...(stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } } : {}),
  });

  const create = async () => {
    try {
      await call("CreateTable", asJson ? JSON.parse(text) : fromForm());
      props.onCreated();
    } catch (raised) {
      setError(raised as Error);
    }
  };

  return (
    <Dialog title="Create table" wide={asJson} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Check
          label="Write the request as JSON (all of CreateTable, or pasted from describe-table)"
          checked={asJson}
          onValue={(checked) => {
            if (checked && name) setText(JSON.stringify(fromForm(), null, 2));
            setAsJson(checked);
          }}
        />
        {asJson ? (
          <Editor label="CreateTable request" language="json" value={text} onValue={setText} onSubmit={create} />
        ) : (
          <>
            <TextField label="Name" value={name} onValue={setName} required />
            <div class="row">
              <TextField label="Hash key (partition key)" value={hash} onValue={setHash} required />
              <Choice label="Type" value={hashType} options={KEY_TYPES} onValue={setHashType} />
            </div>
            <div class="row">
              <TextField label="Range key (sort key), optional" value={range} onValue={setRange} />
              <Choice label="Type" value={rangeType} options={KEY_TYPES} onValue={setRangeType} />
            </div>
            <Check label="Stream of changes" checked={stream} onValue={setStream} />
          </>
        )}
        {error && <ErrorBox error={error} />}
        <div class="actions">
          <button type="submit" class="primary">
            Create
          </button>
          <button type="button" onClick={props.onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** All of DescribeTable, readable; update and deletion. */
export function Table(props: { name: string }) {
  const loaded = useLoaded(async () => {
    const [table, ttl] = await Promise.all([
      call("DescribeTable", { TableName: props.name }),
      call("DescribeTimeToLive", { TableName: props.name }).catch(() => ({}) as Json),
    ]);
    return { table: table["Table"] as Json, ttl: ttl["TimeToLiveDescription"] as Json | undefined };
  }, [props.name]);
  const [deleting, setDeleting] = useState(false);
  const [updating, setUpdating] = useState(false);
  const table = loaded.value?.table;
  return (
    <Page
      title={
        <>
          <a href={link("tables")}>Tables</a> / {props.name}
        </>
      }
      actions={
        <>
          <a class="button primary" href={link("items", [props.name])}>
            Items
          </a>
          <a class="button" href={link("ask", [], { statement: `SELECT * FROM "${props.name}"` })}>
            Ask
          </a>
          <button onClick={() => setUpdating(true)}>Update</button>
          <button class="danger" onClick={() => setDeleting(true)}>
            Delete
          </button>
        </>
      }
    >
      {loaded.error && <ErrorBox error={loaded.error} />}
      {table && (
        <>
          <dl class="facts">
            <Fact name="Status" value={table["TableStatus"]} />
            <Fact name="Items" value={numberText(table["ItemCount"] ?? 0)} />
            <Fact name="Size" value={bytesText(table["TableSizeBytes"] ?? 0)} />
            <Fact name="Keys" value={keys(table["KeySchema"])} />
            <Fact name="Capacity" value={capacity(table)} />
            <Fact name="Created" value={timeText(table["CreationDateTime"])} />
            <Fact name="Time to live" value={ttlText(loaded.value?.ttl)} />
            <Fact name="Stream" value={table["StreamSpecification"]?.StreamViewType ?? "off"} />
          </dl>
          {indexes(table).length > 0 && (
            <section>
              <h2>Indexes</h2>
              <LongTable
                label="Indexes"
                rows={indexes(table)}
                rowKey={(index) => index["IndexName"]}
                columns={[
                  {
                    name: "Name",
                    render: (index) => <a href={link("items", [props.name], { index: index["IndexName"] })}>{index["IndexName"]}</a>,
                  },
                  { name: "Status", render: (index) => (index["IndexStatus"] ? <Status value={index["IndexStatus"]} /> : "local") },
                  { name: "Keys", render: (index) => keys(index["KeySchema"]) },
                  { name: "Projection", render: (index) => index["Projection"]?.ProjectionType },
                  { name: "Items", className: "number", render: (index) => numberText(index["ItemCount"] ?? 0) },
                ]}
              />
            </section>
          )}
          <section>
            <h2>DescribeTable</h2>
            <Copy label="Copy JSON" text={() => JSON.stringify(table, null, 2)} />
            <pre class="json" tabIndex={0}>
              {JSON.stringify(table, null, 2)}
            </pre>
          </section>
        </>
      )}
      {deleting && (
        <ConfirmDelete
          what={`table ${props.name}`}
          name={props.name}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            if (await attempt(() => call("DeleteTable", { TableName: props.name }), `Deleted ${props.name}`)) go(link("tables"));
          }}
        >
          <p>All items and indexes are deleted with it.</p>
        </ConfirmDelete>
      )}
      {updating && (
        <UpdateTable
          name={props.name}
          onClose={() => setUpdating(false)}
          onUpdated={() => {
            setUpdating(false);
            void loaded.reload();
          }}
        />
      )}
    </Page>
  );
}

function Fact(props: { name: string; value: string }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

function ttlText(ttl: Json | undefined): string {
  if (!ttl || ttl["TimeToLiveStatus"] === "DISABLED") return "off";
  return `${ttl["AttributeName"] ?? ""} (${String(ttl["TimeToLiveStatus"]).toLowerCase()})`;
}

function UpdateTable(props: { name: string; onClose: () => void; onUpdated: () => void }) {
  const [operation, setOperation] = useState<"UpdateTable" | "UpdateTimeToLive">("UpdateTable");
  const [text, setText] = useState(JSON.stringify(UPDATES.UpdateTable(props.name), null, 2));
  const [error, setError] = useState<Error | null>(null);
  const update = async () => {
    try {
      await call(operation, JSON.parse(text));
      props.onUpdated();
    } catch (raised) {
      setError(raised as Error);
    }
  };
  return (
    <Dialog title={`Update ${props.name}`} wide onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void update();
        }}
      >
        <Choice
          label="Operation"
          value={operation}
          options={[
            ["UpdateTable", "UpdateTable: stream, throughput, indexes, protection"],
            ["UpdateTimeToLive", "UpdateTimeToLive"],
          ]}
          onValue={(chosen) => {
            setOperation(chosen);
            setText(JSON.stringify(UPDATES[chosen](props.name), null, 2));
          }}
        />
        <Editor key={operation} label="Request" language="json" value={text} onValue={setText} onSubmit={update} />
        {error && <ErrorBox error={error} />}
        <div class="actions">
          <button type="submit" class="primary">
            Update
          </button>
          <button type="button" onClick={props.onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const UPDATES = {
  UpdateTable: (name: string) => ({
    TableName: name,
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  }),
  UpdateTimeToLive: (name: string) => ({
    TableName: name,
    TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
  }),
};
