// Streams: records as they are written, their images as a difference; triggers and how they fare.
import { useEffect, useRef, useState } from "preact/hooks";
import { Differences } from "./differences";
import { Empty, ErrorBox, LongTable, Page, SearchField, Status } from "./parts";
import { link } from "./routes";
import { control, streams, type Json } from "./service";
import { countText, numberText, timeText, useLoaded, usePolling } from "./state";
import { keyText, type Item } from "./values";

async function allStreams(): Promise<Json[]> {
  const found: Json[] = [];
  let start: string | undefined;
  do {
    const page = await streams("ListStreams", start ? { ExclusiveStartStreamArn: start } : {});
    found.push(...page["Streams"]);
    start = page["LastEvaluatedStreamArn"];
  } while (start);
  return found;
}

const useTriggers = () => {
  const triggers = useLoaded(async () => ((await control("GET", ""))["triggers"] ?? []) as Json[], []);
  usePolling(() => triggers.value?.length && void triggers.reload(), 2000);
  return triggers;
};

export function Streams() {
  const listed = useLoaded(async () => {
    const all = await allStreams();
    return Promise.all(
      all.map(async (one): Promise<Json> => {
        const described = await streams("DescribeStream", { StreamArn: one["StreamArn"] }).catch(() => null);
        return { ...one, ...(described?.["StreamDescription"] ?? {}) };
      }),
    );
  }, []);
  const triggers = useTriggers();
  return (
    <Page title="Streams" actions={<button onClick={() => void listed.reload()}>Refresh</button>}>
      {listed.error && <ErrorBox error={listed.error} />}
      {listed.value?.length === 0 ? (
        <Empty title="No streams">
          <p>A stream has a record for every change of a table's items, for a day. Switch it on with “Stream of changes” when you create a table, or later with Update:</p>
          <pre>{'{"StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}}'}</pre>
          <a class="button" href={link("tables")}>
            Go to the tables
          </a>
        </Empty>
      ) : (
        <LongTable
          label="Streams"
          rows={listed.value ?? []}
          loading={!listed.value && !listed.error}
          rowKey={(one) => one["StreamArn"]}
          columns={[
            { name: "Table", render: (one) => <a href={link("streams", [one["StreamArn"]])}>{one["TableName"]}</a> },
            { name: "Status", render: (one) => (one["StreamStatus"] ? <Status value={one["StreamStatus"]} /> : "") },
            { name: "View", render: (one) => one["StreamViewType"] ?? "" },
            { name: "Shards", className: "number", render: (one) => numberText(one["Shards"]?.length ?? 0) },
            { name: "Label", render: (one) => one["StreamLabel"] },
          ]}
        />
      )}
      <section>
        <h2>Triggers</h2>
        <Triggers triggers={triggers.value} />
      </section>
    </Page>
  );
}

function Triggers(props: { triggers: Json[] | undefined }) {
  if (!props.triggers?.length) {
    return (
      <p class="muted">
        {props.triggers ? "None. A server calls functions with the records of its streams: the setting ddbmock.triggers names them." : "\u00a0"}
      </p>
    );
  }
  return (
    <LongTable
      label="Triggers"
      rows={props.triggers}
      rowKey={(one) => `${one["name"]} ${one["table"]}`}
      columns={[
        { name: "Function", render: (one) => one["name"] },
        { name: "Table", render: (one) => <a href={link("tables", [one["table"]])}>{one["table"]}</a> },
        { name: "State", render: (one) => <Status value={one["state"] ?? ""} /> },
        { name: "Batch", className: "number", render: (one) => numberText(one["batchSize"] ?? 0) },
        { name: "From", render: (one) => one["startingPosition"] ?? "" },
        { name: "Position", render: (one) => <code>{positionText(one["position"])}</code> },
        { name: "Last result", render: (one) => one["lastResult"] ?? "" },
        { name: "Failures", className: "number", render: (one) => numberText(one["failures"] ?? 0) },
        { name: "Last error", render: (one) => <span class="wrong">{one["lastError"] ?? ""}</span> },
      ]}
    />
  );
}

/** Where a trigger is: a sequence number, or one for each shard. */
function positionText(position: unknown): string {
  if (position === null || position === undefined) return "";
  if (typeof position !== "object") return String(position);
  return Object.values(position).map(String).join(", ");
}

const KEPT = 500;
/** Polls after which the shards are listed again. */
const LISTING = 15;

