// The log of requests as it grows: what was asked, what it cost, what went wrong and why.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { patternOf } from "./patterns";
import { Check, Choice, Confirm, Copy, Dialog, Empty, ErrorBox, Facts, LongTable, Page, SearchField } from "./parts";
import { link, replace } from "./routes";
import { call, control, ENDPOINT, eventsUrl, noAnswer, OWN_KEY, places, type Json } from "./service";
import { asCli, asPython, OF_STREAMS } from "./snippets";
import { attempt, momentText, numberText, timeText } from "./state";

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
  plan: string | null;
  region: string;
  access_key: string;
  body: Json | null;
}

const KEPT = 5000;

/**
 * Requests as the server reports them, the newest first; whether it does not answer at present, and whether there
 * were earlier requests, which are no longer kept.
 */
function useRequests(live: boolean): { requests: Logged[] | null; silent: boolean; cut: boolean; empty: () => void } {
  const [requests, setRequests] = useState<Logged[] | null>(null);
  const [silent, setSilent] = useState(false);
  const last = useRef(-1);
  const first = useRef(0);
  useEffect(() => {
    if (!live) return;
    const events = new EventSource(eventsUrl("requests/events", { after: String(last.current) }));
    const add = (event: MessageEvent<string>) => {
      const more = JSON.parse(event.data) as Logged[];
      if (!more.length) return;
      // a server that was started again counts from the beginning: what it answered before is gone
      const restarted = more[0]!.number <= last.current;
      if (restarted) first.current = 0;
      last.current = more[more.length - 1]!.number;
      setRequests((old) => [...more.reverse(), ...(restarted ? [] : (old ?? []))].slice(0, KEPT));
    };
    events.addEventListener("requests", add);
    let answered = false;
    events.addEventListener("open", () => {
      answered = true;
      setSilent(false);
    });
    // each answer ends with an "error"; one without requests says that the log is empty, or has nothing new
    events.addEventListener("error", () => {
      setSilent(!answered);
      answered = false;
      setRequests((old) => old ?? []);
    });
    return () => events.close();
  }, [live]);
  const empty = () => {
    first.current = last.current + 1;
    setRequests([]);
  };
  const oldest = requests?.at(-1)?.number ?? 0;
  return { requests, silent: silent && live, cut: oldest > first.current, empty };
}

const GROUPINGS = [
  ["none", "nothing: every request"],
  ["operation", "operation"],
  ["table", "table"],
  ["pattern", "access pattern"],
] as const;
type Grouping = (typeof GROUPINGS)[number][0];

const PLOTS = [
  ["units", "units"],
  ["requests", "requests and errors"],
  ["duration", "milliseconds"],
] as const;
type Plotted = (typeof PLOTS)[number][0];

