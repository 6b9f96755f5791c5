// Hooks and stores that pages share: loading, polling, notices and preferences.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { callerQuery, control, ServiceError, type Json } from "./service";

export interface Loaded<T> {
  value: T | undefined;
  error: ServiceError | Error | null;
  loading: boolean;
  reload: () => Promise<void>;
}

/** Load something when `keys` change, and again on request; the older value stays until then. */
export function useLoaded<T>(load: () => Promise<T>, keys: unknown[]): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error: Error | null; loading: boolean }>({ error: null, loading: true });
  const latest = useRef(0);
  const reload = useCallback(async () => {
    const turn = ++latest.current;
    setState((old) => ({ ...old, loading: true }));
    try {
      const value = await load();
      if (turn === latest.current) setState({ value, error: null, loading: false });
    } catch (error) {
      if (turn === latest.current) setState((old) => ({ ...old, error: error as Error, loading: false }));
    }
  }, keys);
  useEffect(() => {
    void reload();
  }, [reload]);
  return { value: state.value, error: state.error, loading: state.loading, reload };
}

/** Call a function every `milliseconds` while the page is visible. */
export function usePolling(poll: () => void, milliseconds: number): void {
  const current = useRef(poll);
  current.current = poll;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && current.current(), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}

export interface Notice {
  id: number;
  text: string;
  error?: Error;
  undo?: () => Promise<void>;
}

let notices: Notice[] = [];
let listener: (all: Notice[]) => void = () => undefined;
let numbers = 0;

export function onNotices(callback: (all: Notice[]) => void): void {
  listener = callback;
}

export function notify(text: string, more: Omit<Notice, "id" | "text"> = {}): void {
  const notice = { id: ++numbers, text, ...more };
  notices = [...notices, notice].slice(-4);
  listener(notices);
  if (!more.error) setTimeout(() => dismiss(notice.id), more.undo ? 20_000 : 6_000);
}

export function dismiss(id: number): void {
  notices = notices.filter((one) => one.id !== id);
  listener(notices);
}

/** Perform an action and report how it ended. Returns whether it succeeded. */
export async function attempt(action: () => Promise<unknown>, done?: string, undo?: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    if (done) notify(done, undo ? { undo } : {});
    return true;
  } catch (error) {
    notify(error instanceof ServiceError ? error.type : "Failed", { error: error as Error });
    return false;
  }
}

export type Theme = "system" | "light" | "dark";

export function theme(): Theme {
  return (localStorage.getItem("ddbmock-theme") as Theme) ?? "system";
}

export function setTheme(chosen: Theme): void {
  localStorage.setItem("ddbmock-theme", chosen);
  applyTheme();
}

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme();
}

/** Whether the reader sees dark colours now. */
export function isDark(): boolean {
  const chosen = theme();
  return chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

export const numberText = (value: number): string => new Intl.NumberFormat().format(value);

/** A number of things: `1 item`, `1,000 items`. */
export const countText = (count: number, thing: string): string => `${numberText(count)} ${thing}${count === 1 ? "" : "s"}`;

export function bytesText(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: unit ? 1 : 0 }).format(bytes)} ${units[unit]}`;
}

export const timeText = (seconds: number): string =>
  new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(seconds * 1000));

/** A time of today without its date. */
export function momentText(seconds: number): string {
  const at = new Date(seconds * 1000);
  return at.toDateString() === new Date().toDateString() ? new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }).format(at) : timeText(seconds);
}

/** A table, and what else operations describe of it. */
export interface Described {
  table: Json;
  ttl: Json;
  backups: Json;
}

/** All tables of the caller, in one request. */
export async function allTables(): Promise<Described[]> {
  const found = await control("GET", `tables?${await callerQuery()}`);
  return (found["tables"] as Json[]).map((one) => ({
    table: one["Table"],
    ttl: one["TimeToLiveDescription"],
    backups: one["ContinuousBackupsDescription"],
  }));
}

export function indexes(table: Json): Json[] {
  return [...(table["LocalSecondaryIndexes"] ?? []), ...(table["GlobalSecondaryIndexes"] ?? [])];
}

export const percent = (part: number): string => new Intl.NumberFormat(undefined, { style: "percent" }).format(part);

/** How long something takes or is away, in the largest unit that fits. */
export function spanText(seconds: number): string {
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60]] as const;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return unitText(seconds / size, unit);
  }
  return unitText(seconds, "second");
}

const unitText = (value: number, unit: string): string =>
  new Intl.NumberFormat(undefined, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format(value);
