// The form for a Scan or Query, and the same as programs write it.
import { Check, Choice, Copy, TextField } from "./parts";
import type { Json } from "./service";
import { conditionsOf, FILTERS, hashesOf, OPERATORS, requestOf, type Condition, type FilterOperator, type FilterType, type Search } from "./search";
import { asCli, asJavaScript, asPartiql, asPython } from "./snippets";
import { indexes } from "./state";
import { TYPES } from "./values";

const FILTER_TYPES: readonly (readonly [FilterType, string])[] = [
  ["S", "String"],
  ["N", "Number"],
  ["B", "Binary"],
  ["BOOL", "Boolean"],
  ["NULL", "Null"],
];

export function Builder(props: { table: Json; search: Search; names: string[]; busy: boolean; onSearch: (search: Search) => void; onRun: () => void }) {
  const { table, search } = props;
  const set = (part: Partial<Search>) => props.onSearch({ ...search, ...part });
  const target = indexes(table).find((one) => one["IndexName"] === search.index) ?? table;
  const [hash, ...others]: Json[] = target["KeySchema"].filter((key: Json) => key["KeyType"] === "HASH");
  const range = target["KeySchema"].find((key: Json) => key["KeyType"] === "RANGE");
  const conditions = conditionsOf(search);
  const setConditions = (changed: Condition[]) => set({ where: changed.length ? JSON.stringify(changed) : "" });
  return (
    <form
      class="builder"
      onSubmit={(event) => {
        event.preventDefault();
        props.onRun();
      }}
    >
      <Choice
        label="Read"
        value={search.index}
        options={[["", `Table ${table["TableName"]}`], ...indexes(table).map((one) => [one["IndexName"], `Index ${one["IndexName"]}`] as const)]}
        onValue={(index) => set({ index })}
      />
      <TextField label={`${hash?.["AttributeName"]} =`} value={search.hash} placeholder="empty: scan" onValue={(value) => set({ hash: value })} />
      {search.hash &&
        others.map((key) => (
          <TextField
            key={key["AttributeName"]}
            label={`${key["AttributeName"]} =`}
            value={hashesOf(search)[key["AttributeName"]] ?? ""}
            onValue={(value) => set({ hashes: JSON.stringify({ ...hashesOf(search), [key["AttributeName"]]: value }) })}
          />
        ))}
      {range && search.hash && (
        <>
          <Choice label={range["AttributeName"]} value={search.operator} options={OPERATORS} onValue={(operator) => set({ operator })} />
          <TextField label="Value" value={search.range} onValue={(value) => set({ range: value })} />
          {search.operator === "between" && <TextField label="and" value={search.until} onValue={(until) => set({ until })} />}
        </>
      )}
      <TextField label="Limit" type="number" value={search.limit} placeholder="1 MB" onValue={(limit) => set({ limit })} />
      {search.hash && (
        <Choice
          label="Order"
          value={search.descending}
          options={[
            ["", "ascending"],
            ["1", "descending"],
          ]}
          onValue={(descending) => set({ descending })}
        />
      )}
      {conditions.map((one, number) => (
        <Filter
          key={number}
          condition={one}
          names={props.names}
          onCondition={(changed) => setConditions(changed ? conditions.map((old, other) => (other === number ? changed : old)) : conditions.filter((_, other) => other !== number))}
        />
      ))}
      <details open={!!(search.filter || search.projection || search.names || search.values || search.segments || search.consistent)}>
        <summary>Projection, expressions, segments, consistency</summary>
        <div class="builder">
          <TextField wide label="Projection expression" value={search.projection} placeholder="all attributes" onValue={(projection) => set({ projection })} />
          <TextField wide label="Filter expression" value={search.filter} placeholder="price > :least" onValue={(filter) => set({ filter })} />
          <TextField wide label="Names (JSON)" value={search.names} placeholder='{"#name": "name"}' onValue={(names) => set({ names })} />
          <TextField wide label="Values (JSON)" value={search.values} placeholder='{":least": {"N": "10"}}' onValue={(values) => set({ values })} />
          {!search.hash && (
            <>
              <TextField label="Segments" type="number" value={search.segments} placeholder="none" onValue={(segments) => set({ segments })} />
              <TextField label="Segment" type="number" value={search.segment} placeholder="0" onValue={(segment) => set({ segment })} />
            </>
          )}
          <Check label="Consistent read" checked={!!search.consistent} onValue={(on) => set({ consistent: on ? "1" : "" })} />
        </div>
      </details>
      <div class="actions">
        <button type="submit" class="primary" disabled={props.busy}>
          {search.hash ? "Query" : "Scan"}
        </button>
        <button type="button" onClick={() => setConditions([...conditions, { name: "", operator: "=", type: "S", value: "" }])}>
          Add filter
        </button>
        <CopyAs table={table} search={search} />
      </div>
    </form>
  );
}

function Filter(props: { condition: Condition; names: string[]; onCondition: (condition: Condition | null) => void }) {
  const { condition } = props;
  const set = (part: Partial<Condition>) => props.onCondition({ ...condition, ...part });
  const valueless = condition.operator === "attribute_exists" || condition.operator === "attribute_not_exists";
  return (
    <div class="row filter">
      <TextField label="Filter attribute" value={condition.name} list={props.names} onValue={(name) => set({ name })} />
      <Choice<FilterOperator> label="Condition" value={condition.operator} options={FILTERS} onValue={(operator) => set({ operator, value: operator === "attribute_type" ? "S" : condition.value })} />
      {condition.operator === "attribute_type" ? (
        <Choice label="Filter value" value={condition.value} options={TYPES} onValue={(value) => set({ value })} />
      ) : (
        !valueless && (
          <>
            <Choice label="Filter type" value={condition.type} options={FILTER_TYPES} onValue={(type) => set({ type, value: type === "BOOL" ? "true" : "" })} />
            {condition.type === "BOOL" ? (
              <Choice
                label="Filter value"
                value={condition.value}
                options={[
                  ["true", "true"],
                  ["false", "false"],
                ]}
                onValue={(value) => set({ value })}
              />
            ) : (
              condition.type !== "NULL" && <TextField label="Filter value" value={condition.value} onValue={(value) => set({ value })} />
            )}
            {condition.operator === "between" && <TextField label="Filter value until" value={condition.until ?? ""} onValue={(until) => set({ until })} />}
          </>
        )
      )}
      <button type="button" class="plain" aria-label={`Remove the filter of ${condition.name || "no attribute"}`} onClick={() => props.onCondition(null)}>
        ✕
      </button>
    </div>
  );
}

function CopyAs(props: { table: Json; search: Search }) {
  const made = () => {
    try {
      return requestOf(props.table, props.search);
    } catch {
      return { operation: "Scan" as const, request: { TableName: props.table["TableName"] } };
    }
  };
  const texts: [string, (operation: string, request: Json) => string][] = [
    ["boto3", (operation, request) => asPython(operation, request)],
    ["AWS CLI", (operation, request) => asCli(operation, request)],
    ["JavaScript", asJavaScript],
    ["PartiQL", (_, request) => asPartiql(props.table, request)],
  ];
  return (
    <span class="copies" role="group" aria-label="Copy this read">
      <small>Copy as</small>
      {texts.map(([label, text]) => (
        <Copy
          key={label}
          label={label}
          text={() => {
            const { operation, request } = made();
            return text(operation, request);
          }}
        />
      ))}
    </span>
  );
}
