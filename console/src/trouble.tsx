// Trouble: faults with their counts, throttling and its gauges, replication between regions.
import { useState } from "preact/hooks";
import { Check, Choice, Gauge, Status, TextField } from "./parts";
import { control, type Json } from "./service";
import { attempt, numberText, spanText } from "./state";

const FAULTS = [
  ["throttle", "throttle: ProvisionedThroughputExceededException"],
  ["fail", "fail: InternalServerError"],
  ["conflict", "conflict: another transaction"],
  ["unprocessed", "unprocessed: entries of batches stay behind"],
  ["delay", "delay"],
] as const;

const OPERATIONS = ["BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"];

export function Trouble(props: { trouble: Json; reload: () => Promise<void> }) {
  const [fault, setFault] = useState<(typeof FAULTS)[number][0]>("throttle");
  const [operation, setOperation] = useState("");
  const [table, setTable] = useState("");
  const [times, setTimes] = useState("1");
  const [after, setAfter] = useState("");
  const [chance, setChance] = useState("");
  const [seconds, setSeconds] = useState("0.5");
  const set = (body: Json) => void attempt(() => control("POST", "trouble", body)).then(props.reload);
  const faults = props.trouble["faults"] as Json[];
  const any = faults.length > 0 || props.trouble["stale"] || props.trouble["small_pages"] || props.trouble["throughput"];
  return (
    <section class="card">
      <h2>Trouble</h2>
      <Check label="Eventually consistent reads are stale" checked={props.trouble["stale"]} onValue={(on) => set({ stale: on })} />
      {props.trouble["stale"] && (
        <button onClick={() => void attempt(() => control("POST", "settle", {}), "Stale reads see what is written by now").then(props.reload)}>Settle</button>
      )}
      <Check label="Pages have one item" checked={props.trouble["small_pages"]} onValue={(on) => set({ small_pages: on })} />
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const on: Json = {
            ...(operation ? { operation } : {}),
            ...(table ? { table } : {}),
            ...(times ? { times: Number(times) } : {}),
            ...(after ? { after: Number(after) } : {}),
            ...(chance ? { chance: Number(chance) } : {}),
          };
          set({ fault, on, ...(fault === "delay" ? { seconds: Number(seconds) } : {}) });
        }}
      >
        <Choice label="Fault" value={fault} options={FAULTS} onValue={setFault} />
        <div class="even">
          <TextField label="Operation" value={operation} onValue={setOperation} placeholder="all" list={OPERATIONS} />
          <TextField label="Table" value={table} onValue={setTable} placeholder="all" />
          <TextField label="Times" type="number" value={times} onValue={setTimes} placeholder="always" />
          <TextField label="After" type="number" value={after} onValue={setAfter} placeholder="0" />
          <TextField label="Chance (0 to 1)" value={chance} onValue={setChance} placeholder="1" />
          {fault === "delay" && <TextField label="Seconds" value={seconds} onValue={setSeconds} required />}
        </div>
        <div class="actions">
          <button type="submit">Add fault</button>
          <button type="button" disabled={!any} onClick={() => void attempt(() => control("DELETE", "trouble"), "No more trouble").then(props.reload)}>
            End all trouble
          </button>
        </div>
      </form>
      <ul class="list">
        {faults.map((one) => (
          <li key={one["id"]}>
            <strong>{one["fault"]}</strong> <span>{selection(one["on"])}</span>
            <span class="grow" />
            <small>
              {one["hits"] === 1 ? "1 hit" : `${numberText(one["hits"])} hits`}
              {one["left"] === null ? "" : `, ${numberText(one["left"])} left`}
            </small>
            <button class="plain" aria-label={`End ${one["fault"]}`} onClick={() => void attempt(() => control("DELETE", `trouble/${one["id"]}`)).then(props.reload)}>
              ✕
            </button>
          </li>
        ))}
      </ul>
      <p class="muted">A fault leaves this list with its last hit. Requests of the console are hit, too.</p>
    </section>
  );
}

