// The list of tables, and the description, update and deletion of one.
import { useState } from "preact/hooks";
import { CreateTable } from "./create_table";
import { Editor } from "./editor";
import { Choice, ConfirmDelete, Copy, Dialog, Empty, ErrorBox, Facts, LongTable, Page, SearchField, Status, type Fact } from "./parts";
import { go, link, replace } from "./routes";
import { call, ENDPOINT, places, ServiceError, type Json } from "./service";
import { asCli, asPython } from "./snippets";
import { allTables, attempt, bytesText, indexes, notify, numberText, timeText, useLoaded, usePolling, type Described } from "./state";

const SETTLED = ["ACTIVE", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"];

function settled(table: Json): boolean {
  return SETTLED.includes(table["TableStatus"]) && indexes(table).every((one) => (one["IndexStatus"] ?? "ACTIVE") === "ACTIVE");
}

export function Tables(props: { query: URLSearchParams }) {
  const tables = useLoaded(allTables, []);
  const each = useLoaded(async () => (await places)?.databases === "each", []).value;
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
          {each && <p>Each access key has its own tables. To see those of your program, enter its access key below the names of the pages.</p>}
          <p>
            <button class="primary" onClick={() => set({ create: "1" })}>
              Create table
            </button>
          </p>
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
          onClose={() => replace(link("tables", [], { search }))}
          onCreated={(names) => {
            notify(`Created ${names.join(", ")}`);
            replace(link("tables", [], { search }));
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

/** A table, and all that operations describe of it. */
interface Whole extends Described {
  tags: Json[];
}

/** A table's resource policy, or null. Most tables have none, which is an error answer: it is read when it is of interest. */
async function policyOf(table: Json): Promise<string | null> {
  try {
    return (await call("GetResourcePolicy", { ResourceArn: table["TableArn"] }))["Policy"];
  } catch (raised) {
    if (raised instanceof ServiceError && raised.type === "PolicyNotFoundException") return null;
    throw raised;
  }
}

/** A policy as JSON with indentation. */
const indented = (policy: string): string => {
  try {
    return JSON.stringify(JSON.parse(policy), null, 2);
  } catch {
    return policy;
  }
};

function Policy(props: { table: Json }) {
  const [open, setOpen] = useState(false);
  const found = useLoaded(async () => (open ? await policyOf(props.table) : undefined), [open, props.table]);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Resource policy</summary>
      {found.error && <ErrorBox error={found.error} />}
      {found.value === null && <p class="muted">None. Update adds one.</p>}
      {found.value && (
        <pre class="json" tabIndex={0} aria-label="Resource policy">
          {indented(found.value)}
        </pre>
      )}
    </details>
  );
}

/** All of DescribeTable, readable; update and deletion. */
export function Table(props: { name: string }) {
  const loaded = useLoaded(async (): Promise<Whole> => {
    const request = { TableName: props.name };
    const quiet = () => ({}) as Json;
    const table = await call("DescribeTable", request);
    const resource = { ResourceArn: table["Table"].TableArn };
    const [ttl, backups, tags] = await Promise.all([
      call("DescribeTimeToLive", request).catch(quiet),
      call("DescribeContinuousBackups", request).catch(quiet),
      call("ListTagsOfResource", resource).catch(quiet),
    ]);
    return {
      table: table["Table"] as Json,
      ttl: (ttl["TimeToLiveDescription"] ?? {}) as Json,
      backups: (backups["ContinuousBackupsDescription"] ?? {}) as Json,
      tags: (tags["Tags"] ?? []) as Json[],
    };
  }, [props.name]);
  const [deleting, setDeleting] = useState(false);
  const [updating, setUpdating] = useState<{ policy: string | null } | null>(null);
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
          <button disabled={!table} onClick={() => void attempt(async () => setUpdating({ policy: await policyOf(table!) }))}>
            Update
          </button>
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
          policy={updating.policy}
          onClose={() => setUpdating(null)}
          onUpdated={() => {
            setUpdating(null);
            notify(`Updated ${props.name}`);
            void loaded.reload();
          }}
        />
      )}
    </Page>
  );
}

function Description(props: Whole) {
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
          <p class="muted">None. Update adds a global index; a local index can only be created with its table.</p>
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
      <Policy table={table} />
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

/** A change of a table: its name, the operation, and the request. */
type Change = [label: string, operation: string, request: Json];

const UNITS = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };

