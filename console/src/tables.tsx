// The list of tables, and the description, update and deletion of one.
import { useState } from "preact/hooks";
import { CreateTable } from "./create_table";
import { Editor } from "./editor";
import { Choice, ConfirmDelete, Copy, Dialog, Empty, ErrorBox, Facts, LongTable, Page, SearchField, Status, type Fact } from "./parts";
import { go, link, replace } from "./routes";
import { call, ENDPOINT, type Json } from "./service";
import { asCli, asPython } from "./snippets";
import { allTables, bytesText, indexes, notify, numberText, timeText, useLoaded, usePolling, type Described } from "./state";

const SETTLED = ["ACTIVE", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"];

function settled(table: Json): boolean {
  return SETTLED.includes(table["TableStatus"]) && indexes(table).every((one) => (one["IndexStatus"] ?? "ACTIVE") === "ACTIVE");
}

export function Tables(props: { query: URLSearchParams }) {
  const tables = useLoaded(allTables, []);
  const search = props.query.get("search") ?? "";
  const creating = props.query.has("create");
  const shown = (tables.value ?? []).filter(({ table }) => table["TableName"].toLowerCase().includes(search.toLowerCase()));
  const set = (query: Record<string, string | undefined>) => go(link("tables", [], { search, ...query }));
  // while a table is about to change its state, and no longer
  usePolling(() => tables.value?.every((one) => settled(one.table)) === false && void tables.reload(), 1000);
  return (
    <Page
      title="Tables"
      actions={
        <>
          <SearchField label="Search tables" value={search} onValue={(text) => replace(link("tables", [], { search: text }))} />
          <button onClick={() => void tables.reload()}>Refresh</button>
          <button class="primary" onClick={() => set({ create: "1" })}>
            Create table
          </button>
        </>
      }
    >
      {tables.error && <ErrorBox error={tables.error} />}
      {tables.value?.length === 0 ? (
        <Empty title="No tables yet">
          <p>Create one here, from a template, or from a program:</p>
          <pre>{`boto3.client("dynamodb", endpoint_url="${ENDPOINT}").create_table(...)`}</pre>
          <pre>{`aws dynamodb create-table --endpoint-url ${ENDPOINT} ...`}</pre>
          <button class="primary" onClick={() => set({ create: "1" })}>
            Create table
          </button>
        </Empty>
      ) : (
        <LongTable
          label="Tables"
          rows={shown}
          loading={!tables.value && !tables.error}
          rowKey={({ table }) => table["TableName"]}
          onRow={({ table }) => go(link("items", [table["TableName"]]))}
          columns={[
            { name: "Name", render: ({ table }) => <a href={link("tables", [table["TableName"]])}>{table["TableName"]}</a> },
            { name: "Status", render: ({ table }) => <Status value={table["TableStatus"]} /> },
            { name: "Items", className: "number", render: ({ table }) => numberText(table["ItemCount"] ?? 0) },
            { name: "Size", className: "number", render: ({ table }) => bytesText(table["TableSizeBytes"] ?? 0) },
            { name: "Keys", render: ({ table }) => keys(table["KeySchema"]) },
            { name: "Indexes", className: "number", render: ({ table }) => (indexes(table).length ? numberText(indexes(table).length) : "") },
            { name: "Stream", render: ({ table }) => (table["StreamSpecification"]?.StreamEnabled ? "on" : "") },
            { name: "Time to live", render: ({ ttl }) => (ttl["TimeToLiveStatus"] === "ENABLED" ? ttl["AttributeName"] : "") },
            { name: "Capacity", render: ({ table }) => capacity(table) },
          ]}
        />
      )}
      {search && tables.value && tables.value.length > 0 && shown.length === 0 && <p>No table has “{search}” in its name.</p>}
      {creating && (
        <CreateTable
          onClose={() => set({})}
          onCreated={(names) => {
            notify(`Created ${names.join(", ")}`);
            set({});
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

function capacity(table: Json): string {
  if (table["BillingModeSummary"]?.BillingMode === "PAY_PER_REQUEST") return "on demand";
  const units = table["ProvisionedThroughput"];
  return units ? `${numberText(units.ReadCapacityUnits)} read, ${numberText(units.WriteCapacityUnits)} write` : "";
}

/** All of DescribeTable, readable; update and deletion. */
export function Table(props: { name: string }) {
  const loaded = useLoaded(async () => {
    const request = { TableName: props.name };
    const quiet = () => ({}) as Json;
    const [table, ttl, backups, tags] = await Promise.all([
      call("DescribeTable", request),
      call("DescribeTimeToLive", request).catch(quiet),
      call("DescribeContinuousBackups", request).catch(quiet),
      call("DescribeTable", request)
        .then((one) => call("ListTagsOfResource", { ResourceArn: one["Table"].TableArn }))
        .catch(quiet),
    ]);
    return {
      table: table["Table"] as Json,
      ttl: (ttl["TimeToLiveDescription"] ?? {}) as Json,
      backups: (backups["ContinuousBackupsDescription"] ?? {}) as Json,
      tags: (tags["Tags"] ?? []) as Json[],
    };
  }, [props.name]);
  const [deleting, setDeleting] = useState(false);
  const [updating, setUpdating] = useState(false);
  const table = loaded.value?.table;
  usePolling(() => table && !settled(table) && void loaded.reload(), 1000);
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
          <a class="button" href={link("requests", [], { filter: props.name })}>
            Requests
          </a>
          <button onClick={() => setUpdating(true)}>Update</button>
          <button class="danger" onClick={() => setDeleting(true)}>
            Delete
          </button>
        </>
      }
    >
      {loaded.error && <ErrorBox error={loaded.error} />}
      {loaded.value && table && <Description {...loaded.value} />}
      {deleting && (
        <ConfirmDelete
          what={`table ${props.name}`}
          name={props.name}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await call("DeleteTable", { TableName: props.name });
            notify(`Deleted ${props.name}`);
            go(link("tables"));
          }}
        >
          <p>
            All {numberText(table?.["ItemCount"] ?? 0)} items, and the indexes, are deleted with it. A snapshot (Time and trouble) or a backup keeps them.
          </p>
        </ConfirmDelete>
      )}
      {updating && loaded.value && (
        <UpdateTable
          described={loaded.value}
          onClose={() => setUpdating(false)}
          onUpdated={() => {
            setUpdating(false);
            notify(`Updated ${props.name}`);
            void loaded.reload();
          }}
        />
      )}
    </Page>
  );
}

function Description(props: Described & { tags: Json[] }) {
  const { table, ttl, backups, tags } = props;
  const name = table["TableName"];
  const request = createRequest(table);
  const recovery = backups["PointInTimeRecoveryDescription"] ?? {};
  const stream = table["StreamSpecification"]?.StreamEnabled;
  const facts: Fact[] = [
    ["Status", <Status value={table["TableStatus"]} />],
    ["Items", numberText(table["ItemCount"] ?? 0)],
    ["Size", bytesText(table["TableSizeBytes"] ?? 0)],
    ["Capacity", capacity(table)],
    ["Created", timeText(table["CreationDateTime"])],
    ["Time to live", ttlText(ttl)],
    ["Stream", stream ? <a href={link("streams", [table["LatestStreamArn"]])}>{table["StreamSpecification"].StreamViewType}</a> : "off"],
    ["Point-in-time recovery", recovery["PointInTimeRecoveryStatus"] === "ENABLED" ? "on" : "off"],
    ["Deletion protection", table["DeletionProtectionEnabled"] ? "on" : "off"],
    ["Table class", table["TableClassSummary"]?.TableClass ?? "STANDARD"],
    ["Encryption", table["SSEDescription"]?.SSEType ?? "by AWS's own key"],
    ...(table["OnDemandThroughput"] ? [["On-demand limits", Object.entries(table["OnDemandThroughput"]).map(([key, value]) => `${key} ${value}`).join(", ")] as Fact] : []),
    ...(table["WarmThroughput"]
      ? [["Warm throughput", `${numberText(table["WarmThroughput"].ReadUnitsPerSecond)} read, ${numberText(table["WarmThroughput"].WriteUnitsPerSecond)} write`] as Fact]
      : []),
    ...(table["GlobalTableVersion"] ? [["Global table", `version ${table["GlobalTableVersion"]}`] as Fact] : []),
    ...(table["RestoreSummary"] ? [["Restored", timeText(table["RestoreSummary"].RestoreDateTime)] as Fact] : []),
  ];
  return (
    <>
      <Facts facts={facts} />
      <section>
        <h2>Keys</h2>
        <KeyTable table={table} />
      </section>
      <section>
        <h2>Indexes</h2>
        {indexes(table).length === 0 ? (
          <p class="muted">None. A global index is added with Update; a local one only when a table is created.</p>
        ) : (
          <LongTable
            label="Indexes"
            rows={indexes(table)}
            rowKey={(index) => index["IndexName"]}
            columns={[
              {
                name: "Name",
                render: (index) => <a href={link("items", [name], { index: index["IndexName"] })}>{index["IndexName"]}</a>,
              },
              { name: "Status", render: (index) => (index["IndexStatus"] ? <Status value={index["IndexStatus"]} /> : "local") },
              { name: "Keys", render: (index) => keys(index["KeySchema"]) },
              { name: "Projection", render: (index) => [index["Projection"]?.ProjectionType, ...(index["Projection"]?.NonKeyAttributes ?? [])].join(" ") },
              { name: "Items", className: "number", render: (index) => numberText(index["ItemCount"] ?? 0) },
              { name: "Size", className: "number", render: (index) => bytesText(index["IndexSizeBytes"] ?? 0) },
              { name: "Capacity", render: (index) => (index["ProvisionedThroughput"]?.ReadCapacityUnits ? capacity(index) : "") },
            ]}
          />
        )}
      </section>
      {(table["Replicas"]?.length ?? 0) > 0 && (
        <section>
          <h2>Replicas</h2>
          <ul class="list">
            {(table["Replicas"] as Json[]).map((one) => (
              <li key={one["RegionName"]}>
                <a href={link("tables", [name], { region: one["RegionName"] })}>{one["RegionName"]}</a> <Status value={one["ReplicaStatus"] ?? "ACTIVE"} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {tags.length > 0 && (
        <section>
          <h2>Tags</h2>
          <Facts facts={tags.map((tag): Fact => [tag["Key"], tag["Value"]])} />
        </section>
      )}
      <section>
        <h2>DescribeTable</h2>
        <div class="actions">
          <Copy label="Copy JSON" text={() => JSON.stringify(table, null, 2)} />
          <Copy label="Copy as create_table (boto3)" text={() => asPython("CreateTable", request)} />
          <Copy label="Copy as create-table (AWS CLI)" text={() => asCli("CreateTable", request)} />
        </div>
        <pre class="json" tabIndex={0} aria-label="Answer of DescribeTable">
          {JSON.stringify(table, null, 2)}
        </pre>
      </section>
    </>
  );
}

const TYPE_NAMES: Record<string, string> = { S: "String", N: "Number", B: "Binary" };

function KeyTable(props: { table: Json }) {
  const typeOfKey = (name: string) =>
    TYPE_NAMES[(props.table["AttributeDefinitions"] as Json[]).find((one) => one["AttributeName"] === name)?.["AttributeType"]] ?? "";
  return (
    <Facts
      facts={(props.table["KeySchema"] as Json[]).map((key): Fact => [
        key["KeyType"] === "HASH" ? "Hash key" : "Range key",
        `${key["AttributeName"]} (${typeOfKey(key["AttributeName"])})`,
      ])}
    />
  );
}

const picked = (from: Json, names: string[]): Json => Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));

/** The CreateTable request that would make a table like this one. */
function createRequest(table: Json): Json {
  const onDemand = table["BillingModeSummary"]?.BillingMode === "PAY_PER_REQUEST";
  const throughput = (of: Json): Json => (onDemand || !of["ProvisionedThroughput"] ? {} : { ProvisionedThroughput: picked(of["ProvisionedThroughput"], ["ReadCapacityUnits", "WriteCapacityUnits"]) });
  const index = (one: Json, global: boolean): Json => ({ ...picked(one, ["IndexName", "KeySchema", "Projection"]), ...(global ? throughput(one) : {}) });
  const made = picked(table, ["TableName", "AttributeDefinitions", "KeySchema"]);
  if (table["LocalSecondaryIndexes"]) made["LocalSecondaryIndexes"] = table["LocalSecondaryIndexes"].map((one: Json) => index(one, false));
  if (table["GlobalSecondaryIndexes"]) made["GlobalSecondaryIndexes"] = table["GlobalSecondaryIndexes"].map((one: Json) => index(one, true));
  if (onDemand) made["BillingMode"] = "PAY_PER_REQUEST";
  return { ...made, ...throughput(table), ...picked(table, ["StreamSpecification"]) };
}

function ttlText(ttl: Json): string {
  if (!ttl["TimeToLiveStatus"] || ttl["TimeToLiveStatus"] === "DISABLED") return "off";
  return `${ttl["AttributeName"] ?? ""} (${String(ttl["TimeToLiveStatus"]).toLowerCase()})`;
}

/** Requests that change a table, filled with its present state. */
const UPDATES: [string, string, (described: Described) => Json][] = [
  [
    "Stream on or off",
    "UpdateTable",
    ({ table }) => ({
      StreamSpecification: table["StreamSpecification"]?.StreamEnabled ? { StreamEnabled: false } : { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  ],
  ["Time to live on or off", "UpdateTimeToLive", ({ ttl }) => ({
    TimeToLiveSpecification: { Enabled: ttl["TimeToLiveStatus"] !== "ENABLED", AttributeName: ttl["AttributeName"] ?? "expires" },
  })],
  ["Capacity", "UpdateTable", ({ table }) =>
    table["BillingModeSummary"]?.BillingMode === "PAY_PER_REQUEST"
      ? { BillingMode: "PROVISIONED", ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 } }
      : { BillingMode: "PROVISIONED", ProvisionedThroughput: picked(table["ProvisionedThroughput"] ?? {}, ["ReadCapacityUnits", "WriteCapacityUnits"]) }],
  ["Add a global index", "UpdateTable", () => ({
    AttributeDefinitions: [{ AttributeName: "category", AttributeType: "S" }],
    GlobalSecondaryIndexUpdates: [
      { Create: { IndexName: "by_category", KeySchema: [{ AttributeName: "category", KeyType: "HASH" }], Projection: { ProjectionType: "ALL" } } },
    ],
  })],
  ["Delete a global index", "UpdateTable", ({ table }) => ({
    GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: table["GlobalSecondaryIndexes"]?.[0]?.IndexName ?? "" } }],
  })],
  ["Deletion protection", "UpdateTable", ({ table }) => ({ DeletionProtectionEnabled: !table["DeletionProtectionEnabled"] })],
  ["Point-in-time recovery", "UpdateContinuousBackups", ({ backups }) => ({
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: backups["PointInTimeRecoveryDescription"]?.PointInTimeRecoveryStatus !== "ENABLED" },
  })],
];

function UpdateTable(props: { described: Described; onClose: () => void; onUpdated: () => void }) {
  const name = props.described.table["TableName"];
  const requestOf = (number: number) => JSON.stringify({ TableName: name, ...UPDATES[number]![2](props.described) }, null, 2);
  const [chosen, setChosen] = useState(0);
  const [text, setText] = useState(() => requestOf(0));
  const [error, setError] = useState<Error | null>(null);
  const operation = UPDATES[chosen]![1];
  const update = async () => {
    try {
      await call(operation, JSON.parse(text));
      props.onUpdated();
    } catch (raised) {
      setError(raised as Error);
    }
  };
  return (
    <Dialog title={`Update ${name}`} wide onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void update();
        }}
      >
        <Choice
          label="What to change"
          value={String(chosen)}
          options={UPDATES.map(([label], number) => [String(number), label] as const)}
          onValue={(value) => {
            setChosen(Number(value));
            setText(requestOf(Number(value)));
            setError(null);
          }}
        />
        <Editor key={chosen} label={`Request of ${operation}`} language="json" value={text} onValue={setText} onSubmit={update} />
        {error && <ErrorBox error={error} />}
        <div class="actions">
          <button type="submit" class="primary">
            {operation}
          </button>
          <button type="button" onClick={props.onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
