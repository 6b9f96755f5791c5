// The console: navigation, palette, notices, and the page that the address names.
import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./console.css";
import { Ask } from "./ask";
import { Items } from "./items";
import { ErrorBox, Page, TextField } from "./parts";
import { Requests } from "./requests";
import { go, link, usePlace, type Place } from "./routes";
import { authorize, authorizedByTab, BASE, caller, control, homeRegion, OWN_KEY, places, placesOf, REFUSED, ServiceError, type Places } from "./service";
import { allTables, applyTheme, dismiss, indexes, onNotices, setTheme, theme, type Notice, type Theme } from "./state";
import { Stream, Streams } from "./streams";
import { Table, Tables } from "./tables";
import { Time } from "./time";

const PAGES = [
  ["tables", "Tables"],
  ["ask", "Ask"],
  ["requests", "Requests"],
  ["streams", "Streams"],
  ["time", "Time and trouble"],
] as const;

function Content({ place }: { place: Place }) {
  const [first] = place.parts;
  switch (place.page) {
    case "tables":
      return first ? <Table key={first} name={first} /> : <Tables query={place.query} />;
    case "items":
      return <Items key={first ?? ""} name={first ?? ""} query={place.query} />;
    case "ask":
      return <Ask query={place.query} />;
    case "requests":
      return <Requests query={place.query} />;
    case "streams":
      return first ? <Stream key={first} arn={first} /> : <Streams />;
    case "time":
      return <Time query={place.query} />;
    default:
      return (
        <Page title="There is no such page">
          <p>
            <a href={link("tables")}>Go to the tables</a>, or press Ctrl+K.
          </p>
        </Page>
      );
  }
}

const THEMES: [Theme, string][] = [
  ["system", "System colours"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function Shell() {
  const place = usePlace();
  const [notices, setNotices] = useState<Notice[]>([]);
  const [palette, setPalette] = useState(false);
  const [colours, setColours] = useState(theme());
  const [locked, setLocked] = useState(false);
  const main = useRef<HTMLElement>(null);
  useEffect(() => onNotices(setNotices), []);
  useEffect(() => {
    void places.then(async (found) => {
      if (found === null) {
        await control("GET", "clock").catch(async (error) => {
          const locked = error instanceof ServiceError && error.type === `${REFUSED}401`;
          if (locked && (await authorizedByTab())) location.reload();
          else setLocked(locked);
        });
      }
    });
  }, []);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input, textarea, select, [contenteditable], .editor, dialog");
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette(true);
      } else if (event.key === "/" && !typing) {
        event.preventDefault();
        (document.getElementById("search") ?? document.querySelector<HTMLElement>("main input"))?.focus();
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  const title = [place.parts[0], PAGES.find(([page]) => page === place.page)?.[1] ?? "Items"].filter(Boolean).join(" · ");
  const path = `${place.page}/${place.parts.join("/")}`;
  const shown = useRef(path);
  useEffect(() => {
    document.title = `${title} · ddbmock`;
    // a new page is read from its beginning, by eyes and by screen readers
    if (shown.current !== path) {
      shown.current = path;
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [title, path]);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to content
      </a>
      <nav aria-label="Main">
        <a class="brand" href={link("tables")}>
          ddbmock
        </a>
        {BASE && <small class="fork">Console of the fork {BASE.slice(-8)}</small>}
        {PAGES.map(([page, text]) => (
          <a key={page} href={link(page)} aria-current={place.page === page || (page === "tables" && place.page === "items") ? "page" : undefined}>
            {text}
          </a>
        ))}
        <span class="grow" />
        <Whose place={place} />
        <button onClick={() => setPalette(true)} title="Ctrl+K">
          Go to…
        </button>
        <select
          aria-label="Colours"
          value={colours}
          onChange={(event) => {
            const chosen = event.currentTarget.value as Theme;
            setTheme(chosen);
            setColours(chosen);
          }}
        >
          {THEMES.map(([value, text]) => (
            <option key={value} value={value} selected={value === colours}>
              {text}
            </option>
          ))}
        </select>
      </nav>
      <main id="main" tabIndex={-1} ref={main}>
        {locked ? <Locked /> : <Content key={`${caller.region} ${caller.accessKey}`} place={place} />}
      </main>
      <div class="notices" aria-live="polite">
        {notices.map((notice) => (
          <div class="notice" key={notice.id}>
            {notice.error ? <ErrorBox error={notice.error} /> : <span>{notice.text}</span>}
            {notice.undo && (
              <button
                onClick={() => {
                  void notice.undo?.();
                  dismiss(notice.id);
                }}
              >
                Undo
              </button>
            )}
            <button class="plain" aria-label="Dismiss" onClick={() => dismiss(notice.id)}>
              ✕
            </button>
          </div>
        ))}
      </div>
      {palette && <Palette onClose={() => setPalette(false)} />}
    </div>
  );
}

/** The same place as another caller sees it. */
function samePlace(place: Place, region: string): string {
  return link(place.page, place.page === "streams" ? [] : place.parts, { ...Object.fromEntries(place.query), region });
}

/** Whose tables are shown: the region, and the access key where each has tables of its own. */
function Whose(props: { place: Place }) {
  const [found, setFound] = useState<Places | null>(null);
  const [key, setKey] = useState(caller.accessKey);
  useEffect(() => {
    void places.then(setFound);
  }, []);
  if (!found || found.databases === "one") return null;
  const names = Object.keys(found.regions);
  const option = (name: string) => (
    <option key={name} value={name} selected={name === (caller.region || homeRegion())}>
      {found.regions[name] ? `${name} (${found.regions[name]})` : name}
    </option>
  );
  return (
    <>
      <select
        aria-label="Region"
        value={caller.region || homeRegion()}
        onFocus={() => void placesOf().then(setFound)}
        onChange={(event) => go(samePlace(props.place, event.currentTarget.value === homeRegion() ? "" : event.currentTarget.value))}
      >
        <optgroup label="With tables">{names.filter((name) => found.regions[name]).map(option)}</optgroup>
        <optgroup label="Without">{names.filter((name) => !found.regions[name]).map(option)}</optgroup>
      </select>
      {found.databases === "each" && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            caller.accessKey = key || OWN_KEY;
            location.reload();
          }}
        >
          <TextField label="Access key" value={key} onValue={setKey} />
          <button type="submit">Show its tables</button>
        </form>
      )}
    </>
  );
}

