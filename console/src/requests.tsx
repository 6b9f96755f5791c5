// The log of requests as it grows: what was asked, what it cost, what went wrong and why.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Choice, Dialog, Empty, LongTable, Page } from "./parts";
import { call, control, eventsUrl, type Json } from "./service";
import { attempt, numberText, timeText } from "./state";

export interface Logged extends Json {
  number: number;
  operation: string;
  tables: string[];
  read_units: number;
  write_units: number;
  scanned: number;
  returned: number;
  error: string | null;
  hint: string | null;
  duration: number;
  at: number;
  body?: Json;
}

const KEPT = 5000;

/** Requests as the server reports them, the newest first. */
function useRequests(live: boolean): [Logged[], () => void] {
  const [requests, setRequests] = useState<Logged[]>([]);
  useEffect(() => {
    if (!live) return;
    const events = new EventSource(eventsUrl("requests/events"));
    const add = (event: MessageEvent<string>) => {
      const more: Logged[] = JSON.parse(event.data);
      setRequests((old) => {
        const last = old[0]?.number ?? -1;
        return [...more.filter((one) => one.number > last).reverse(), ...old].slice(0, KEPT);
      });
    };
    events.addEventListener("requests", add);
    return () => events.close();
  }, [live]);
  return [requests, () => setRequests([])];
}

type Grouping = "none" | "operation" | "table" | "pattern";

export function Requests(props: { query: URLSearchParams }) {
  const [live, setLive] = useState(true);
  const [requests, empty] = useRequests(live);
  const [filter, setFilter] = useState(props.query.get("filter") ?? "");
  const [grouping, setGrouping] = useState<Grouping>("none");
  const [shown, setShown] = useState<Logged | null>(null);
  const matching = useMemo(() => {
    const wanted = filter.toLowerCase();
    return requests.filter((one) => !wanted || `${one.operation} ${one.tables.join(" ")} ${one.error ?? ""} ${one.hint ?? ""}`.toLowerCase().includes(wanted));
  }, [requests, filter]);
  const sum = (pick: (one: Logged) => number) => matching.reduce((total, one) => total + pick(one), 0);
  return (
    <Page
      title="Requests"
      actions={
        <>
          <input type="search" id="search" aria-label="Filter requests" placeholder="Filter (press /)" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
          <button aria-pressed={live} onClick={() => setLive(!live)}>
            {live ? "Pause" : "Go on"}
          </button>
          <button
            onClick={() =>
              void attempt(async () => {
                await control("DELETE", "requests");
                empty();
              }, "Cleared")
            }
          >
            Clear
          </button>
        </>
      }
    >
      <dl class="facts">
        <div>
          <dt>Requests</dt>
          <dd>{numberText(matching.length)}</dd>
        </div>
        <div>
          <dt>Read units</dt>
          <dd>{numberText(sum((one) => one.read_units))}</dd>
        </div>
        <div>
          <dt>Write units</dt>
          <dd>{numberText(sum((one) => one.write_units))}</dd>
        </div>
        <div>
          <dt>Scanned / returned</dt>
          <dd>
            {numberText(sum((one) => one.scanned))} / {numberText(sum((one) => one.returned))}
          </dd>
        </div>
        <div>
          <dt>Errors</dt>
          <dd>{numberText(matching.filter((one) => one.error).length)}</dd>
        </div>
      </dl>
      {requests.length > 0 && <Units requests={matching} />}
      <Choice
        label="Group by"
        value={grouping}
        options={[
          ["none", "nothing: every request"],
          ["operation", "operation"],
          ["table", "table"],
          ["pattern", "access pattern, the most wasteful first"],
        ]}
        onValue={setGrouping}
      />
      {requests.length === 0 ? (
        <Empty title="No requests yet">
          <p>Every request of every client shows up here as it is answered, with its cost and its hint.</p>
          <pre>{`AWS_ENDPOINT_URL_DYNAMODB=${location.origin} aws dynamodb list-tables`}</pre>
        </Empty>
      ) : grouping === "none" ? (
        <LongTable
          label="Requests"
          rows={matching}
          rowKey={(one) => String(one.number)}
          onRow={setShown}
          columns={[
            { name: "Time", render: (one) => timeText(one.at) },
            { name: "Operation", render: (one) => <button class="link" onClick={() => setShown(one)}>{one.operation}</button> },
            { name: "Tables", render: (one) => <bdi>{one.tables.join(", ")}</bdi> },
            { name: "Units", className: "number", render: (one) => one.read_units + one.write_units || "" },
            { name: "Scanned", className: "number", render: (one) => one.scanned || "" },
            { name: "Returned", className: "number", render: (one) => (one.scanned ? one.returned : "") },
            { name: "ms", className: "number", render: (one) => (one.duration * 1000).toFixed(2) },
            { name: "Error and hint", render: (one) => <span class={one.error ? "wrong" : ""}>{one.error ?? ""} <small>{one.hint ?? ""}</small></span> },
          ]}
        />
      ) : (
        <Groups requests={matching} grouping={grouping} />
      )}
      {shown && <Details request={shown} onClose={() => setShown(null)} />}
    </Page>
  );
}

