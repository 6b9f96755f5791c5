// Places in the console, kept in the address' fragment: every place has a link that can be shared.
import { useEffect, useState } from "preact/hooks";

export interface Place {
  page: string;
  parts: string[];
  query: URLSearchParams;
}

export function parse(fragment: string): Place {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...parts] = path.split("/").map((part) => decodeURIComponent(part));
  return { page: page || "tables", parts, query: new URLSearchParams(query) };
}

/** The link of a place; members without a value are left out. */
export function link(page: string, parts: string[] = [], query: Record<string, string | undefined> = {}): string {
  const path = [page, ...parts].map(encodeURIComponent).join("/");
  const given = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

export function go(target: string): void {
  location.hash = target;
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => setPlace(parse(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return place;
}
