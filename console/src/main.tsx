// The console: navigation, palette, notices, and the page that the address names.
import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./console.css";
import { Ask } from "./ask";
import { Items } from "./items";
import { ErrorBox } from "./parts";
import { Requests } from "./requests";
import { go, link, usePlace, type Place } from "./routes";
import { call } from "./service";
import { applyTheme, dismiss, onNotices, setTheme, theme, type Notice, type Theme } from "./state";
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
      return first ? <Table key={first} name={first} /> : <Tables />;
    case "items":
      return <Items key={first ?? ""} name={first ?? ""} query={place.query} />;
    case "ask":
      return <Ask query={place.query} />;
    case "requests":
      return <Requests query={place.query} />;
    case "streams":
      return first ? <Stream key={first} arn={first} /> : <Streams />;
    case "time":
      return <Time />;
    default:
      return <ErrorBox error={new Error(`There is no page ${place.page}.`)} />;
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
  useEffect(() => onNotices(setNotices), []);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input, textarea, select, [contenteditable], .editor");
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
  useEffect(() => {
    document.title = `${[place.parts[0], PAGES.find(([page]) => page === place.page)?.[1] ?? "Items"].filter(Boolean).join(" · ")} · ddbmock`;
  }, [place]);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>
        Skip to content
      </a>
      <nav aria-label="Main">
        <a class="brand" href={link("tables")}>
          ddbmock
        </a>
        {PAGES.map(([page, text]) => (
          <a key={page} href={link(page)} aria-current={place.page === page || (page === "tables" && place.page === "items") ? "page" : undefined}>
            {text}
          </a>
        ))}
        <span class="grow" />
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
      <main id="main" tabIndex={-1}>
        <Content place={place} />
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

function Palette(props: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [tables, setTables] = useState<string[]>([]);
  useEffect(() => {
    void call("ListTables").then((answer) => setTables(answer["TableNames"]));
  }, []);
  const targets = useMemo(() => {
    const all: [string, string][] = [
      ...PAGES.map(([page, label]) => [label, link(page)] as [string, string]),
      ...tables.flatMap((name): [string, string][] => [
        [`${name}: items`, link("items", [name])],
        [`${name}: description`, link("tables", [name])],
      ]),
    ];
    return all.filter(([label]) => label.toLowerCase().includes(text.toLowerCase())).slice(0, 12);
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
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${chosen}`}
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
    </dialog>
  );
}

applyTheme();
render(<Shell />, document.getElementById("console")!);
