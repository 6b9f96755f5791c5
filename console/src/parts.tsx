// Parts that pages are made of: buttons, dialogs, messages, tables of many rows.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useUnsaved } from "./routes";
import { REFUSED, ServiceError } from "./service";

export function Page(props: { title: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <>
      <header class="page-head">
        <h1>{props.title}</h1>
        <div class="actions">{props.actions}</div>
      </header>
      {props.children}
    </>
  );
}

/** An error as DynamoDB words it, and the hint with its caret. */
export function ErrorBox(props: { error: Error }) {
  const { error } = props;
  const hint = error instanceof ServiceError ? error.hint : null;
  const type = error instanceof ServiceError ? error.type : "Error";
  return (
    <div class="error" role="alert">
      <strong>{type.startsWith(REFUSED) ? "Not possible:" : type}</strong> <span>{error.message}</span>
      {hint && <pre class="hint">{hint}</pre>}
    </div>
  );
}

export function Empty(props: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

export type Fact = [name: string, value: ComponentChildren];

export function Facts(props: { facts: Fact[] }) {
  return (
    <dl class="facts">
      {props.facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The field that `/` goes to. */
export function SearchField(props: { label: string; value: string; onValue: (value: string) => void }) {
  return (
    <input
      type="search"
      id="search"
      aria-label={props.label}
      placeholder="Search (press /)"
      value={props.value}
      onInput={(event) => props.onValue(event.currentTarget.value)}
    />
  );
}

export function Field(props: { label: string; hint?: string; wide?: boolean; children: (id: string) => ComponentChildren }) {
  const id = useId();
  return (
    <div class={props.wide ? "field wide" : "field"}>
      <label for={id}>{props.label}</label>
      {props.children(id)}
      {props.hint && <small>{props.hint}</small>}
    </div>
  );
}

export function TextField(props: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  wide?: boolean;
  placeholder?: string;
  type?: string;
  /** Of a number or time: the smallest difference, or "any". */
  step?: string;
  required?: boolean;
  /** Suggestions. */
  list?: readonly string[];
}) {
  const list = useId();
  return (
    <Field label={props.label} {...(props.hint ? { hint: props.hint } : {})} {...(props.wide ? { wide: true } : {})}>
      {(id) => (
        <>
          <input
            id={id}
            type={props.type ?? "text"}
            min={props.type === "number" ? 0 : undefined}
            step={props.step}
            value={props.value}
            placeholder={props.placeholder ?? ""}
            required={props.required ?? false}
            list={props.list ? list : undefined}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => props.onValue(event.currentTarget.value)}
          />
          {props.list && (
            <datalist id={list}>
              {props.list.map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

export function Choice<T extends string>(props: {
  label: string;
  /** The name for screen readers, where several choices have the same label. */
  name?: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onValue: (value: T) => void;
}) {
  return (
    <Field label={props.label}>
      {(id) => (
        <select id={id} aria-label={props.name} value={props.value} onChange={(event) => props.onValue(event.currentTarget.value as T)}>
          {props.options.map(([value, text]) => (
            <option key={value} value={value} selected={value === props.value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check(props: { label: string; checked: boolean; onValue: (checked: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={props.checked} onChange={(event) => props.onValue(event.currentTarget.checked)} />
      {props.label}
    </label>
  );
}

/**
 * A modal dialog; the browser keeps the focus in it. Escape closes it, unless it has unsaved changes: then the
 * dialog asks first, and so it does when the reader goes elsewhere.
 */
export function Dialog(props: { title: ComponentChildren; onClose: () => void; wide?: boolean; unsaved?: boolean; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [leaving, setLeaving] = useState<{ goOn: () => void } | null>(null);
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    // not the button that closes
    dialog.current?.querySelector<HTMLElement>("header ~ * :is(input:not([type=checkbox]), select, textarea):enabled")?.focus();
    return () => opener?.focus();
  }, []);
  useUnsaved(!!props.unsaved, (goOn) => setLeaving({ goOn }));
  const close = () => (props.unsaved ? setLeaving({ goOn: props.onClose }) : dialog.current?.close());
  return (
    <dialog
      ref={dialog}
      class={props.wide ? "wide" : ""}
      aria-labelledby={id}
      onClose={props.onClose}
      onCancel={(event) => {
        if (event.target !== dialog.current || !props.unsaved) return;
        event.preventDefault();
        close();
      }}
      onKeyDown={(event) => {
        // browsers let a second Escape close a dialog that has cancelled the first
        if (event.key !== "Escape" || event.defaultPrevented || !props.unsaved) return;
        event.preventDefault();
        close();
      }}
    >
      <header>
        <h2 id={id}>{props.title}</h2>
        <button class="plain" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      {leaving && (
        <div class="error leaving" role="alert">
          <p>There are unsaved changes.</p>
          <div class="actions">
            <button ref={focused} onClick={() => setLeaving(null)}>
              Keep editing
            </button>
            <button
              class="danger"
              onClick={() => {
                props.onClose();
                // when the dialog, and its changes, are gone
                if (leaving.goOn !== props.onClose) setTimeout(leaving.goOn);
              }}
            >
              Discard changes
            </button>
          </div>
        </div>
      )}
      {props.children}
    </dialog>
  );
}

const focused = (node: HTMLElement | null): void => node?.focus();

/** A dialog that asks before something is done that cannot be undone. */
export function Confirm(props: { title: string; action: string; onClose: () => void; onConfirm: () => Promise<unknown>; children: ComponentChildren }) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div class="stack">
        {props.children}
        <div class="actions">
          <button
            class="danger"
            onClick={() => {
              props.onClose();
              void props.onConfirm();
            }}
          >
            {props.action}
          </button>
          <button autofocus onClick={props.onClose}>
            Cancel
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** A dialog that deletes only after the name has been typed. */
export function ConfirmDelete(props: { what: string; name: string; onClose: () => void; onConfirm: () => Promise<void>; children?: ComponentChildren }) {
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<Error | null>(null);
  return (
    <Dialog title={`Delete ${props.what}?`} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === props.name) void props.onConfirm().catch(setError);
        }}
      >
        {props.children}
        <TextField label={`Type ${props.name} to confirm`} value={typed} onValue={setTyped} />
        {error && <ErrorBox error={error} />}
        <div class="actions">
          <button type="submit" class="danger" disabled={typed !== props.name}>
            Delete
          </button>
          <button type="button" onClick={props.onClose}>
            Keep
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export interface Column<T> {
  name: string;
  render: (row: T) => ComponentChildren;
  className?: string;
  /** Width in characters, where it would change with the rows in view. */
  width?: number;
}

const ROW = 34;
const MARGIN = 12;

/** A table that renders only the rows in view, so that thousands of rows stay fast. */
export function LongTable<T>(props: {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T, number: number) => string;
  onRow?: (row: T) => void;
  /** The rows are on their way: their place is kept. */
  loading?: boolean;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const node = frame.current;
    if (!node) return;
    const measure = () => setView({ top: node.scrollTop, height: node.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    node.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener("scroll", measure);
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / ROW) - MARGIN);
  const last = Math.min(props.rows.length, Math.ceil((view.top + view.height) / ROW) + MARGIN);
  const shown = props.rows.slice(first, last);
  return (
    <div class={props.loading ? "long-table loading" : "long-table"} aria-busy={!!props.loading} ref={frame} tabIndex={0} role="region" aria-label={props.label}>
      <table aria-rowcount={props.rows.length + 1}>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column.name} scope="col" class={column.className} {...(column.width ? { style: { minWidth: `${column.width}ch` } } : {})}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Space rows={first} columns={props.columns.length} />
          {shown.map((row, number) => (
            <tr
              key={props.rowKey(row, first + number)}
              aria-rowindex={first + number + 2}
              {...(props.onRow
                ? {
                    class: "clickable",
                    onClick: (event: JSX.TargetedMouseEvent<HTMLTableRowElement>) =>
                      (event.target as HTMLElement).closest("a, button, input") || props.onRow?.(row),
                  }
                : {})}
            >
              {props.columns.map((column) => (
                <td key={column.name} class={column.className}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
          <Space rows={props.rows.length - last} columns={props.columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Space(props: { rows: number; columns: number }) {
  if (props.rows <= 0) return null;
  return (
    <tr aria-hidden="true" class="space">
      <td colSpan={props.columns} style={{ height: `${props.rows * ROW}px` }} />
    </tr>
  );
}

export function Status(props: { value: string }) {
  return <span class={`status ${props.value.toLowerCase()}`}>{props.value}</span>;
}

/** Copy a text; the clipboard's own interface exists only on loopback and with HTTPS. */
async function copied(text: string): Promise<void> {
  try {
    return await navigator.clipboard.writeText(text);
  } catch {
    // there is none, or the reader has not allowed it
  }
  const area = Object.assign(document.createElement("textarea"), { value: text });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A button that copies a text and says that it did. */
export function Copy(props: { text: () => string; label: string }) {
  const [done, setDone] = useState(false);
  return (
    <button
      type="button"
      onClick={async () => {
        const text = props.text();
        if (!text) return;
        await copied(text);
        setDone(true);
        setTimeout(() => setDone(false), 1500);
      }}
    >
      {done ? "Copied" : props.label}
    </button>
  );
}

/** A gauge: a part of a whole, as a bar and as text. */
export function Gauge(props: { label: string; value: number; max: number; text: string }) {
  return (
    <div class="gauge">
      <span>{props.label}</span> <small>{props.text}</small>
      <meter aria-label={props.label} min={0} max={props.max} low={props.max * 0.25} high={props.max * 0.6} optimum={props.max} value={Math.max(0, props.value)} />
    </div>
  );
}