interface Group {
  name: string;
  count: number;
  units: number;
  scanned: number;
  returned: number;
  errors: number;
}

function Groups(props: { requests: Logged[]; grouping: Grouping }) {
  const groups = useMemo(() => {
    const found = new Map<string, Group>();
    for (const one of props.requests) {
      const tables = one.tables.join(", ");
      const name = props.grouping === "operation" ? one.operation : props.grouping === "table" ? tables || "no table" : `${one.operation} ${tables} ${one["index"] ?? ""}`.trim();
      const group = found.get(name) ?? { name, count: 0, units: 0, scanned: 0, returned: 0, errors: 0 };
      group.count += 1;
      group.units += one.read_units + one.write_units;
      group.scanned += one.scanned;
      group.returned += one.returned;
      group.errors += one.error ? 1 : 0;
      found.set(name, group);
    }
    // waste: items that were read, and paid for, and not returned
    return [...found.values()].sort((a, b) => b.scanned - b.returned - (a.scanned - a.returned) || b.units - a.units);
  }, [props.requests, props.grouping]);
  return (
    <LongTable
      label="Totals"
      rows={groups}
      rowKey={(group) => group.name}
      columns={[
        { name: "Group", render: (group) => <bdi>{group.name}</bdi> },
        { name: "Requests", className: "number", render: (group) => numberText(group.count) },
        { name: "Units", className: "number", render: (group) => numberText(group.units) },
        { name: "Scanned", className: "number", render: (group) => numberText(group.scanned) },
        { name: "Returned", className: "number", render: (group) => numberText(group.returned) },
        { name: "Read in vain", className: "number", render: (group) => numberText(group.scanned - group.returned) },
        { name: "Errors", className: "number", render: (group) => group.errors || "" },
      ]}
    />
  );
}

function Details(props: { request: Logged; onClose: () => void }) {
  const { request } = props;
  const [answer, setAnswer] = useState<string | null>(null);
  return (
    <Dialog title={request.operation} wide onClose={props.onClose}>
      <div class="stack">
        {request.error && <p class="wrong">{request.error}</p>}
        {request.hint && <pre class="hint">{request.hint}</pre>}
        {request.body && (
          <pre class="json" tabIndex={0}>
            {JSON.stringify(request.body, null, 2)}
          </pre>
        )}
        {request.body && (
          <div class="actions">
            <button
              onClick={async () => {
                try {
                  setAnswer(JSON.stringify(await call(request.operation, request.body), null, 2));
                } catch (raised) {
                  setAnswer(String((raised as Error).message));
                }
              }}
            >
              Replay
            </button>
          </div>
        )}
        {answer !== null && (
          <pre class="json" tabIndex={0}>
            {answer}
          </pre>
        )}
      </div>
    </Dialog>
  );
}

/** Units over time, summed by second. */
function Units(props: { requests: Logged[] }) {
  const host = useRef<HTMLDivElement>(null);
  const data = useMemo(() => {
    const seconds = new Map<number, [number, number]>();
    for (const one of props.requests) {
      const second = Math.floor(one.at);
      const units = seconds.get(second) ?? [0, 0];
      units[0] += one.read_units;
      units[1] += one.write_units;
      seconds.set(second, units);
    }
    const times = [...seconds.keys()].sort((a, b) => a - b);
    return [times, times.map((time) => seconds.get(time)![0]), times.map((time) => seconds.get(time)![1])];
  }, [props.requests]);
  useEffect(() => {
    let destroy = () => {};
    let gone = false;
    void import("./plot").then(({ plotUnits }) => {
      if (!gone && host.current) destroy = plotUnits(host.current, data as [number[], number[], number[]]);
    });
    return () => {
      gone = true;
      destroy();
    };
  }, [data]);
  return <div class="plot" ref={host} role="img" aria-label="Read and write units over time" />;
}
