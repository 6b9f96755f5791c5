// Streams: records as they are written, their images as a difference.
import { useEffect, useRef, useState } from "preact/hooks";
import { Differences } from "./item_editor";
import { Empty, ErrorBox, Page } from "./parts";
import { link } from "./routes";
import { control, streams, type Json } from "./service";
import { timeText, useLoaded, usePolling } from "./state";
import { differences, short, type Item } from "./values";

export function Streams() {
  const listed = useLoaded(async () => (await streams("ListStreams"))["Streams"] as Json[], []);
  const triggers = useLoaded(async () => ((await control("GET", ""))["triggers"] ?? []) as Json[], []);
  return (
    <Page title="Streams" actions={<button onClick={() => void listed.reload()}>Refresh</button>}>
      {listed.error && <ErrorBox error={listed.error} />}
      {listed.value?.length === 0 && (
        <Empty title="No streams">
          <p>A table has a stream when its StreamSpecification is enabled: at creation, or later with Update.</p>
        </Empty>
      )}
      <ul class="list">
        {(listed.value ?? []).map((stream) => (
          <li key={stream["StreamArn"]}>
            <a href={link("streams", [stream["StreamArn"]])}>{stream["TableName"]}</a> <small>{stream["StreamLabel"]}</small>
          </li>
        ))}
      </ul>
      {(triggers.value?.length ?? 0) > 0 && (
        <section>
          <h2>Triggers</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">Function</th>
                <th scope="col">Table</th>
                <th scope="col">State</th>
                <th scope="col">Failures</th>
              </tr>
            </thead>
            <tbody>
              {triggers.value!.map((one) => (
                <tr key={one["name"]}>
                  <td>{one["name"]}</td>
                  <td>{one["table"]}</td>
                  <td>{one["state"]}</td>
                  <td class="number">{one["failures"] ?? 0}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Page>
  );
}

const KEPT = 500;

export function Stream(props: { arn: string }) {
  const [records, setRecords] = useState<Json[]>([]);
  const [error, setError] = useState<Error | null>(null);
  const iterators = useRef(new Map<string, string | null>());
  const busy = useRef(false);

  const poll = async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      const described = (await streams("DescribeStream", { StreamArn: props.arn }))["StreamDescription"];
      for (const shard of described["Shards"] as Json[]) {
        const id: string = shard["ShardId"];
        if (!iterators.current.has(id)) {
          const got = await streams("GetShardIterator", { StreamArn: props.arn, ShardId: id, ShardIteratorType: "TRIM_HORIZON" });
          iterators.current.set(id, got["ShardIterator"]);
        }
        for (let page = 0; page < 20; page += 1) {
          const iterator = iterators.current.get(id);
          if (!iterator) break;
          const got = await streams("GetRecords", { ShardIterator: iterator });
          iterators.current.set(id, got["NextShardIterator"] ?? null);
          const more: Json[] = got["Records"];
          if (!more.length) break;
          setRecords((old) => [...more.reverse(), ...old].slice(0, KEPT));
        }
      }
      setError(null);
    } catch (raised) {
      iterators.current.clear();
      setError(raised as Error);
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    setRecords([]);
    iterators.current.clear();
    void poll();
  }, [props.arn]);
  usePolling(() => void poll(), 1000);

  return (
    <Page
      title={
        <>
          <a href={link("streams")}>Streams</a> / {props.arn.split("/")[1]}
        </>
      }
    >
      {error && <ErrorBox error={error} />}
      {records.length === 0 && !error && (
        <Empty title="No records yet">
          <p>They appear here as items change.</p>
        </Empty>
      )}
      <ol class="records">
        {records.map((record) => {
          const change: Json = record["dynamodb"];
          const [before, after] = [change["OldImage"] as Item | undefined, change["NewImage"] as Item | undefined];
          return (
            <li key={change["SequenceNumber"]}>
              <details>
                <summary>
                  <span class={`status ${String(record["eventName"]).toLowerCase()}`}>{record["eventName"]}</span>{" "}
                  <bdi>{Object.entries(change["Keys"] as Item).map(([name, value]) => `${name}: ${short(value)}`).join(", ")}</bdi>
                  {record["userIdentity"] && <small> time to live</small>} <small>{timeText(change["ApproximateCreationDateTime"])}</small>
                </summary>
                <Differences changes={differences(before ?? null, after ?? {})} />
              </details>
            </li>
          );
        })}
      </ol>
    </Page>
  );
}
