// Time and trouble: the clock, snapshots and forks, faults, restores.
import { useState } from "preact/hooks";
import { Check, Choice, Dialog, ErrorBox, Field, Page, TextField } from "./parts";
import { call, control, type Json } from "./service";
import { attempt, notify, timeText, useLoaded, usePolling } from "./state";

export function Time() {
  const overview = useLoaded(async () => await control("GET", ""), []);
  usePolling(() => void overview.reload(), 2000);
  const value = overview.value;
  return (
    <Page title="Time and trouble">
      {overview.error && <ErrorBox error={overview.error} />}
      {value && (
        <div class="cards">
          <Clock clock={value["clock"]} reload={overview.reload} />
          <Snapshots snapshots={value["snapshots"]} reload={overview.reload} />
          <Forks forks={value["forks"]} reload={overview.reload} />
          <Trouble trouble={value["trouble"]} reload={overview.reload} />
          <Restore now={value["clock"].now} />
        </div>
      )}
    </Page>
  );
}

function Clock(props: { clock: Json; reload: () => Promise<void> }) {
  const move = (body: Json, done: string) => void attempt(() => control("POST", "clock", body), done).then(props.reload);
  const [days, setDays] = useState("1");
  return (
    <section class="card">
      <h2>Clock</h2>
      <p class="big">
        <time dateTime={new Date(props.clock["now"] * 1000).toISOString()}>{timeText(props.clock["now"])}</time>
        {props.clock["frozen"] && <span class="status frozen">frozen</span>}
      </p>
      <p>Table states, time to live, throughput, tokens, backups and streams all follow this clock.</p>
      <div class="actions">
        {props.clock["frozen"] ? (
          <button onClick={() => move({ resume: true }, "The clock goes on")}>Resume</button>
        ) : (
          <button onClick={() => move({ freeze: true }, "The clock stands still")}>Freeze</button>
        )}
        <button onClick={() => move({ advance: 60 }, "A minute later")}>+1 minute</button>
        <button onClick={() => move({ advance: { hours: 1 } }, "An hour later")}>+1 hour</button>
        <button onClick={() => move({ advance: { days: 1 } }, "A day later")}>+1 day</button>
      </div>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          move({ advance: { days: Number(days) } }, `${days} days later`);
        }}
      >
        <TextField label="Days" type="number" value={days} onValue={setDays} />
        <button type="submit">Advance</button>
      </form>
    </section>
  );
}

