// Places in the console, kept in the address' fragment: every place has a link that can be shared.
import { useEffect, useRef, useState } from "preact/hooks";
import { caller } from "./service";

export interface Place {
  page: string;
  parts: string[];
  query: URLSearchParams;
}

export function parse(fragment: string): Place {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...parts] = path.split("/").map(decoded);
  const parameters = new URLSearchParams(query);
  caller.region = parameters.get("region") ?? "";
  return { page: page || "tables", parts, query: parameters };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a link that somebody has cut short
  }
}

/** The link of a place in the region of this one; members without a value are left out. */
export function link(page: string, parts: string[] = [], query: Record<string, string | undefined> = {}): string {
  const path = [page, ...parts].map(encodeURIComponent).join("/");
  const given = Object.entries({ region: caller.region, ...query }).filter((pair): pair is [string, string] => !!pair[1]);
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

export function go(target: string): void {
  location.hash = target;
}

/** Change the place's link without another step to go back to: for what is typed. */
export function replace(target: string): void {
  history.replaceState(null, "", target);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parse(location.hash));
  useEffect(() => {
    let shown = location.href;
    const changed = (event: HashChangeEvent) => {
      const [leave, wanted] = [askToLeave, location.href];
      if (leave && event.isTrusted && wanted !== shown) {
        // the browser has already changed the address
        history.pushState(null, "", shown);
        leave(() => {
          location.href = wanted;
        });
        return;
      }
      shown = wanted;
      setPlace(parse(location.hash));
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return place;
}

/** Asks before unsaved changes are lost, and goes on if the reader agrees. */
type Leave = (goOn: () => void) => void;

let askToLeave: Leave | null = null;

/** While there are unsaved changes, ask before the page is left: by a link, the back button or a reload. */
export function useUnsaved(unsaved: boolean, leave: Leave): void {
  const latest = useRef(leave);
  latest.current = leave;
  useEffect(() => {
    if (!unsaved) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    askToLeave = (goOn) => latest.current(goOn);
    addEventListener("beforeunload", stay);
    return () => {
      askToLeave = null;
      removeEventListener("beforeunload", stay);
    };
  }, [unsaved]);
}