export function Stream(props: { arn: string }) {
  const [records, setRecords] = useState<Json[] | null>(null);
  const [described, setDescribed] = useState<Json | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [live, setLive] = useState(true);
  const [search, setSearch] = useState("");
  const iterators = useRef(new Map<string, string | null>());
  const busy = useRef(false);
  const polls = useRef(0);
  const triggers = useTriggers();
  const table = props.arn.split("/")[1] ?? "";

  const poll = async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      const stale = polls.current++ % LISTING === 0 || [...iterators.current.values()].some((one) => one === null);
      if (stale) {
        const found: Json = (await streams("DescribeStream", { StreamArn: props.arn }))["StreamDescription"];
        setDescribed(found);
        for (const { ShardId: id } of found["Shards"] as Json[]) {
          if (iterators.current.has(id)) continue;
          const got = await streams("GetShardIterator", { StreamArn: props.arn, ShardId: id, ShardIteratorType: "TRIM_HORIZON" });
          iterators.current.set(id, got["ShardIterator"]);
        }
      }
      const more: Json[] = [];
      for (const id of iterators.current.keys()) {
        for (let page = 0; page < 20; page += 1) {
          const iterator = iterators.current.get(id);
          if (!iterator) break;
          const got = await streams("GetRecords", { ShardIterator: iterator });
          iterators.current.set(id, got["NextShardIterator"] ?? null);
          more.push(...got["Records"]);
          if (!got["Records"].length) break;
        }
      }
      setRecords((old) => (more.length || !old ? [...newestFirst(more), ...(old ?? [])].slice(0, KEPT) : old));
      setError(null);
    } catch (raised) {
      iterators.current.clear();
      polls.current = 0;
      setRecords(null);
      setError(raised as Error);
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    void poll();
  }, []);
  usePolling(() => live && void poll(), 1000);

  const shown = (records ?? []).filter((one) => !search || JSON.stringify([one["eventName"], one["dynamodb"].Keys]).toLowerCase().includes(search.toLowerCase()));
  const own = triggers.value?.filter((one) => one["table"] === table) ?? [];
  return (
    <Page
      title={
        <>
          <a href={link("streams")}>Streams</a> / <a href={link("tables", [table])}>{table}</a>
        </>
      }
      actions={
        <>
          <SearchField label="Search records by key or event" value={search} onValue={setSearch} />
          <button aria-pressed={!live} onClick={() => setLive(!live)}>
            {live ? "Pause" : "Go on"}
          </button>
        </>
      }
    >
      {error && <ErrorBox error={error} />}
      <p class="summary" aria-live="polite">
        {records && described && `${numberText(records.length)}${records.length === KEPT ? " latest" : ""} records, ${described["StreamViewType"]}, ${countText(iterators.current.size, "shard")}`}
      </p>
      {own.length > 0 && (
        <section>
          <h2>Triggers</h2>
          <Triggers triggers={own} />
        </section>
      )}
      {records?.length === 0 && !error && (
        <Empty title="No records yet">
          <p>They appear here as items change: put one and watch.</p>
          <a class="button" href={link("items", [table])}>
            Items of {table}
          </a>
        </Empty>
      )}
      <ol class="records">
        {shown.map((record) => (
          <StreamRecord key={record["eventID"]} record={record} />
        ))}
      </ol>
    </Page>
  );
}

const newestFirst = (records: Json[]): Json[] =>
  [...records].sort((a, b) => (BigInt(a["dynamodb"].SequenceNumber) < BigInt(b["dynamodb"].SequenceNumber) ? 1 : -1));

function StreamRecord({ record }: { record: Json }) {
  const [open, setOpen] = useState(false);
  const change: Json = record["dynamodb"];
  const [before, after] = [change["OldImage"] as Item | undefined, change["NewImage"] as Item | undefined];
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <Status value={String(record["eventName"])} /> <bdi class="cut">{keyText(change["Keys"] as Item)}</bdi>
          {record["userIdentity"] && <small> removed by time to live</small>} <small>{timeText(change["ApproximateCreationDateTime"])}</small>
        </summary>
        {open &&
          (before || after ? (
            <Differences before={before ?? null} after={after ?? {}} />
          ) : (
            <p class="muted">The stream's view, {change["StreamViewType"]}, has no images.</p>
          ))}
        {open && <small>Sequence number {change["SequenceNumber"]}</small>}
      </details>
    </li>
  );
}