export function Requests(props: { query: URLSearchParams }) {
  const [live, setLive] = useState(true);
  const { requests, silent, cut, empty } = useRequests(live);
  const [plotted, setPlotted] = useState<Plotted>("units");
  const { query } = props;
  const filter = query.get("filter") ?? "";
  const grouping = (query.get("group") as Grouping) ?? "none";
  const own = query.has("own");
  const set = (part: Record<string, string | undefined>) => replace(link("requests", [], { ...Object.fromEntries(query), ...part }));
  const others = useMemo(() => (requests ?? []).filter((one) => own || one.access_key !== OWN_KEY), [requests, own]);
  const matching = useMemo(() => {
    const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (one: Logged) => `${one.operation} ${one.tables.join(" ")} ${one.region} ${one.plan ?? ""} ${one.error ?? ""} ${one.hint ?? ""}`.toLowerCase();
    return wanted.length ? others.filter((one) => wanted.every((word) => text(one).includes(word))) : others;
  }, [others, filter]);
  const sum = (pick: (one: Logged) => number) => matching.reduce((total, one) => total + pick(one), 0);
  const shown = query.get("request") === null ? undefined : (requests ?? []).find((one) => String(one.number) === query.get("request"));
  const hidden = (requests?.length ?? 0) - others.length;
  return (
    <Page
      title="Requests"
      actions={
        <>
          <SearchField label="Filter requests" value={filter} onValue={(text) => set({ filter: text })} />
          <button aria-pressed={!live} onClick={() => setLive(!live)}>
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
      {silent && <ErrorBox error={noAnswer()} />}
      <Facts
        facts={[
          [cut ? "Latest requests" : "Requests", numberText(matching.length)],
          ["Read units", numberText(sum((one) => one.read_units))],
          ["Write units", numberText(sum((one) => one.write_units))],
          ["Scanned", numberText(sum((one) => one.scanned))],
          ["Returned", numberText(sum((one) => one.returned))],
          ["Errors", numberText(matching.filter((one) => one.error).length)],
        ]}
      />
      <div class="row">
        <Choice label="Group by" value={grouping} options={GROUPINGS} onValue={(group) => set({ group: group === "none" ? undefined : group })} />
        <Choice label="Plot" value={plotted} options={PLOTS} onValue={setPlotted} />
        <Check label={`Show the console's own requests${hidden ? ` (${numberText(hidden)})` : ""}`} checked={own} onValue={(on) => set({ own: on ? "1" : undefined })} />
      </div>
      <Plot requests={matching} plotted={plotted} />
      {requests !== null && others.length === 0 ? (
        <Empty title="No requests yet">
          <p>Every request of every client shows up here as it is answered, with its cost and its hint. Try one:</p>
          <pre>{`AWS_ENDPOINT_URL_DYNAMODB=${ENDPOINT} aws dynamodb list-tables`}</pre>
        </Empty>
      ) : requests !== null && matching.length === 0 ? (
        <Empty title="No request matches">
          <p>The filter looks for all of its words in operation, table, region, plan, error and hint.</p>
          <button onClick={() => set({ filter: undefined })}>Show all</button>
        </Empty>
      ) : grouping === "none" ? (
        <LongTable
          label="Requests"
          rows={matching}
          loading={requests === null}
          rowKey={(one) => String(one.number)}
          onRow={(one) => set({ request: String(one.number) })}
          columns={[
            { name: "Time", width: 14, render: (one) => <span title={timeText(one.at)}>{momentText(one.at)}</span> },
            {
              name: "Operation",
              width: 18,
              render: (one) => (
                <button class="link" onClick={() => set({ request: String(one.number) })}>
                  {one.operation}
                </button>
              ),
            },
            { name: "Tables", width: 16, render: (one) => <bdi>{one.tables.join(", ")}</bdi> },
            { name: "Units", className: "number", width: 7, render: (one) => (one.read_units + one.write_units ? numberText(one.read_units + one.write_units) : "") },
            { name: "Scanned", className: "number", width: 8, render: (one) => (one.scanned ? numberText(one.scanned) : "") },
            { name: "Returned", className: "number", width: 8, render: (one) => (one.scanned ? numberText(one.returned) : "") },
            { name: "ms", className: "number", width: 7, render: (one) => milliseconds(one.duration) },
            {
              name: "Error and hint",
              render: (one) => (
                <>
                  {one.error && <span class="wrong">{one.error}</span>} <small>{one.hint?.split("\n").at(-1) ?? (one.plan ? `a ${one.plan}` : "")}</small>
                </>
              ),
            },
          ]}
        />
      ) : (
        <Groups requests={matching} grouping={grouping} onGroup={(name) => set({ filter: name, group: undefined })} />
      )}
      {shown && <Details key={shown.number} request={shown} onClose={() => set({ request: undefined })} />}
    </Page>
  );
}

const milliseconds = (seconds: number): string => new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(seconds * 1000);

interface Group {
  name: string;
  count: number;
  units: number;
  scanned: number;
  returned: number;
  errors: number;
  seconds: number;
}

/** Totals, the most wasteful first: by items that were read, and paid for, and not returned. */
function Groups(props: { requests: Logged[]; grouping: Grouping; onGroup: (name: string) => void }) {
  const { grouping } = props;
  const groups = useMemo(() => {
    const found = new Map<string, Group>();
    for (const one of props.requests) {
      const name = grouping === "operation" ? one.operation : grouping === "table" ? one.tables.join(", ") || "no table" : patternOf(one);
      const group = found.get(name) ?? { name, count: 0, units: 0, scanned: 0, returned: 0, errors: 0, seconds: 0 };
      group.count += 1;
      group.units += one.read_units + one.write_units;
      group.scanned += one.scanned;
      group.returned += one.returned;
      group.errors += one.error ? 1 : 0;
      group.seconds += one.duration;
      found.set(name, group);
    }
    return [...found.values()].sort((a, b) => b.scanned - b.returned - (a.scanned - a.returned) || b.units - a.units || b.count - a.count);
  }, [props.requests, grouping]);
  return (
    <>
      <LongTable
        label="Totals"
        rows={groups}
        rowKey={(group) => group.name}
        columns={[
          {
            name: { operation: "Operation", table: "Table", pattern: "Access pattern", none: "" }[grouping],
            render: (group) =>
              grouping === "pattern" ? (
                <bdi title={group.name}>{group.name}</bdi>
              ) : (
                <button class="link" onClick={() => props.onGroup(group.name)}>
                  <bdi>{group.name}</bdi>
                </button>
              ),
          },
          { name: "Requests", className: "number", render: (group) => numberText(group.count) },
          { name: "Units", className: "number", render: (group) => numberText(group.units) },
          { name: "Scanned", className: "number", render: (group) => numberText(group.scanned) },
          { name: "Returned", className: "number", render: (group) => numberText(group.returned) },
          { name: "Read in vain", className: "number", render: (group) => numberText(Math.max(0, group.scanned - group.returned)) },
          { name: "ms each", className: "number", render: (group) => milliseconds(group.seconds / group.count) },
          { name: "Errors", className: "number", render: (group) => (group.errors ? numberText(group.errors) : "") },
        ]}
      />
      <p>
        <small>
          The most wasteful first: items read, and paid for, that were not returned.
          {grouping === "pattern" && " Expressions of requests before this page was opened are unknown."}
        </small>
      </p>
    </>
  );
}

const READS = /^(Get|BatchGet|Query|Scan|List|Describe|TransactGet)/;

/** Whether a request changes nothing when it is made again. */
function reads(operation: string, body: Json): boolean {
  return READS.test(operation) || (operation === "ExecuteStatement" && /^\s*SELECT\b/i.test(String(body["Statement"])));
}

/** Whose tables a request is about: the region and access key, as far as the server distinguishes them. */
function useCallerOf(request: Logged): { region?: string; accessKey?: string } {
  const [found, setFound] = useState({});
  useEffect(() => {
    void places.then((all) => all && all.databases !== "one" && setFound({ region: request.region, ...(all.databases === "each" ? { accessKey: request.access_key } : {}) }));
  }, [request]);
  return found;
}

const STATEMENTS = ["ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"];

function Details(props: { request: Logged; onClose: () => void }) {
  const { request } = props;
  const [answer, setAnswer] = useState<{ text: string } | Error | null>(null);
  const [asking, setAsking] = useState(false);
  const { operation, body } = request;
  const whose = useCallerOf(request);
  const replay = async () => {
    try {
      const api = OF_STREAMS.includes(operation) ? "DynamoDBStreams_20120810" : "DynamoDB_20120810";
      setAnswer({ text: JSON.stringify(await call(operation, body!, api, whose), null, 2) });
    } catch (raised) {
      setAnswer(raised as Error);
    }
  };
  const inAsk = body === null ? null : operation === "ExecuteStatement" ? { statement: body["Statement"] } : STATEMENTS.includes(operation) ? null : { operation, request: JSON.stringify(body) };
  return (
    <Dialog title={operation} wide onClose={props.onClose}>
      <div class="stack">
        <Facts
          facts={[
            ["Time", timeText(request.at)],
            ["Tables", <bdi>{request.tables.join(", ") || "none"}</bdi>],
            ["Region", request.region],
            ["Read units", numberText(request.read_units)],
            ["Write units", numberText(request.write_units)],
            ["Scanned", numberText(request.scanned)],
            ["Returned", numberText(request.returned)],
            ["Milliseconds", milliseconds(request.duration)],
            ...(request.plan ? [["Plan", request.plan] as [string, string]] : []),
          ]}
        />
        {request.error && <p class="wrong">{request.error}</p>}
        {request.hint && (
          <pre class="hint" tabIndex={0}>
            {request.hint}
          </pre>
        )}
        {body ? (
          <>
            <h3>Request</h3>
            <pre class="json" tabIndex={0}>
              {JSON.stringify(body, null, 2)}
            </pre>
            <div class="actions">
              <button onClick={() => (reads(operation, body) ? void replay() : setAsking(true))}>Replay</button>
              {inAsk && (
                <a class="button" href={link("ask", [], { ...inAsk, ...(whose.region ? { region: whose.region } : {}) })}>
                  Edit in Ask
                </a>
              )}
              <Copy label="Copy as boto3" text={() => asPython(operation, body, whose.region)} />
              <Copy label="Copy as AWS CLI" text={() => asCli(operation, body, whose.region)} />
              <Copy label="Copy JSON" text={() => JSON.stringify(body, null, 2)} />
            </div>
          </>
        ) : (
          <p class="muted">The body of this request was not kept: the log keeps bodies of up to 64 KB, from when this page is open.</p>
        )}
        {asking && (
          <Confirm title={`Make the ${operation} again?`} action={`Replay ${operation}`} onClose={() => setAsking(false)} onConfirm={replay}>
            <p>It changes {request.tables.length ? <bdi>{request.tables.join(", ")}</bdi> : "the database"} as it did the first time, and there is no way back.</p>
          </Confirm>
        )}
        {answer instanceof Error ? (
          <ErrorBox error={answer} />
        ) : (
          answer && (
            <>
              <h3>Answer</h3>
              <pre class="json answer" tabIndex={0}>
                {answer.text}
              </pre>
            </>
          )
        )}
      </div>
    </Dialog>
  );
}

/** Two figures over time, summed by second or, for a long time, by a longer span. */
function Plot(props: { requests: Logged[]; plotted: Plotted }) {
  const host = useRef<HTMLDivElement>(null);
  const [first, second] = { units: ["Read units", "Write units"], requests: ["Requests", "Errors"], duration: ["Mean ms", "Longest ms"] }[props.plotted] as [string, string];
  const data = useMemo(() => series(props.requests, props.plotted), [props.requests, props.plotted]);
  useEffect(() => {
    let destroy = () => {};
    let gone = false;
    if (data[0].length) {
      void import("./plot").then(({ plotOverTime }) => {
        if (!gone && host.current) destroy = plotOverTime(host.current, data, [first, second]);
      });
    }
    return () => {
      gone = true;
      destroy();
    };
  }, [data]);
  return <div class="plot" ref={host} role="img" aria-label={`${first} and ${second.toLowerCase()} over time`} />;
}

const POINTS = 300;

function series(requests: Logged[], plotted: Plotted): [number[], number[], number[]] {
  if (!requests.length) return [[], [], []];
  const times = requests.map((one) => one.at);
  const [from, until] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  const span = Math.max(1, Math.ceil((until - from) / POINTS));
  const groups = new Map<number, Logged[]>();
  for (const one of requests) {
    const at = Math.floor(one.at / span) * span;
    groups.set(at, [...(groups.get(at) ?? []), one]);
  }
  const x: number[] = [];
  // spans without requests are shown as such, or a line would be drawn over them
  for (let at = Math.floor(from / span) * span; at <= until; at += span) x.push(at);
  const of = (figure: (group: Logged[]) => number): number[] => x.map((at) => figure(groups.get(at) ?? []));
  const total = (pick: (one: Logged) => number) => (group: Logged[]) => group.reduce((sum, one) => sum + pick(one), 0);
  switch (plotted) {
    case "units":
      return [x, of(total((one) => one.read_units)), of(total((one) => one.write_units))];
    case "requests":
      return [x, of((group) => group.length), of((group) => group.filter((one) => one.error).length)];
    case "duration":
      return [
        x,
        of((group) => (group.length ? (total((one) => one.duration)(group) / group.length) * 1000 : 0)),
        of((group) => group.reduce((longest, one) => Math.max(longest, one.duration), 0) * 1000),
      ];
  }
}