function selection(on: Json): string {
  const parts = [
    ...(on["operation"] ? [(on["operation"] as string[]).length > 4 ? `${(on["operation"] as string[]).length} operations` : (on["operation"] as string[]).join(", ")] : []),
    ...(on["table"] ? [`table ${on["table"]}`] : []),
    ...(on["key"] ? [`key ${JSON.stringify(on["key"])}`] : []),
  ];
  return parts.join(", ") || "every request";
}

/** Provisioned throughput with its buckets: what is left of bursts. */
export function Throttling(props: { throttling: Json; reload: () => Promise<void> }) {
  const gauges = props.throttling["gauges"] as Json[];
  const name = (one: Json): string => {
    const owner = one["index_name"] ? `${one["table"]}.${one["index_name"]}` : one["table"];
    return one["hash_key"] === null ? `${owner}, ${one["kind"]}` : `${owner}, ${one["kind"]}, hash key ${hashText(one["hash_key"])}`;
  };
  return (
    <section class="card">
      <h2>Throttling</h2>
      <Check
        label="Provisioned throughput is enforced"
        checked={props.throttling["throughput"]}
        onValue={(on) => void attempt(() => control("POST", "trouble", { throughput: on })).then(props.reload)}
      />
      <p class="muted">Each table, index and hash key has a bucket: it holds 300 seconds of its rate, and requests are throttled while it is empty. The clock fills it.</p>
      {props.throttling["throughput"] && !gauges.length && <p>All buckets are full: nothing has been used yet.</p>}
      {gauges.slice(0, 20).map((one) => (
        <Gauge
          key={name(one)}
          label={name(one)}
          value={one["level"]}
          max={one["capacity"]}
          text={`${numberText(Math.floor(one["level"]))} of ${numberText(one["capacity"])} units, ${numberText(one["rate"])} a second${one["level"] <= 0 ? ": throttled" : ""}`}
        />
      ))}
    </section>
  );
}

function hashText(json: string): string {
  try {
    return (JSON.parse(json) as Json[]).map((one) => String(Object.values(one)[0])).join(", ");
  } catch {
    return json;
  }
}

/** Global tables: how far each replica is behind. */
export function Replication(props: { replication: Json; reload: () => Promise<void> }) {
  const replicas = props.replication["replicas"] as Json[];
  const [delay, setDelay] = useState("2");
  const steer = (body: Json, done?: string) => void attempt(() => control("POST", "replication", body), done).then(props.reload);
  const disturbed = replicas.some((one) => one["held"] || one["cutOff"] || one["delaySeconds"] || one["pending"]);
  return (
    <section class="card">
      <h2>Replication</h2>
      {!replicas.length ? (
        <p class="muted">No table has replicas. A global table gets one with UpdateTable's ReplicaUpdates; then its lag can be seen and set here.</p>
      ) : (
        <>
          <ul class="list">
            {replicas.map((one) => {
              const region = one["region"];
              return (
                <li key={`${one["table"]} ${region}`}>
                  <strong>{one["table"]}</strong> <span>{region}</span>
                  {one["held"] && <Status value="held" />}
                  {one["cutOff"] && <Status value="cut off" />}
                  <span class="grow" />
                  <small>{one["pending"] ? `${numberText(one["pending"])} pending, ${spanText(one["lagSeconds"])} behind` : "up to date"}</small>
                  <button onClick={() => steer(one["held"] ? { release: region } : { hold: region })}>{one["held"] ? "Release" : "Hold"}</button>
                  <button onClick={() => steer(one["cutOff"] ? { heal: region } : { cut: region })}>{one["cutOff"] ? "Heal" : "Cut off"}</button>
                </li>
              );
            })}
          </ul>
          <form
            class="row"
            onSubmit={(event) => {
              event.preventDefault();
              steer({ delay: Number(delay) }, `Changes take ${spanText(Number(delay))}`);
            }}
          >
            <TextField label="Seconds that changes take" value={delay} onValue={setDelay} required />
            <button type="submit">Set</button>
            <button type="button" disabled={!disturbed} onClick={() => steer({ step: 1 })}>
              Deliver one
            </button>
            <button type="button" disabled={!disturbed} onClick={() => void attempt(() => control("DELETE", "replication"), "All links are undisturbed").then(props.reload)}>
              End all
            </button>
          </form>
        </>
      )}
    </section>
  );
}
