// Time and trouble: the clock, what expires, snapshots and forks, faults, throttling, replication, restores.
import { useState } from "preact/hooks";
import { Backups } from "./backups";
import { Comparison } from "./comparison";
import { Choice, Confirm, Copy, ErrorBox, LongTable, Page, TextField } from "./parts";
import { link, replace } from "./routes";
import { control, type Json } from "./service";
import { attempt, notify, numberText, spanText, timeText, useLoaded, usePolling } from "./state";
import { Replication, Throttling, Trouble } from "./trouble";
import { keyText } from "./values";

interface State {
  overview: Json;
  expiring: Json;
  throttling: Json;
  replication: Json;
}

async function state(): Promise<State> {
  const [overview, expiring, throttling, replication] = await Promise.all(["", "expiring", "throttling", "replication"].map((path) => control("GET", path)));
  return { overview: overview!, expiring: expiring!, throttling: throttling!, replication: replication! };
}

export function Time(props: { query: URLSearchParams }) {
  const loaded = useLoaded(state, []);
  usePolling(() => void loaded.reload(), 2000);
  const { value, reload } = loaded;
  const compared = props.query.get("compare");
  return (
    <Page title="Time and trouble">
      {loaded.error && <ErrorBox error={loaded.error} />}
      {value && (
        <div class="cards">
          <Clock clock={value.overview["clock"]} reload={reload} />
          <Expiring expiring={value.expiring} clock={value.overview["clock"]} reload={reload} />
          <Snapshots snapshots={value.overview["snapshots"]} reload={reload} />
          <Forks forks={value.overview["forks"]} reload={reload} />
          <Trouble trouble={value.overview["trouble"]} reload={reload} />
          <Throttling throttling={value.throttling} reload={reload} />
          <Replication replication={value.replication} reload={reload} />
          <Backups now={value.overview["clock"].now} />
        </div>
      )}
      {compared && value && (
        <Comparison snapshot={(value.overview["snapshots"] as Json[]).find((one) => one["id"] === compared) ?? { id: compared }} onClose={() => replace(link("time"))} />
      )}
    </Page>
  );
}

const UNITS = [
  ["seconds", "seconds"],
  ["minutes", "minutes"],
  ["hours", "hours"],
  ["days", "days"],
] as const;

/** A time as a field for dates and times takes it, in the reader's zone. */
function fieldTime(seconds: number): string {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function Clock(props: { clock: Json; reload: () => Promise<void> }) {
  const move = (body: Json, done: string) => void attempt(() => control("POST", "clock", body), done).then(props.reload);
  const [count, setCount] = useState("1");
  const [unit, setUnit] = useState<(typeof UNITS)[number][0]>("days");
  const [at, setAt] = useState("");
  const away = props.clock["now"] - Date.now() / 1000;
  return (
    <section class="card">
      <h2>Clock</h2>
      <p class="big">
        <time dateTime={new Date(props.clock["now"] * 1000).toISOString()}>{timeText(props.clock["now"])}</time>
        {props.clock["frozen"] && <span class="status frozen">frozen</span>}
      </p>
      <p class="muted">
        {Math.abs(away) > 5 ? `${spanText(Math.abs(away))} ${away > 0 ? "ahead of" : "behind"} this machine. ` : ""}
        Table states, time to live, throughput, tokens, backups and streams follow this clock.
      </p>
      <div class="actions">
        {props.clock["frozen"] ? (
          <button onClick={() => move({ resume: true }, "The clock goes on from here")}>Let time go on</button>
        ) : (
          <button onClick={() => move({ freeze: true }, "The clock stands still")}>Freeze</button>
        )}
        <button onClick={() => move({ advance: 60 }, "A minute later")}>+1 minute</button>
        <button onClick={() => move({ advance: { hours: 1 } }, "An hour later")}>+1 hour</button>
        <button onClick={() => move({ advance: { days: 1 } }, "A day later")}>+1 day</button>
        {Math.abs(away) > 5 && (
          <button
            onClick={() =>
              void attempt(async () => {
                await control("POST", "clock", { freeze: Date.now() / 1000 });
                await control("POST", "clock", { resume: true });
              }, "The clock shows the time of this machine").then(props.reload)
            }
          >
            Back to the present
          </button>
        )}
      </div>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          move({ advance: { [unit]: Number(count) } }, `${numberText(Number(count))} ${unit} later`);
        }}
      >
        <TextField label="Advance by" type="number" step="any" value={count} onValue={setCount} required />
        <Choice label="Unit" value={unit} options={UNITS} onValue={setUnit} />
        <button type="submit">Advance</button>
      </form>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          move({ freeze: new Date(at).getTime() / 1000 }, "The clock stands still at that time");
        }}
      >
        <TextField label="Freeze at" type="datetime-local" step="1" value={at || fieldTime(props.clock["now"])} onValue={setAt} required />
        <button type="submit" disabled={!at}>
          Freeze there
        </button>
      </form>
    </section>
  );
}

