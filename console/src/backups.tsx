// Backups, and restores of a backup or of any moment into a new table.
import { useState } from "preact/hooks";
import { Choice, ConfirmDelete, Dialog, ErrorBox, Field, LongTable, TextField } from "./parts";
import { link } from "./routes";
import { call, type Json } from "./service";
import { allTables, attempt, bytesText, notify, spanText, timeText, useLoaded } from "./state";

async function allBackups(): Promise<Json[]> {
  const found: Json[] = [];
  let start: string | undefined;
  do {
    const page = await call("ListBackups", start ? { ExclusiveStartBackupArn: start } : {});
    found.push(...page["BackupSummaries"]);
    start = page["LastEvaluatedBackupArn"];
  } while (start);
  return found.sort((a, b) => b["BackupCreationDateTime"] - a["BackupCreationDateTime"]);
}

export function Backups(props: { now: number }) {
  const backups = useLoaded(allBackups, []);
  const tables = useLoaded(allTables, []);
  const [table, setTable] = useState("");
  const [name, setName] = useState("");
  const [restoring, setRestoring] = useState<Json | "moment" | null>(null);
  const [deleting, setDeleting] = useState<Json | null>(null);
  const names = (tables.value ?? []).map((one) => one.table["TableName"] as string);
  const reload = () => void backups.reload();
  return (
    <section class="card wide">
      <h2>Backups and restores</h2>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => call("CreateBackup", { TableName: table || names[0], BackupName: name }), `Backed up ${table || names[0]}`).then(reload);
          setName("");
        }}
      >
        <Choice label="Table" value={table || names[0] || ""} options={names.map((one) => [one, one] as const)} onValue={setTable} />
        <TextField label="Name of the backup" value={name} onValue={setName} required />
        <button type="submit" disabled={!names.length}>
          Back up
        </button>
        <button type="button" onClick={() => void tables.reload().then(() => setRestoring("moment"))}>
          Restore a table to a moment…
        </button>
      </form>
      {backups.error && <ErrorBox error={backups.error} />}
      {backups.value?.length === 0 ? (
        <p class="muted">No backups yet. One keeps a table's items, indexes and keys until it is deleted, on every storage engine; it is restored into a new table.</p>
      ) : (
        <LongTable
          label="Backups"
          rows={backups.value ?? []}
          loading={!backups.value && !backups.error}
          rowKey={(one) => one["BackupArn"]}
          columns={[
            { name: "Backup", render: (one) => one["BackupName"] },
            { name: "Table", render: (one) => one["TableName"] },
            { name: "Created", render: (one) => timeText(one["BackupCreationDateTime"]) },
            { name: "Type", render: (one) => String(one["BackupType"]).toLowerCase() },
            { name: "Status", render: (one) => String(one["BackupStatus"]).toLowerCase() },
            { name: "Size", className: "number", render: (one) => bytesText(one["BackupSizeBytes"] ?? 0) },
            {
              name: "Actions",
              render: (one) => (
                <>
                  <button class="small" onClick={() => setRestoring(one)}>
                    Restore
                  </button>{" "}
                  <button class="small danger" onClick={() => setDeleting(one)}>
                    Delete
                  </button>
                </>
              ),
            },
          ]}
        />
      )}
      {restoring === "moment" && <RestoreMoment now={props.now} onClose={() => setRestoring(null)} />}
      {restoring !== null && restoring !== "moment" && <RestoreBackup backup={restoring} onClose={() => setRestoring(null)} />}
      {deleting && (
        <ConfirmDelete
          what="the backup"
          name={deleting["BackupName"]}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await call("DeleteBackup", { BackupArn: deleting["BackupArn"] });
            notify("Deleted the backup");
            setDeleting(null);
            reload();
          }}
        />
      )}
    </section>
  );
}

function restored(target: string): void {
  notify(`Restoring into ${target}`);
  location.hash = link("tables", [target]);
}

