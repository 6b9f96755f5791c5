// The difference between a snapshot and now: tables, and the items in them.
import { Differences } from "./differences";
import { Dialog, Empty, ErrorBox } from "./parts";
import { callerQuery, control, type Json } from "./service";
import { countText, numberText, timeText, useLoaded } from "./state";
import { keyOf, keyText, type Item } from "./values";

const WORDS: Record<string, string> = { created: "created since", deleted: "deleted since", changed: "changed" };

export function Comparison(props: { snapshot: Json; onClose: () => void }) {
  const { snapshot } = props;
  const found = useLoaded(async () => (await control("GET", `snapshots/${snapshot["id"]}/difference?${await callerQuery()}`))["tables"] as Json[], [snapshot["id"]]);
  return (
    <Dialog title={`${snapshot["name"] || "The snapshot"} and now`} wide onClose={props.onClose}>
      <div class="stack">
        {snapshot["at"] !== undefined && <p class="muted">Taken {timeText(snapshot["at"])}.</p>}
        {found.error && <ErrorBox error={found.error} />}
        {found.loading && !found.value && <p>Comparing…</p>}
        {found.value?.length === 0 && (
          <Empty title="Nothing differs">
            <p>All tables and items are as they were.</p>
          </Empty>
        )}
        {(found.value ?? []).map((table) => (
          <section key={`${table["region"]} ${table["name"]} ${table["change"]}`}>
            <h3>
              {table["name"]} <small>{table["region"]}</small> {WORDS[table["change"]]}
            </h3>
            <p>
              {countText(table["added"], "item")} added, {numberText(table["changed"])} changed, {numberText(table["removed"])} removed
              {table["settings"] ? "; the table's settings differ" : ""}
            </p>
            {(table["items"] as { before: Item | null; after: Item | null }[]).map((one) => {
              const key = keyText(keyOf(one.after ?? one.before!, table["keys"]));
              return (
                <details key={key}>
                  <summary>
                    <span class={`status ${one.before ? (one.after ? "modify" : "remove") : "insert"}`}>{one.before ? (one.after ? "changed" : "removed") : "added"}</span> <bdi>{key}</bdi>
                  </summary>
                  <Differences before={one.before} after={one.after ?? {}} />
                </details>
              );
            })}
            {table["added"] + table["changed"] + table["removed"] > table["items"].length && <small>The first {numberText(table["items"].length)} are listed.</small>}
          </section>
        ))}
      </div>
    </Dialog>
  );
}
