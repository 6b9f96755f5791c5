// Creation of tables: by a form, by JSON, or by a template with any number of them.
import { useState } from "preact/hooks";
import { Editor } from "./editor";
import { Check, Choice, Dialog, ErrorBox, TextField } from "./parts";
import { call, control, type Json } from "./service";

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

interface IndexForm {
  name: string;
  hash: string;
  hashType: KeyType;
  range: string;
  rangeType: KeyType;
}

const NO_INDEX: IndexForm = { name: "", hash: "", hashType: "S", range: "", rangeType: "S" };

export function CreateTable(props: { onClose: () => void; onCreated: (names: string[]) => void }) {
  const [asText, setAsText] = useState(false);
  const start = JSON.stringify(TEMPLATE, null, 2);
  const [text, setText] = useState(start);
  const [table, setTable] = useState<IndexForm>(NO_INDEX);
  const [indexes, setIndexes] = useState<IndexForm[]>([]);
  const [stream, setStream] = useState(false);
  const [ttl, setTtl] = useState("");
  const [units, setUnits] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);

  const fromForm = (): Json => {
    const provisioned = units ? { ProvisionedThroughput: { ReadCapacityUnits: Number(units), WriteCapacityUnits: Number(units) } } : {};
    const types = new Map<string, KeyType>();
    for (const one of [table, ...indexes]) {
      types.set(one.hash, one.hashType);
      if (one.range) types.set(one.range, one.rangeType);
    }
    const schema = (one: IndexForm) => [{ AttributeName: one.hash, KeyType: "HASH" }, ...(one.range ? [{ AttributeName: one.range, KeyType: "RANGE" }] : [])];
    return {
      TableName: table.name,
      AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: schema(table),
      ...(indexes.length
        ? { GlobalSecondaryIndexes: indexes.map((one) => ({ IndexName: one.name, KeySchema: schema(one), Projection: { ProjectionType: "ALL" }, ...provisioned })) }
        : {}),
      ...(units ? provisioned : { BillingMode: "PAY_PER_REQUEST" }),
      ...(stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } } : {}),
    };
  };

  /** The requests to make, and the time to live of each. */
  const wanted = async (): Promise<[Json, Json | null][]> => {
    const contradiction = contradictory([table, ...indexes]);
    if (!asText && contradiction) throw new Error(contradiction);
    if (!asText) return [[fromForm(), ttl ? { Enabled: true, AttributeName: ttl } : null]];
    let request: Json | null = null;
    try {
      request = JSON.parse(text);
    } catch {
      // then it is YAML, or the server tells what is wrong
    }
    if (request && !Array.isArray(request) && request["KeySchema"]) return [[request, null]];
    const found: Json[] = (await control("POST", "definitions", { text }))["tables"];
    return found.map((one) => [one["CreateTable"], one["TimeToLive"]]);
  };

  const create = async () => {
    setBusy(true);
    try {
      const names: string[] = [];
      for (const [request, timeToLive] of await wanted()) {
        await call("CreateTable", request);
        names.push(request["TableName"]);
        if (timeToLive) await whenActive(request["TableName"], () => call("UpdateTimeToLive", { TableName: request["TableName"], TimeToLiveSpecification: timeToLive }));
      }
      props.onCreated(names);
    } catch (raised) {
      setError(raised as Error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title="Create table" wide={asText || indexes.length > 0} unsaved={asText ? text !== start : table !== NO_INDEX || indexes.length > 0} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Check
          label="Paste a request, a description or a template"
          checked={asText}
          onValue={(checked) => {
            if (checked && table.name) setText(JSON.stringify(fromForm(), null, 2));
            setAsText(checked);
          }}
        />
        {asText ? (
          <>
            <Editor label="CreateTable request" language="json" value={text} onValue={setText} onSubmit={create} />
            <small>
              CreateTable's request, what <code>aws dynamodb describe-table</code> prints, or a template of CloudFormation, SAM, Serverless, NoSQL Workbench or a
              Terraform plan, as JSON or YAML: all of its tables are created.
            </small>
          </>
        ) : (
          <>
            <TextField label="Name" value={table.name} onValue={(name) => setTable({ ...table, name })} required />
            <KeyFields what={table} onWhat={setTable} hash="Hash key (partition key)" range="Range key (sort key), optional" />
            {indexes.map((one, number) => (
              <fieldset key={number} class="stack">
                <legend>Global index</legend>
                <div class="row">
                  <TextField label="Index name" value={one.name} onValue={(name) => setIndexes(replaced(indexes, number, { ...one, name }))} required />
                  <button type="button" onClick={() => setIndexes(indexes.filter((_, other) => other !== number))}>
                    Remove index
                  </button>
                </div>
                <KeyFields what={one} onWhat={(changed) => setIndexes(replaced(indexes, number, changed))} hash="Index hash key" range="Index range key, optional" />
              </fieldset>
            ))}
            <div class="row">
              <TextField label="Time to live, optional" value={ttl} onValue={setTtl} placeholder="an attribute" />
              <TextField label="Units, optional" type="number" value={units} onValue={setUnits} placeholder="on demand" />
            </div>
            <Check label="Stream of changes" checked={stream} onValue={setStream} />
            <div>
              <button type="button" onClick={() => setIndexes([...indexes, NO_INDEX])}>
                Add a global index
              </button>
            </div>
          </>
        )}
        {error && <ErrorBox error={error} />}
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
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

function KeyFields(props: { what: IndexForm; onWhat: (changed: IndexForm) => void; hash: string; range: string }) {
  const { what, onWhat } = props;
  return (
    <>
      <div class="row">
        <TextField label={props.hash} value={what.hash} onValue={(hash) => onWhat({ ...what, hash })} required />
        <Choice label="Type" name={`Type of ${props.hash}`} value={what.hashType} options={KEY_TYPES} onValue={(hashType) => onWhat({ ...what, hashType })} />
      </div>
      <div class="row">
        <TextField label={props.range} value={what.range} onValue={(range) => onWhat({ ...what, range })} />
        <Choice label="Type" name={`Type of ${props.range}`} value={what.rangeType} options={KEY_TYPES} onValue={(rangeType) => onWhat({ ...what, rangeType })} />
      </div>
    </>
  );
}

/** What is wrong with keys of which two give an attribute different types, or null. */
function contradictory(all: IndexForm[]): string | null {
  const types = new Map<string, KeyType>();
  for (const one of all) {
    for (const [name, type] of [[one.hash, one.hashType], [one.range, one.rangeType]] as const) {
      const other = name ? types.get(name) : undefined;
      if (other && other !== type) return `${name} is of type ${type} in one key and ${other} in another; an attribute has one type in all keys.`;
      types.set(name, type);
    }
  }
  return null;
}

function replaced<T>(all: T[], number: number, one: T): T[] {
  return all.map((old, other) => (other === number ? one : old));
}

/** Do something with a table as soon as it is ACTIVE. */
async function whenActive(name: string, action: () => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) {
    const { Table: table } = await call("DescribeTable", { TableName: name });
    if (table["TableStatus"] === "ACTIVE") break;
    await new Promise((done) => setTimeout(done, 250));
  }
  await action();
}