function RestoreBackup(props: { backup: Json; onClose: () => void }) {
  const [target, setTarget] = useState(`${props.backup["TableName"]}-restored`);
  const [error, setError] = useState<Error | null>(null);
  return (
    <Dialog title={`Restore ${props.backup["BackupName"]}`} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            await call("RestoreTableFromBackup", { TargetTableName: target, BackupArn: props.backup["BackupArn"] });
            restored(target);
          } catch (raised) {
            setError(raised as Error);
          }
        }}
      >
        <TextField label="New table" value={target} onValue={setTarget} required />
        {error && <ErrorBox error={error} />}
        <div class="actions">
          <button class="primary" type="submit">
            Restore
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Restore a table with point-in-time recovery to an instant, chosen with a slider. */
function RestoreMoment(props: { now: number; onClose: () => void }) {
  const tables = useLoaded(allTables, []);
  const [name, setName] = useState("");
  const [at, setAt] = useState<number | null>(null);
  const [target, setTarget] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const recovery: Json = tables.value?.find((one) => one.table["TableName"] === name)?.backups["PointInTimeRecoveryDescription"] ?? {};
  const enabled = recovery["PointInTimeRecoveryStatus"] === "ENABLED";
  const earliest = recovery["EarliestRestorableDateTime"] ?? props.now;
  const latest = recovery["LatestRestorableDateTime"] ?? props.now;
  const moment = Math.max(earliest, Math.min(latest, at ?? latest));
  const nudge = (seconds: number) => setAt(Math.max(earliest, Math.min(latest, moment + seconds)));
  return (
    <Dialog title="Restore a table to a moment" onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            await call("RestoreTableToPointInTime", { SourceTableName: name, TargetTableName: target, RestoreDateTime: moment });
            restored(target);
          } catch (raised) {
            setError(raised as Error);
          }
        }}
      >
        <Choice
          label="Source table"
          value={name}
          options={[["", "choose…"], ...(tables.value ?? []).map(({ table }) => [table["TableName"], table["TableName"]] as const)]}
          onValue={(chosen) => {
            setName(chosen);
            setAt(null);
            if (!target || target === `${name}-restored`) setTarget(chosen && `${chosen}-restored`);
          }}
        />
        {name && tables.value && !enabled && (
          <p>
            Point-in-time recovery is off for {name}.{" "}
            <button
              type="button"
              onClick={() =>
                void attempt(
                  () =>
                    call("UpdateContinuousBackups", {
                      TableName: name,
                      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
                    }),
                  "Switched on: from now on every change is kept",
                ).then(tables.reload)
              }
            >
              Switch it on
            </button>
          </p>
        )}
        {name && enabled && latest <= earliest && <p>There is nothing to go back to yet: the window begins at {timeText(earliest)}. Advance the clock by some minutes.</p>}
        {name && enabled && (
          <>
            <Field label={`Moment: ${timeText(moment)}, ${spanText(Math.max(0, props.now - moment))} ago`}>
              {(id) => <input id={id} type="range" min={earliest} max={latest} step={1} value={moment} onInput={(event) => setAt(Number(event.currentTarget.value))} />}
            </Field>
            <div class="actions">
              {(
                [
                  ["−1 hour", -3600],
                  ["−1 minute", -60],
                  ["−1 second", -1],
                  ["+1 second", 1],
                  ["+1 minute", 60],
                ] as const
              ).map(([label, seconds]) => (
                <button key={label} type="button" class="small" onClick={() => nudge(seconds)}>
                  {label}
                </button>
              ))}
            </div>
            <small>
              From {timeText(earliest)} to {timeText(latest)}
            </small>
            <TextField label="New table" value={target} onValue={setTarget} required />
            <div class="actions">
              <button class="primary" type="submit" disabled={!target}>
                Restore
              </button>
            </div>
          </>
        )}
        {error && <ErrorBox error={error} />}
      </form>
    </Dialog>
  );
}