/** Requests that change a table, filled with its present state. */
function changesOf({ table, ttl, backups, tags }: Whole, policy: string | null): Change[] {
  const TableName = table["TableName"];
  const ResourceArn = table["TableArn"];
  const stream = table["StreamSpecification"]?.StreamEnabled;
  const alive = ttl["TimeToLiveStatus"] === "ENABLED";
  const onDemand = table["BillingModeSummary"]?.BillingMode === "PAY_PER_REQUEST";
  const recovery = backups["PointInTimeRecoveryDescription"]?.PointInTimeRecoveryStatus === "ENABLED";
  const globals: Json[] = table["GlobalSecondaryIndexes"] ?? [];
  const units = (of: Json): Json => (onDemand || !of["ProvisionedThroughput"] ? UNITS : picked(of["ProvisionedThroughput"], Object.keys(UNITS)));
  const ofIndexes = globals.map((one) => ({ Update: { IndexName: one["IndexName"], ProvisionedThroughput: units(one) } }));
  const switched = (on: boolean, what: string) => `${on ? "Switch off" : "Switch on"} ${what}`;
  return [
    [switched(stream, "the stream"), "UpdateTable", { TableName, StreamSpecification: stream ? { StreamEnabled: false } : { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } }],
    [switched(alive, "time to live"), "UpdateTimeToLive", { TableName, TimeToLiveSpecification: { Enabled: !alive, AttributeName: ttl["AttributeName"] ?? "expires" } }],
    [
      onDemand ? "Change to provisioned capacity" : "Change the provisioned capacity",
      "UpdateTable",
      { TableName, BillingMode: "PROVISIONED", ProvisionedThroughput: units(table), ...(ofIndexes.length ? { GlobalSecondaryIndexUpdates: ofIndexes } : {}) },
    ],
    ...(onDemand ? [] : [["Change to on-demand capacity", "UpdateTable", { TableName, BillingMode: "PAY_PER_REQUEST" }] as Change]),
    [
      "Add a global index",
      "UpdateTable",
      {
        TableName,
        AttributeDefinitions: [{ AttributeName: "category", AttributeType: "S" }],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: "by_category",
              KeySchema: [{ AttributeName: "category", KeyType: "HASH" }],
              Projection: { ProjectionType: "ALL" },
              ...(onDemand ? {} : { ProvisionedThroughput: UNITS }),
            },
          },
        ],
      },
    ],
    ...globals.map((one): Change => [`Delete the global index ${one["IndexName"]}`, "UpdateTable", { TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: one["IndexName"] } }] }]),
    [switched(table["DeletionProtectionEnabled"], "deletion protection"), "UpdateTable", { TableName, DeletionProtectionEnabled: !table["DeletionProtectionEnabled"] }],
    [switched(recovery, "point-in-time recovery"), "UpdateContinuousBackups", { TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: !recovery } }],
    [
      `Change the table class to ${table["TableClassSummary"]?.TableClass === INFREQUENT ? "STANDARD" : INFREQUENT}`,
      "UpdateTable",
      { TableName, TableClass: table["TableClassSummary"]?.TableClass === INFREQUENT ? "STANDARD" : INFREQUENT },
    ],
    ["Add or change tags", "TagResource", { ResourceArn, Tags: tags.length ? tags : [{ Key: "team", Value: "music" }] }],
    ...(tags.length ? [["Remove tags", "UntagResource", { ResourceArn, TagKeys: tags.map((one) => one["Key"]) }] as Change] : []),
    [policy ? "Change the resource policy" : "Add a resource policy", "PutResourcePolicy", { ResourceArn, Policy: policy ?? JSON.stringify(examplePolicy(ResourceArn)) }],
    ...(policy ? [["Delete the resource policy", "DeleteResourcePolicy", { ResourceArn }] as Change] : []),
    ["Add a replica in another region", "UpdateTable", { TableName, ReplicaUpdates: [{ Create: { RegionName: "eu-west-1" } }] }],
  ];
}

const INFREQUENT = "STANDARD_INFREQUENT_ACCESS";

function examplePolicy(arn: string): Json {
  const account = arn.split(":")[4];
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: arn }],
  };
}

function UpdateTable(props: { described: Whole; policy: string | null; onClose: () => void; onUpdated: () => void }) {
  const name = props.described.table["TableName"];
  const [changes] = useState(() => changesOf(props.described, props.policy));
  const requestOf = (number: number) => JSON.stringify(changes[number]![2], null, 2);
  const [chosen, setChosen] = useState(0);
  const [text, setText] = useState(() => requestOf(0));
  const [error, setError] = useState<Error | null>(null);
  const operation = changes[chosen]![1];
  const update = async () => {
    try {
      let request: Json;
      try {
        request = JSON.parse(text);
      } catch (broken) {
        throw new Error(`The request must be JSON: ${(broken as Error).message}.`);
      }
      await call(operation, request);
      props.onUpdated();
    } catch (raised) {
      setError(raised as Error);
    }
  };
  return (
    <Dialog title={`Update ${name}`} wide unsaved={text !== requestOf(chosen)} onClose={props.onClose}>
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
          options={changes.map(([label], number) => [String(number), label] as const)}
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