function Snapshots(props: { snapshots: Json[]; reload: () => Promise<void> }) {
  const [name, setName] = useState("");
  return (
    <section class="card">
      <h2>Snapshots</h2>
      <p>A snapshot keeps all tables as they are now. Restoring one takes no time, as often as you like.</p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => control("POST", "snapshots", name ? { name } : {}), "Snapshot taken").then(props.reload);
          setName("");
        }}
      >
        <TextField label="Name" value={name} onValue={setName} placeholder="optional" />
        <button type="submit">Take</button>
      </form>
      <ul class="list">
        {props.snapshots.map((one) => (
          <li key={one["id"]}>
            <bdi>{one["name"] ?? one["id"]}</bdi> <small>{one["at"] ? timeText(one["at"]) : ""}</small>
            <button
              onClick={() =>
                void attempt(async () => {
                  const before = await control("POST", "snapshots", { name: "before restoring" });
                  await control("POST", `snapshots/${one["id"]}/restore`, {});
                  notify("Restored", {
                    undo: async () => {
                      await control("POST", `snapshots/${before["id"]}/restore`, {});
                    },
                  });
                }).then(props.reload)
              }
            >
              Restore
            </button>
            <button class="plain" aria-label="Delete snapshot" onClick={() => void attempt(() => control("DELETE", `snapshots/${one["id"]}`)).then(props.reload)}>
              ✕
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Forks(props: { forks: string[]; reload: () => Promise<void> }) {
  return (
    <section class="card">
      <h2>Forks</h2>
      <p>A fork is a database of its own that begins with this one's content, at a path of this server.</p>
      <button onClick={() => void attempt(() => control("POST", "forks", {}), "Forked").then(props.reload)}>Fork</button>
      <ul class="list">
        {props.forks.map((id) => (
          <li key={id}>
            <code>{`${location.origin}/_ddbmock/forks/${id}`}</code>
            <button class="plain" aria-label="End fork" onClick={() => void attempt(() => control("DELETE", `forks/${id}`)).then(props.reload)}>
              ✕
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const FAULTS = [
  ["throttle", "throttle: ProvisionedThroughputExceededException"],
  ["fail", "fail: InternalServerError"],
  ["conflict", "conflict: another transaction"],
  ["unprocessed", "unprocessed: entries of batches stay behind"],
  ["delay", "delay: half a second"],
] as const;

function Trouble(props: { trouble: Json; reload: () => Promise<void> }) {
  const [fault, setFault] = useState<(typeof FAULTS)[number][0]>("throttle");
  const [operation, setOperation] = useState("");
  const [table, setTable] = useState("");
  const [times, setTimes] = useState("1");
  const set = (body: Json) => void attempt(() => control("POST", "trouble", body)).then(props.reload);
  return (
    <section class="card">
      <h2>Trouble</h2>
      <Check label="Provisioned throughput is enforced" checked={props.trouble["throughput"]} onValue={(on) => set({ throughput: on })} />
      <Check label="Eventually consistent reads are stale" checked={props.trouble["stale"]} onValue={(on) => set({ stale: on })} />
      <Check label="Pages have one item" checked={props.trouble["small_pages"]} onValue={(on) => set({ small_pages: on })} />
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const on: Json = { ...(operation ? { operation } : {}), ...(table ? { table } : {}), ...(times ? { times: Number(times) } : {}) };
          set({ fault, on, ...(fault === "delay" ? { seconds: 0.5 } : {}) });
        }}
      >
        <Choice label="Fault" value={fault} options={FAULTS} onValue={setFault} />
        <div class="row">
          <TextField label="Operation" value={operation} onValue={setOperation} placeholder="all" />
          <TextField label="Table" value={table} onValue={setTable} placeholder="all" />
          <TextField label="Times" type="number" value={times} onValue={setTimes} />
        </div>
        <div class="actions">
          <button type="submit">Add fault</button>
          <button type="button" onClick={() => void attempt(() => control("DELETE", "trouble"), "No more trouble").then(props.reload)}>
            End all trouble
          </button>
        </div>
      </form>
      <ul class="list">
        {(props.trouble["faults"] as Json[]).map((one, number) => (
          <li key={number}>
            {one["fault"]} <small>{one["hits"]} hits</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Restore a table with point-in-time recovery to an instant, chosen with a slider. */
function Restore(props: { now: number }) {
  const [open, setOpen] = useState(false);
  return (
    <section class="card">
      <h2>Back to a moment</h2>
      <p>Tables with point-in-time recovery can be restored to any second of their window, into a new table.</p>
      <button onClick={() => setOpen(true)}>Restore a table…</button>
      {open && <RestoreDialog now={props.now} onClose={() => setOpen(false)} />}
    </section>
  );
}

function RestoreDialog(props: { now: number; onClose: () => void }) {
  const tables = useLoaded(async () => {
    const names: string[] = (await call("ListTables"))["TableNames"];
    const all = await Promise.all(
      names.map(async (name) => {
        const got = await call("DescribeContinuousBackups", { TableName: name }).catch(() => null);
        return { name, pitr: got?.["ContinuousBackupsDescription"]?.PointInTimeRecoveryDescription as Json | undefined };
      }),
    );
    return all;
  }, []);
  const [name, setName] = useState("");
  const [at, setAt] = useState<number | null>(null);
  const [target, setTarget] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const chosen = tables.value?.find((one) => one.name === name);
  const enabled = chosen?.pitr?.["PointInTimeRecoveryStatus"] === "ENABLED";
  const earliest = chosen?.pitr?.["EarliestRestorableDateTime"] ?? props.now;
  const latest = chosen?.pitr?.["LatestRestorableDateTime"] ?? props.now;
  const moment = at ?? latest;
  return (
    <Dialog title="Restore a table to a moment" onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            await call("RestoreTableToPointInTime", { SourceTableName: name, TargetTableName: target, RestoreDateTime: moment });
            notify(`Restoring into ${target}`);
            props.onClose();
          } catch (raised) {
            setError(raised as Error);
          }
        }}
      >
        <Choice label="Source table" value={name} options={[["", "choose…"], ...(tables.value ?? []).map((one) => [one.name, one.name] as const)]} onValue={setName} />
        {name && !enabled && (
          <p>
            Point-in-time recovery is off for {name}.{" "}
            <button
              type="button"
              onClick={() =>
                void attempt(
                  () =>
                    call("UpdateContinuousBackups", {
                      TableName: name,
                      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
                    }),
                  "Switched on: from now on every change is kept",
                ).then(tables.reload)
              }
            >
              Switch it on
            </button>
          </p>
        )}
        {name && enabled && (
          <>
            <Field label={`Moment: ${timeText(moment)}`}>
              {(id) => <input id={id} type="range" min={earliest} max={latest} step={1} value={moment} onInput={(event) => setAt(Number(event.currentTarget.value))} />}
            </Field>
            <TextField label="New table" value={target} onValue={setTarget} required />
            <div class="actions">
              <button class="primary" type="submit" disabled={!target}>
                Restore
              </button>
            </div>
          </>
        )}
        {error && <ErrorBox error={error} />}
      </form>
    </Dialog>
  );
}