/** The server listens beyond its machine, and the address had no token, or a wrong one. */
function Locked() {
  const [token, setToken] = useState("");
  return (
    <Page title="This console needs a token">
      <p>
        The server listens beyond its machine. It logged the console's address, with the token in it, when it started. The setting{" "}
        <code>ddbmock.control_token</code> chooses a token that stays.
      </p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          authorize(token.trim());
          location.reload();
        }}
      >
        <TextField label="Token" value={token} onValue={setToken} required />
        <button type="submit" class="primary">
          Open
        </button>
      </form>
    </Page>
  );
}

/** A place's name, in whatever order its words are typed. */
function matches(label: string, text: string): boolean {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return wanted.every((word) => label.toLowerCase().includes(word));
}

function Palette(props: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [tables, setTables] = useState<[string, string][]>([]);
  useEffect(() => {
    void allTables().then((all) =>
      setTables(
        all.flatMap(({ table }): [string, string][] => {
          const name = table["TableName"];
          return [
            [`${name}: items`, link("items", [name])],
            [`${name}: description`, link("tables", [name])],
            ...indexes(table).map((index): [string, string] => [`${name}: index ${index["IndexName"]}`, link("items", [name], { index: index["IndexName"] })]),
            ...(table["LatestStreamArn"] ? [[`${name}: stream`, link("streams", [table["LatestStreamArn"]])] as [string, string]] : []),
          ];
        }),
      ),
    );
  }, []);
  const targets = useMemo(() => {
    const all: [string, string][] = [
      ...PAGES.map(([page, label]) => [label, link(page)] as [string, string]),
      ["Create a table", link("tables", [], { create: "1" })],
      ["The most wasteful access patterns", link("requests", [], { group: "pattern" })],
      ...tables,
    ];
    return all.filter(([label]) => matches(label, text)).slice(0, 12);
  }, [text, tables]);
  return (
    <dialog
      class="palette"
      ref={(node) => {
        if (node && !node.open) node.showModal();
      }}
      aria-label="Go to"
      onClose={props.onClose}
    >
      <input
        autofocus
        role="combobox"
        aria-label="Page or table"
        placeholder="Page, table, index or stream"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={targets.length ? `palette-${chosen}` : undefined}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            setChosen(Math.max(0, Math.min(targets.length - 1, chosen + (event.key === "ArrowDown" ? 1 : -1))));
          } else if (event.key === "Enter" && targets[chosen]) {
            go(targets[chosen][1]);
            props.onClose();
          }
        }}
      />
      <ul role="listbox" id="palette-list" aria-label="Places">
        {targets.map(([label, target], number) => (
          <li
            key={target}
            id={`palette-${number}`}
            role="option"
            aria-selected={number === chosen}
            onClick={() => {
              go(target);
              props.onClose();
            }}
          >
            <bdi>{label}</bdi>
          </li>
        ))}
      </ul>
      {targets.length === 0 && <p class="muted">Nothing has this name.</p>}
    </dialog>
  );
}

applyTheme();
render(<Shell />, document.getElementById("console")!);