function Expiring(props: { expiring: Json; clock: Json; reload: () => Promise<void> }) {
  const items = props.expiring["items"] as Json[];
  const now: number = props.clock["now"];
  const first = items[0];
  return (
    <section class="card">
      <h2>Time to live</h2>
      {!first ? (
        <p class="muted">Nothing will expire. An item does if its table has a time to live and the item's attribute is a number of epoch seconds.</p>
      ) : (
        <>
          <p class="muted">
            {numberText(items.length)}
            {props.expiring["more"] ? " or more" : ""} items will expire. They are removed {first["removed"] > first["expires"] ? `${spanText(first["removed"] - first["expires"])} after` : "at"}{" "}
            the time that they name.
          </p>
          <LongTable
            label="Items that expire next"
            rows={items}
            rowKey={(one) => JSON.stringify([one["region"], one["table"], one["key"]])}
            columns={[
              { name: "Table", render: (one) => <a href={link("items", [one["table"]], { region: one["region"] || undefined, item: JSON.stringify(one["key"]) })}>{one["table"]}</a> },
              { name: "Key", render: (one) => <bdi>{keyText(one["key"])}</bdi> },
              { name: "Expires", render: (one) => relative(one["expires"], now) },
              { name: "Removed", render: (one) => relative(one["removed"], now) },
            ]}
          />
          <div class="actions">
            <button
              onClick={() =>
                void attempt(() => control("POST", "clock", { advance: Math.max(0, first["removed"] - now) + 1 }), "The first item has expired").then(props.reload)
              }
            >
              Advance until the first is removed
            </button>
          </div>
        </>
      )}
    </section>
  );
}

const relative = (at: number, now: number): string => (at <= now ? `${spanText(now - at)} ago` : `in ${spanText(at - now)}`);

function Snapshots(props: { snapshots: Json[]; reload: () => Promise<void> }) {
  const [name, setName] = useState("");
  const [deleting, setDeleting] = useState<Json | null>(null);
  const restore = async (one: Json) => {
    await attempt(async () => {
      const before = await control("POST", "snapshots", { name: "before restoring" });
      await control("POST", `snapshots/${one["id"]}/restore`, {});
      notify(`Restored ${one["name"] || "the snapshot"}`, {
        undo: async () => {
          await control("POST", `snapshots/${before["id"]}/restore`, {});
          await control("DELETE", `snapshots/${before["id"]}`);
          await props.reload();
        },
      });
    });
    await props.reload();
  };
  return (
    <section class="card">
      <h2>Snapshots</h2>
      <p class="muted">A snapshot keeps all tables as they are now. To take or restore one costs no time, as often as you like; data in memory only.</p>
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
            <bdi>{one["name"] || "unnamed"}</bdi> <small>{timeText(one["at"])}</small>
            <span class="actions">
            <a class="button" href={link("time", [], { compare: one["id"] })}>
              Compare
            </a>
            <button onClick={() => void restore(one)}>Restore</button>
            <button class="plain" aria-label={`Delete snapshot ${one["name"] || "without a name"}`} onClick={() => setDeleting(one)}>
              ✕
            </button>
            </span>
          </li>
        ))}
      </ul>
      {deleting && (
        <Confirm
          title={`Delete snapshot ${deleting["name"] || "without a name"}?`}
          action="Delete"
          onClose={() => setDeleting(null)}
          onConfirm={() => attempt(() => control("DELETE", `snapshots/${deleting["id"]}`), "Deleted the snapshot").then(props.reload)}
        >
          <p>It was taken {timeText(deleting["at"])}. The tables stay as they are.</p>
        </Confirm>
      )}
    </section>
  );
}

function Forks(props: { forks: string[]; reload: () => Promise<void> }) {
  const [ending, setEnding] = useState<string | null>(null);
  const address = (id: string) => `${location.origin}${location.pathname.replace(/\/$/, "")}/forks/${id}`;
  return (
    <section class="card">
      <h2>Forks</h2>
      <p class="muted">A fork is a database of its own that begins with this one's content: an endpoint for clients, with a console, a clock and troubles of its own.</p>
      <button onClick={() => void attempt(() => control("POST", "forks", {}), "Forked").then(props.reload)}>Fork</button>
      <ul class="list">
        {props.forks.map((id) => (
          <li key={id}>
            <code title={address(id)}>…{id.slice(-8)}</code>
            <span class="actions">
            <Copy label="Copy endpoint" text={() => address(id)} />
            <a class="button" href={`${new URL(address(id)).pathname}/_ddbmock/`} target="_blank" rel="noreferrer">
              Console
            </a>
            <button class="plain" aria-label={`End fork ${id.slice(-8)}`} onClick={() => setEnding(id)}>
              ✕
            </button>
            </span>
          </li>
        ))}
      </ul>
      {ending && (
        <Confirm
          title={`End fork …${ending.slice(-8)}?`}
          action="End fork"
          onClose={() => setEnding(null)}
          onConfirm={() => attempt(() => control("DELETE", `forks/${ending}`), "The fork is gone").then(props.reload)}
        >
          <p>Its tables and items are deleted, and its endpoint stops to answer. This database stays as it is.</p>
        </Confirm>
      )}
    </section>
  );
}
